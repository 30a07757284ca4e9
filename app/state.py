"""Every session key, its default and its URL parameter.

Streamlit forgets the values of widgets that are not drawn, and query parameters when the page is
switched, so what matters is written back to the session and to the URL in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from glot.attributions.examples import BACKBONE, TASK, examples
from glot.poolers import POOLERS

# Servers and browsers cut longer links.
MAX_URL_TEXT = 2000
DEFAULT_TAU = 0.6
# DeepSets is GLOT without the graph: without it a comparison would not tell what the graph adds.
COMPARED = ["mean", "adapool", "deepsets", "glot"]


@dataclass(frozen=True)
class Setting:
    """One piece of state.

    Attributes:
        key: session key, and the key of its widget.
        default: first value.
        parse: URL text → value; raises ValueError on nonsense.
        show: value → URL text; "" leaves it out of the URL.
    """

    key: str
    default: Any
    parse: Callable[[str], Any]
    show: Callable[[Any], str]


def _parse_tau(text: str) -> float:
    value = round(float(text), 2)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _parse_poolers(text: str) -> list[str]:
    names = [name for name in text.split(",") if name in POOLERS.names()]
    if not names:
        raise ValueError(text)
    return names


def _show_poolers(names: list[str]) -> str:
    """In the order of the list, not in that of the clicks: equal choices are equal links."""
    return ",".join(name for name in POOLERS.names() if name in names)


SETTINGS = (
    Setting("text", examples()[0].text, str, lambda x: x if len(x) <= MAX_URL_TEXT else ""),
    Setting("backbone", BACKBONE, str, str),
    Setting("task", TASK, str, str),
    Setting("tau", DEFAULT_TAU, _parse_tau, lambda x: f"{x:.2f}"),
    Setting("poolers", COMPARED, _parse_poolers, _show_poolers),
)


def enter() -> list[str]:
    """Fill the session from the URL, once; later calls only keep it alive.

    Returns:
        A message for each URL parameter that was not understood.
    """
    problems = []
    for setting in SETTINGS:
        if setting.key in st.session_state:
            # Writing it back keeps it when its widget is not drawn in this run.
            st.session_state[setting.key] = st.session_state[setting.key]
            continue
        value = setting.default
        given = st.query_params.get(setting.key)
        if given is not None:
            try:
                value = setting.parse(given)
            except ValueError:
                problems.append(
                    f"The link's {setting.key} {given!r} was not understood: "
                    f"{setting.show(setting.default)} is shown instead."
                )
        st.session_state[setting.key] = value
    return problems


def publish() -> None:
    """Write the session's settings to the URL; what it says already is not sent again."""
    for setting in SETTINGS:
        shown = setting.show(st.session_state[setting.key])
        if shown and st.query_params.get(setting.key) != shown:
            st.query_params[setting.key] = shown
        elif not shown and setting.key in st.query_params:
            del st.query_params[setting.key]
