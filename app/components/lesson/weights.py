"""Step 6: token weights π of several poolers on one sentence."""

from __future__ import annotations

import streamlit as st

from app.components.page import chart, plain
from app.services import learn
from glot.plots.palette import title

POOLERS = ("mean", "adapool", "deepsets", "glot")


def render() -> None:
    """Draw the widget."""
    from glot.plots.token_weights import token_weights_figure

    shown = learn.example()
    chosen = st.pills(
        "Poolers",
        POOLERS,
        selection_mode="multi",
        default=("mean", "glot"),
        format_func=title,
        key="learn_poolers",
    )
    # In the list's order, whatever the order of the clicks.
    poolers = [pooler for pooler in POOLERS if pooler in chosen]
    if not poolers:
        st.info("Choose at least one pooler.", icon=":material/info:")
        return
    for pooler in poolers:
        answer = shown.prediction(pooler, learn.TAU)
        if answer is not None:
            share = answer.probabilities[answer.label]
            st.markdown(f"**{title(pooler)}** says *{plain(answer.label)}* ({share:.0%}).")
    names = " and ".join(title(pooler) for pooler in poolers)
    alt = f"Token weights π of {names} over the tokens of the sentence “{shown.text}”"
    chart(token_weights_figure(shown, learn.TAU, poolers), "learn_weights", alt)
