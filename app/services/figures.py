"""Figures in the page's colours, made once for what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go


@st.cache_resource(max_entries=64, show_spinner=False)
def kept_figure(
    name: str,  # noqa: ARG001 - part of the key
    of: tuple[Any, ...],
    dark: bool,
    _make: Callable[..., go.Figure],
) -> go.Figure:
    """A figure in the page's colours; readers share it, and nobody changes it.

    Args:
        name: of what makes it.
        of: its arguments; data frames and plain values.
        dark: whether the page is.
        _make: makes it.
    """
    return painted(_make(*of), dark)


def painted(figure: go.Figure, dark: bool) -> go.Figure:
    """The figure with text that can be read: Streamlit's grey for charts is too faint for names."""
    text = "#FAFAFA" if dark else "#31333F"
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(tickfont_color=text, title_font_color=text)
    return figure.update_layout(font={"color": text, "size": 13})
