"""Two texts of the strict stress test with their phrases marked."""

from __future__ import annotations

import streamlit as st

from app.components.page import plain
from glot.attributions.lesson import StressPair


def show_pair(pair: StressPair) -> None:
    """Both texts, each under what its phrase says is there."""
    for column, text, label in zip(st.columns(2), pair.texts, pair.labels, strict=True):
        with column.container(border=True):
            st.markdown(f"Label: **{plain(label)}**")
            st.markdown(_marked(text, pair.signal))


def _marked(text: str, signal: tuple[int, int]) -> str:
    words = [plain(word) for word in text.split()]
    start, end = signal
    phrase = f":blue-background[**{' '.join(words[start:end])}**]"
    return " ".join([*words[:start], phrase, *words[end:]])
