"""Settings of pages: a session key, its default, its URL parameter; kept over pages and reloads.

Streamlit forgets the values of widgets that are not drawn, and query parameters when the page is
switched, so what matters is written back to the session and to the URL in every run. Pages that
name the same key share its value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

# Servers and browsers cut longer links.
MAX_URL_TEXT = 2000
# Keys of the session that are no settings.
_KEPT = "kept"
_PAGE = "page"
# What a link to another page sets and no URL could hold.
HANDED = "handed"


@dataclass(frozen=True)
class Setting:
    """One piece of state.

    Attributes:
        key: session key, URL parameter, and the key of its widget where it has one.
        default: first value.
        parse: URL text → value; raises ValueError on nonsense.
        show: value → URL text; "" leaves it out of the URL.
    """

    key: str
    default: Any
    parse: Callable[[str], Any] = str
    show: Callable[[Any], str] = str


def enter(page: str, settings: Sequence[Setting]) -> list[str]:
    """Fill the session for a page: from its own past, else from the URL, else by default.

    A page that was not shown in the last run is entered by a link: there the URL comes first,
    which Streamlit has emptied unless the link sets something.

    Args:
        page: its name.
        settings: all that the page shows.

    Returns:
        A message for each URL parameter that was not understood.
    """
    linked = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page
    given = dict(st.query_params) | st.session_state.pop(HANDED, {}) if linked else {}
    problems = []
    for setting in settings:
        key = setting.key
        if key in given:
            problems += _from_link(setting, given[key])
        elif key in st.session_state:
            # Writing it back keeps it when its widget is not drawn in this run.
            st.session_state[key] = st.session_state[key]
        else:
            st.session_state[key] = _kept().get(key, setting.default)
    return problems


def publish(settings: Sequence[Setting]) -> None:
    """Write settings to the URL and keep them; what the URL says already is not sent again."""
    for setting in settings:
        value = st.session_state[setting.key]
        _kept()[setting.key] = value
        shown = setting.show(value)
        if shown and st.query_params.get(setting.key) != shown:
            st.query_params[setting.key] = shown
        elif not shown and setting.key in st.query_params:
            del st.query_params[setting.key]


def one_of(names: Sequence[str]) -> Callable[[str], str]:
    """A parser of one of these names."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse


def some_of(names: Sequence[str], most: int) -> Callable[[str], tuple[str, ...]]:
    """A parser of at least one and at most so many of these names, parted by commas.

    In the order of the list, not in that of the clicks: equal choices are equal links.
    """

    def parse(text: str) -> tuple[str, ...]:
        given = text.split(",")
        chosen = tuple(name for name in names if name in given)
        if len(chosen) < len(given) or len(chosen) > most:
            raise ValueError(text)
        return chosen

    return parse


def parse_switch(text: str) -> bool:
    """`1` or `0`."""
    return one_of(("0", "1"))(text) == "1"


def show_switch(value: bool) -> str:
    """The inverse of `parse_switch`."""
    return str(int(value))


def show_text(value: str) -> str:
    """A text, if it is short enough for a link."""
    return value if len(value) <= MAX_URL_TEXT else ""


def reported(component: str, name: str) -> dict[str, Any]:
    """What a component in the browser reports as JSON: empty where it is no object.

    Browsers are their readers' own: what comes from them need not be what our front end sends.
    """
    try:
        told = json.loads(st.session_state[component].get(name) or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _from_link(setting: Setting, given: str) -> list[str]:
    """Set a value from a link, or leave it as it was; tells what was not understood."""
    try:
        st.session_state[setting.key] = setting.parse(given)
    except ValueError:
        value = st.session_state.get(setting.key, _kept().get(setting.key, setting.default))
        st.session_state[setting.key] = value
        instead = setting.show(value) or "the default"
        return [
            f"The link's {setting.key} {given!r} was not understood: {instead} is shown instead."
        ]
    return []


def _kept() -> dict[str, Any]:
    """Values by key as the last page left them."""
    kept: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    return kept
