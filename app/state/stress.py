"""What the stress test's page shows, and the runs that its readers have started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.state import setting
from app.state.setting import Setting, one_of, parse_switch, show_switch, show_text
from app.state.shared import BACKBONE_NAME
from glot.plots.stress import SPREADS
from glot.poolers import POOLERS
from glot.tasks.stress import PROTOCOLS

PAGE = "stress"
PARTS = {"point": "Look into a point", "try": "Try it", "run": "Run it"}
REGIMES = ("chosen", "searched", "fixed", "tried")
# Keys of the session that are no settings.
CHART = "stress_chart"
RUNS = "stress_runs"


def _number(kind: Callable[[str], Any], least: float, most: float) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = kind(text)
        # Also refuses what is not a number.
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return parse


def _parse_layer(text: str) -> int | None:
    return _number(int, 0, 1000)(text) if text else None


def _show_phrase(value: str | None) -> str:
    return show_text(value or "")


SETTINGS = (
    BACKBONE_NAME,
    Setting("stress_protocol", "strict", one_of(PROTOCOLS)),
    Setting("stress_regime", "chosen", one_of(REGIMES)),
    Setting("stress_spread", "range", one_of(tuple(SPREADS))),
    Setting("stress_ablations", False, parse_switch, show_switch),
    Setting("stress_paper", True, parse_switch, show_switch),
    Setting("stress_paper_backbone", ""),
    Setting("stress_part", "point", one_of(tuple(PARTS))),
    Setting("stress_point", ""),
    # None: those of the test, as the protocol has them.
    Setting("stress_first", None, show=_show_phrase),
    Setting("stress_second", None, show=_show_phrase),
    Setting("stress_ratio", 0.9, _number(float, 0, 0.999), lambda x: f"{x:g}"),
    Setting("stress_draws", 20, _number(int, 1, 100), str),
    Setting("stress_length", 0, _number(int, 0, 10_000), str),
    Setting("stress_run_ratio", 0.9, _number(float, 0, 0.999), lambda x: f"{x:g}"),
    Setting("stress_run_pooler", "glot", one_of(POOLERS.names())),
    Setting("stress_run_texts", 500, _number(int, 1, 1_000_000), str),
    Setting("stress_run_epochs", 4, _number(int, 1, 1000), str),
    Setting("stress_run_lr", 0.001, _number(float, 0, 1), lambda x: f"{x:g}"),
    Setting("stress_run_layer", None, _parse_layer, lambda x: "" if x is None else str(x)),
    Setting("stress_run_tau", 0.6, _number(float, -1, 1), lambda x: f"{x:g}"),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def publish() -> None:
    """Write the settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def fit(key: str, options: tuple[Any, ...]) -> None:
    """Make a setting one of the options that there are now: the first, where it is none."""
    if st.session_state[key] not in options:
        st.session_state[key] = options[0]


def forget_phrases() -> None:
    """Another protocol has other phrases, ratios and points."""
    for key in ("stress_first", "stress_second"):
        st.session_state[key] = None
    st.session_state["stress_length"] = 0


def take_click() -> None:
    """A point of the chart was clicked: it becomes the one that is looked into."""
    clicked = st.session_state[CHART].selection.points
    names = [point["customdata"][0] for point in clicked if _is_ours(point.get("customdata"))]
    if names:
        st.session_state["stress_point"] = names[0]
        st.session_state["stress_part"] = "point"


def _is_ours(told: Any) -> bool:
    """Whether a clicked point is one of the ledger: the paper's tell only their ratio."""
    return isinstance(told, (list, tuple)) and bool(told)


def runs() -> list[str]:
    """Keys of the jobs that this session has started, latest first."""
    kept: list[str] = st.session_state.setdefault(RUNS, [])
    return kept


def remember_run(key: str) -> None:
    """The job of this key is the session's latest."""
    st.session_state[RUNS] = [key, *(other for other in runs() if other != key)]
