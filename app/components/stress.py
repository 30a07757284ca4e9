"""What the parts of the stress test's page share."""

from __future__ import annotations

import streamlit as st


def small(text: str) -> None:
    """A small line of Markdown; captions are too faint to be read on the light page."""
    st.markdown(f":small[{text}]")
