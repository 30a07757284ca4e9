"""Choosing the text and the backbone: the same pickers on every page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.state import COMPARED
from glot.attributions.examples import examples
from glot.backbones import BUNDLED
from glot.plots.palette import title

# More than any backbone reads; a paste of this size still answers within seconds.
MAX_CHARACTERS = 1_000_000


def text_picker() -> str:
    """Text box with the examples above it; returns the text as typed."""
    titles = {example.key: example.title for example in examples()}
    texts = {example.text: example.key for example in examples()}
    # The pill follows the text: it goes out when the text is changed.
    st.session_state["example"] = texts.get(st.session_state["text"])
    st.pills(
        "Examples",
        list(titles),
        format_func=titles.__getitem__,
        key="example",
        on_change=_take_example,
    )
    text: str = st.text_area(
        "Text",
        key="text",
        height=110,
        max_chars=MAX_CHARACTERS,
        placeholder="Type or paste a text",
        help="Ctrl+Enter, or a click beside the box, shows the new text.",
    )
    return text


def backbone_picker() -> str:
    """A bundled backbone, or any folder, GGUF file or hub id typed in."""
    summaries = "  \n".join(f"**{name}**: {entry.summary}" for name, entry in BUNDLED.items())
    options = list(BUNDLED)
    current = st.session_state["backbone"]
    if current not in options:
        options.append(current)
    chosen: str = st.selectbox(
        "Backbone",
        options,
        key="backbone",
        accept_new_options=True,
        help=f"{summaries}  \nOr type a hub id, a folder or a .gguf file. It stays frozen.",
    )
    return chosen


def pooler_picker(names: Sequence[str]) -> list[str]:
    """Which of the backbone's poolers are compared; at least one, in the order of the list."""
    # A link, or another backbone, may have brought one that this backbone does not have; and when
    # the last one is put out, the usual ones come back.
    known = [name for name in st.session_state["poolers"] if name in names]
    st.session_state["poolers"] = known or [name for name in COMPARED if name in names]
    chosen = st.pills(
        "Compare",
        names,
        selection_mode="multi",
        format_func=title,
        key="poolers",
        help="DeepSets is GLOT with a perceptron for each token in place of the graph: what GLOT "
        "has ahead of it is what the graph adds.",
    )
    return [name for name in names if name in chosen]


def _take_example() -> None:
    chosen = next((e for e in examples() if e.key == st.session_state["example"]), None)
    if chosen is not None:
        st.session_state["text"] = chosen.text
