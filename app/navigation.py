"""The pages, and links from one to another."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import streamlit as st

from app.components.login import logged_in
from app.state.setting import HANDED, MAX_URL_TEXT
from glot.operation import logs

# Name (module in `app.views` and URL path) → title, in the order of the menu.
PAGES = {
    "explore": "Explore",
    "compare": "Compare texts",
    "stress": "Stress test",
    "map": "Embedding map",
    "attributions": "Attributions",
    "benchmarks": "Benchmarks",
    "train": "Train",
    "learn": "Learn",
}
FIRST = "explore"


def run(opening: str = FIRST) -> None:
    """Draw the menu and the page that was asked for.

    Args:
        opening: the page that an address without a page shows.
    """
    logs.new_request()
    if not logged_in():
        return
    pages = [_page(name, name == opening) for name in PAGES]
    st.navigation(pages, position="top").run()


def open_link(page: str, label: str, key: str, **settings: str) -> None:
    """A link to another page with some of its settings.

    Args:
        page: its name.
        label: of the link.
        key: of the widget.
        settings: URL parameters of that page; what it shows besides stays as it was.
    """
    if all(len(value) <= MAX_URL_TEXT for value in settings.values()):
        st.page_link(
            _page(page), label=label, icon=":material/arrow_forward:", query_params=settings
        )
    elif st.button(label, key=key, icon=":material/arrow_forward:"):
        # Too long for a link: the session hands it over.
        go_to(page, **settings)


def go_to(page: str, **settings: str) -> NoReturn:
    """Leave for another page at once, with some of its settings; see `open_link`."""
    st.session_state[HANDED] = settings
    st.switch_page(_page(page))


def _page(name: str, default: bool = False) -> st.Page:
    return st.Page(_view(name), title=PAGES[name], url_path=name, default=default)


def _view(name: str) -> Callable[[], None]:
    """Draws a page; it is imported when it is asked for, so that none waits for another."""

    def render() -> None:
        import_module(f"app.views.{name}").render()

    return render
