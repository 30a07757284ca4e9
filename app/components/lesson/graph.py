"""Step 4: the live token graph."""

from __future__ import annotations

from app.components.token_graph import token_graph
from app.services import learn

KEY = "lesson_graph"


def render() -> None:
    """Draw the widget."""
    # Nothing on the page follows what it reports: it goes on by itself in the browser.
    token_graph(learn.graph_data(), key=KEY, on_tau_change=_nothing, on_view_change=_nothing)


def _nothing() -> None:
    return
