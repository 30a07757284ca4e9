"""What Explore shows, its undo and its history, and what its component reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from app.state import setting
from app.state.past import Past, Snapshot
from app.state.setting import MAX_URL_TEXT, Setting, one_of, parse_switch, show_switch
from app.state.shared import BACKBONE_NAME, COMPARED_POOLERS, TASK_NAME, TEXT
from glot.poolers import POOLERS

PAGE = "explore"
DEFAULT_TAU = 0.6
LAYOUTS = ("force", "arc", "circle", "components", "principal")
# Those that show the text's own graph: `shuffled` is a control.
SIMILARITIES = ("cosine", "centred")

MAX_SPANS = 50

# Keys of the session that are no settings.
COMPONENT = "token_graph"
FILE = "file"
FILE_PROBLEM = "file_problem"
HISTORY = "history"
_FIRST = "first"
_PAST = "past"


@dataclass(frozen=True)
class Mark:
    """Parts of a text that a link asks to be marked.

    Attributes:
        spans: (start, end) in characters, end exclusive.
        text: the text that they are parts of; None until the link's text is there.
    """

    spans: tuple[tuple[int, int], ...] = ()
    text: str | None = None


NO_MARK = Mark()


def _parse_mark(text: str) -> Mark:
    spans = tuple(_parse_span(part) for part in text.split(",")) if text else ()
    if len(spans) > MAX_SPANS:
        raise ValueError(text)
    return Mark(spans)


def _parse_span(text: str) -> tuple[int, int]:
    start, end = (int(place) for place in text.split("-"))
    if not 0 <= start < end:
        raise ValueError(text)
    return start, end


def _show_mark(mark: Mark) -> str:
    # Without its text, which no link holds then, a mark would fall on another one.
    if len(mark.text or "") > MAX_URL_TEXT:
        return ""
    return ",".join(f"{start}-{end}" for start, end in mark.spans)


def _parse_tau(text: str) -> float:
    # No negative zero: it would be shown as -0.00.
    value = round(float(text), 2) + 0.0
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _parse_layer(text: str) -> int | None:
    value = int(text) if text else None
    if value is not None and value < 0:
        raise ValueError(text)
    return value


SETTINGS = (
    TEXT,
    BACKBONE_NAME,
    TASK_NAME,
    Setting("tau", DEFAULT_TAU, _parse_tau, lambda x: f"{x:.2f}"),
    COMPARED_POOLERS,
    Setting("tint", "glot", one_of(tuple(POOLERS.names()))),
    Setting("layout", LAYOUTS[0], one_of(LAYOUTS)),
    Setting("words", False, parse_switch, show_switch),
    Setting("layer", None, _parse_layer, lambda x: "" if x is None else str(x)),
    Setting("similarity", SIMILARITIES[0], one_of(SIMILARITIES)),
    Setting("special", True, parse_switch, show_switch),
    Setting("mark", NO_MARK, _parse_mark, _show_mark),
)
_BY_KEY = {each.key: each for each in SETTINGS}
# What the component shows by itself and reports.
_SHOWN = ("tau", "poolers", "tint", "layout", "words")


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS) + _fit_tint() + _fit_mark()


def _fit_mark() -> list[str]:
    """A mark belongs to the text that it came with: another text has none."""
    mark: Mark = st.session_state["mark"]
    text: str = st.session_state["text"]
    if not mark.spans or mark.text == text:
        return []
    if mark.text is not None:
        st.session_state["mark"] = NO_MARK
        return []
    inside = all(end <= len(text) for _, end in mark.spans)
    st.session_state["mark"] = replace(mark, text=text) if inside else NO_MARK
    if inside:
        return []
    return [f"The link marks characters beyond the {len(text):,} of its text: nothing is marked."]


def _fit_tint() -> list[str]:
    """The text is tinted by one of the poolers that are compared."""
    poolers, tint = st.session_state["poolers"], st.session_state["tint"]
    if tint in poolers:
        return []
    st.session_state["tint"] = "glot" if "glot" in poolers else poolers[-1]
    if "tint" not in st.query_params:
        return []
    return [
        f"The link's tint {tint!r} is not among its poolers: {st.session_state['tint']} is shown "
        "instead."
    ]


def fit_layer(n_layers: int) -> list[str]:
    """Make the layer one that the backbone has; tells where it had to be changed.

    The last layer is always None, so that it stays the last on another backbone.
    """
    layer = st.session_state["layer"]
    if layer is None or layer < n_layers:
        return []
    st.session_state["layer"] = None
    if layer == n_layers:
        return []
    return [
        f"Layer {layer}. Accepted: 0 (the embeddings) to {n_layers} (the last layer) of this "
        "backbone. The last layer is shown instead."
    ]


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def commit() -> None:
    """Remember the settings where they have changed: one step that can be undone."""
    past().keep({each.key: st.session_state[each.key] for each in SETTINGS})


def go(steps: int) -> None:
    """Undo (−1) or redo (1) a step. A change that came with the same click is one of its own."""
    commit()
    if past().can_go(steps):
        _restore(past().go(steps))


def recall(number: int) -> None:
    """Bring one of the past's texts back, with the settings that it was last seen with."""
    wanted = past().texts[number]
    commit()
    _restore(wanted)


