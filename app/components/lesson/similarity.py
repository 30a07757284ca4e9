"""Step 3: similarities of one token to the others, on two backbones."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.components.lesson.facts import pair_similarity
from app.components.page import chart
from app.services import learn

BACKBONES = {"minilm": "MiniLM", "smollm2": "SmolLM2"}
# What is chosen first: a word, and no token that a backbone adds.
FIRST = "bad"


def render() -> None:
    """Draw the widget."""
    from glot.plots.lesson import similarity_figure

    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        backbone = st.segmented_control(
            "Model",
            list(BACKBONES),
            default="minilm",
            required=True,
            format_func=BACKBONES.__getitem__,
            key="learn_backbone",
        )
    tokens, upper = _of(backbone)
    names = [f"{place + 1}. {token.strip()}" for place, token in enumerate(tokens)]
    first = next(place for place, token in enumerate(tokens) if token.strip(" Ġ▁") == FIRST)
    with right:
        # Each model cuts the text in its own way, so each has a choice of its own.
        chosen = st.selectbox(
            "Token",
            range(len(tokens)),
            index=first,
            format_func=names.__getitem__,
            key=f"learn_token_{backbone}",
        )
    others = [place for place in range(len(tokens)) if place != chosen]
    similarities = pair_similarity(upper, len(tokens))[chosen, others]
    density = float((upper > np.float32(learn.TAU)).mean())
    st.metric(f"Pairs above {learn.TAU:.2f}, of all pairs", f"{density:.0%}")
    alt = (
        f"Similarity of {names[chosen]} to each other token on {BACKBONES[backbone]}, from "
        f"{similarities.min():.2f} to {similarities.max():.2f}, with a line at {learn.TAU:.2f}."
    )
    shown = similarity_figure([tokens[place] for place in others], similarities, learn.TAU)
    chart(shown, "learn_similarity", alt)


def _of(backbone: str) -> tuple[tuple[str, ...], np.ndarray]:
    if backbone == "minilm":
        shown = learn.example()
        return shown.tokens, shown.upper
    return learn.states().other_tokens, learn.states().other_upper
