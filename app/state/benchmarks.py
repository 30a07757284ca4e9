"""What Benchmarks shows: which experiment, and which part of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.state import setting
from app.state.setting import Setting, one_of, parse_switch, show_switch
from glot.experiments import EXPERIMENTS

PAGE = "benchmarks"
EXPERIMENT = "bench_experiment"
BACKBONES = "bench_backbones"
REGIME = "bench_regime"
GROUP = "bench_group"
METRIC = "bench_metric"
COLUMN = "bench_column"
PAPER = "bench_paper"
MISSING = "bench_missing"
# Values that stand for no choice.
ALL = ""
MAIN = "main"


def _parse_names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


SETTINGS = (
    Setting(EXPERIMENT, "stress", one_of(EXPERIMENTS.names())),
    # Names of a ledger's own are accepted: `fit` knows which there are.
    Setting(BACKBONES, [], _parse_names, ",".join),
    Setting(REGIME, ALL),
    Setting(GROUP, ALL),
    Setting(METRIC, MAIN),
    Setting(COLUMN, ALL),
    Setting(PAPER, True, parse_switch, show_switch),
    Setting(MISSING, True, parse_switch, show_switch),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def fit(options: Mapping[str, Sequence[str]]) -> list[str]:
    """Take back choices that the experiment does not have.

    Args:
        options: key of a setting → what can be chosen.

    Returns:
        A message for each that the link asked for; another experiment's choices go silently.
    """
    # Another experiment was picked in this run where the link still names the former one.
    named = st.query_params.get(EXPERIMENT, SETTINGS[0].default)
    linked = named == st.session_state[EXPERIMENT]
    problems = []
    for each in SETTINGS:
        if each.key not in options:
            continue
        value = st.session_state[each.key]
        fitting = _fitting(value, options[each.key], each.default)
        if fitting != value:
            st.session_state[each.key] = fitting
            if linked and each.key in st.query_params:
                problems.append(
                    f"The link's {each.key} {each.show(value)!r} is nothing that the experiment "
                    f"{named} has. Accepted: {', '.join(filter(None, options[each.key]))}."
                )
    return problems


def _fitting(value: Any, options: Sequence[str], default: Any) -> Any:
    if isinstance(value, list):
        return [name for name in options if name in value]
    if value in options:
        return value
    return default if default in options else options[0]


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)