def past() -> Past:
    """What this session has been through."""
    kept: Past = st.session_state.setdefault(_PAST, Past())
    return kept


def _restore(snapshot: Snapshot) -> None:
    for key, value in snapshot.items():
        st.session_state[key] = value
    _renew()


def first() -> dict[str, Any]:
    """What the component starts from; call it in a run that draws the component.

    It stays the same, whatever the component reports, until its nonce rises: then the component
    takes these values for its own. So a moved τ sends no data back to the browser.
    """
    # A component that was not drawn in the last run begins anew in the browser.
    if _FIRST not in st.session_state or COMPONENT not in st.session_state:
        _renew()
    current: dict[str, Any] = st.session_state[_FIRST]
    return current


def marked() -> list[list[int]]:
    """(start, end) in characters of each marked part of the text."""
    return [list(span) for span in st.session_state["mark"].spans]


def _renew() -> None:
    nonce = st.session_state[_FIRST]["nonce"] + 1 if _FIRST in st.session_state else 1
    values = {key: st.session_state[key] for key in _SHOWN}
    st.session_state[_FIRST] = {"nonce": nonce, **values, "poolers": list(values["poolers"])}


def take_tau() -> None:
    """The component has released τ: it reports `τ`, or `[τ, nonce]`."""
    reported = st.session_state[COMPONENT].get("tau")
    if not isinstance(reported, list):
        reported = [reported, None]
    if len(reported) == 2:
        _take(reported[1], {"tau": str(reported[0])})


def take_view() -> None:
    """The component reports what is compared and how it is drawn, as JSON."""
    view = setting.reported(COMPONENT, "view")
    shown: dict[str, str] = {key: str(view[key]) for key in ("tint", "layout") if key in view}
    if "poolers" in view:
        shown["poolers"] = _joined(view["poolers"])
    if "words" in view:
        shown["words"] = show_switch(view["words"] is True)
    _take(view.get("nonce"), shown)
    _fit_tint()


def _joined(names: Any) -> str:
    return ",".join(map(str, names)) if isinstance(names, list) else str(names)


def _take(nonce: int | None, reported: dict[str, str]) -> None:
    """Keep what the component reports.

    A report under an older nonce was on its way while undo set the component anew: it is void. So
    is one that the settings' own parsers refuse: no front end of ours sends it.
    """
    if nonce is not None and nonce != st.session_state[_FIRST]["nonce"]:
        return
    try:
        values = {key: _BY_KEY[key].parse(text) for key, text in reported.items()}
    except ValueError:
        return
    for key, value in values.items():
        st.session_state[key] = value
