"""Step 5: whose states a token's vector depends on, layer by layer of the token-GNN."""

from __future__ import annotations

import streamlit as st

from app.components.page import chart, plain
from app.services import learn

# Shares below this are not told in words.
LEAST = 0.005


def render() -> None:
    """Draw the widget."""
    from glot.plots.lesson import influence_figure

    shown, shares = learn.example(), learn.states().influence
    tokens = shown.tokens
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        names = [f"{place + 1}. {token}" for place, token in enumerate(tokens)]
        of = st.selectbox(
            "Token",
            range(len(tokens)),
            index=tokens.index("film"),
            format_func=names.__getitem__,
            key="learn_receiver",
        )
    with right:
        k = st.segmented_control(
            "Layers of message passing",
            range(len(shares)),
            default=0,
            required=True,
            format_func=lambda layers: f"K = {layers}",
            key="learn_k",
        )
    row = shares[k, of]
    told = _told(tokens, row)
    st.markdown(f"After K = {k}, **{plain(tokens[of])}** depends on: {told}")
    figure = influence_figure(tokens, shown.positions, shown.edges(learn.TAU), row, of)
    alt = (
        f"The token graph at τ = {learn.TAU:.2f}. Circles show each token's share in "
        f"{tokens[of]} after {k} layers."
    )
    chart(figure, "learn_messages", alt)


def _told(tokens: tuple[str, ...], row: object) -> str:
    import numpy as np

    values = np.asarray(row)
    order = [place for place in np.argsort(-values, kind="stable") if values[place] >= LEAST]
    return ", ".join(f"{plain(tokens[place])} {values[place]:.0%}" for place in order)
