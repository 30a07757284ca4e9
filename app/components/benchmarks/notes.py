"""How to read a table or a figure, in small print."""

from __future__ import annotations

import streamlit as st


def note(text: str) -> None:
    """Markdown in small print, in the text's own colour: Streamlit's captions are too faint.

    Args:
        text: without square brackets.
    """
    st.markdown(f":small[{text}]")
