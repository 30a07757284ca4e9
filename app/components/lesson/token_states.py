"""Step 1: the states of one word in two sentences, layer by layer."""

from __future__ import annotations

import streamlit as st

from app.components.lesson.facts import cosine
from app.components.page import chart, plain, small
from app.services import learn
from glot.attributions.lesson import SENTENCES, SHARED


def render() -> None:
    """Draw the widget."""
    from glot.plots.lesson import states_figure

    words = learn.states().words
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        word = st.segmented_control(
            "Word", SHARED, default=SHARED[-1], required=True, key="learn_word"
        )
    with right:
        layer = st.slider("Layer", 0, words.shape[1] - 1, key="learn_layer")
    st.markdown("\n".join(f"- {_marked(sentence, word)}" for sentence in SENTENCES))
    pair = words[:, layer, SHARED.index(word)]
    similarity = cosine(*pair)
    st.metric("Similarity of the two states", f"{similarity:.2f}")
    names = [f"{word}, sentence {number + 1}" for number in range(len(SENTENCES))]
    alt = (
        f"Each number of the two states of {word} at layer {layer} as a coloured cell, side by "
        f"side. Their cosine similarity is {similarity:.2f}."
    )
    chart(states_figure(pair, names), "learn_states", alt)
    small("Each cell is one number of the state: blue below zero, orange above.")


def _marked(sentence: str, word: str) -> str:
    """The sentence with the word in bold; the model reads small letters."""
    told = [f"**{plain(w)}**" if w.lower() == word else plain(w) for w in sentence.split()]
    return " ".join(told)
