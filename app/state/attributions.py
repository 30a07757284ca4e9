"""What Attributions shows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.state import setting
from app.state.setting import Setting, one_of, parse_switch, show_switch, show_text
from app.state.shared import BACKBONE_NAME, TASK_NAME, TEXT
from glot.poolers import POOLERS

PAGE = "attributions"
SIDES = {"first": "First", "second": "Second", "both": "Both"}
REMOVALS = {"pooling": "From the pooling", "text": "From the text"}
BASELINES = {"zero": "Zero", "mean": "Mean state"}
STEPS = (16, 32, 64, 128, 256)
SHARES = (0.1, 0.2, 0.5)


def _parse_number(numbers: tuple[float, ...]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if float(text) not in numbers:
            raise ValueError(text)
        return numbers[numbers.index(float(text))]

    return parse


SETTINGS = (
    TEXT,
    BACKBONE_NAME,
    TASK_NAME,
    Setting("attr_other", "", show=show_text),
    Setting("attr_side", "first", one_of(tuple(SIDES))),
    Setting("attr_pooler", "glot", one_of(tuple(POOLERS.names()))),
    # Empty: the class that the head tells.
    Setting("attr_target", ""),
    Setting("attr_words", False, parse_switch, show_switch),
    Setting("attr_removal", "pooling", one_of(tuple(REMOVALS))),
    Setting("attr_baseline", "zero", one_of(tuple(BASELINES))),
    Setting("attr_steps", 32, _parse_number(STEPS), str),
    Setting("attr_backbone", False, parse_switch, show_switch),
    Setting("attr_share", 0.2, _parse_number(SHARES), str),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def fit_target(labels: tuple[str, ...]) -> list[str]:
    """Make the target one of the task's classes; tells where it had to be changed.

    Args:
        labels: the classes; empty where numbers are told.
    """
    target = st.session_state["attr_target"]
    if not target or target in labels:
        return []
    st.session_state["attr_target"] = ""
    accepted = ", ".join(labels) or "none, for this task's heads tell a number"
    return [f"The class {target!r}. Accepted: {accepted}. What the head tells is attributed."]
