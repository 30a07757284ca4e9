"""What the comparison of two texts shows."""

from __future__ import annotations

import streamlit as st

from app.state import setting
from app.state.setting import MAX_URL_TEXT, Setting, one_of
from app.state.shared import BACKBONE_NAME, COMPARED_POOLERS
from glot.attributions.pair_examples import PAIR_TASK, pair_examples
from glot.poolers import POOLERS

PAGE = "compare"
# Two texts share a link.
MAX_LINK_TEXT = MAX_URL_TEXT // 2
FIRST, SECOND, TASK = "first_text", "second_text", "pair_task"
TAU, LINKS, BARS, VIEW = "compare_tau", "compare_links", "compare_bars", "compare_view"
# One at a time: a drawing that follows τ is made anew in the browser whenever τ moves.
VIEWS = {
    "graphs": "Graphs and links",
    "weights": "Token weights π",
    "similarities": "Similarities",
    "predictions": "Predictions over τ",
}


def _parse_share(text: str) -> float:
    # No negative zero: it would be shown as -0.00.
    value = round(float(text), 2) + 0.0
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _show_share(value: float) -> str:
    return f"{value:.2f}"


def _show_text(value: str) -> str:
    return value if len(value) <= MAX_LINK_TEXT else ""


SETTINGS = (
    Setting(FIRST, pair_examples()[0].first, show=_show_text),
    Setting(SECOND, pair_examples()[0].second, show=_show_text),
    BACKBONE_NAME,
    # Not the task of the other pages: whoever looks at single texts there finds pairs here.
    Setting(TASK, PAIR_TASK),
    COMPARED_POOLERS,
    Setting(TAU, 0.6, _parse_share, _show_share),
    Setting(LINKS, 0.7, _parse_share, _show_share),
    # Whose token weights the bars under the words are.
    Setting(BARS, "glot", one_of(tuple(POOLERS.names()))),
    Setting(VIEW, next(iter(VIEWS)), one_of(tuple(VIEWS))),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def keep() -> None:
    """Keep what widgets of a view set while another view is drawn."""
    for key in (LINKS, BARS):
        st.session_state[key] = st.session_state[key]


def swap() -> None:
    """The first text becomes the second, and the second the first."""
    first, second = st.session_state[FIRST], st.session_state[SECOND]
    st.session_state[FIRST], st.session_state[SECOND] = second, first


def compare_poolers(chosen: list[str]) -> bool:
    """Keep which poolers are compared, in their own order.

    Returns:
        Whether so many can be: none and more than `MAX_POOLERS` are refused, and all stays as it
        was.
    """
    try:
        st.session_state[COMPARED_POOLERS.key] = COMPARED_POOLERS.parse(",".join(chosen))
    except ValueError:
        return False
    return True


def fit_bars(weighted: tuple[str, ...]) -> None:
    """The bars show one of the poolers that have token weights here."""
    if st.session_state[BARS] not in weighted:
        st.session_state[BARS] = "glot" if "glot" in weighted else weighted[-1]
