"""Step 2: a phrase among more and more distractors, and what is left of it in the mean."""

from __future__ import annotations

import streamlit as st

from app.components.lesson.pair import show_pair
from app.components.page import chart
from app.services import learn
from glot.attributions.lesson import PAIRS


def render() -> None:
    """Draw the widget."""
    from glot.plots.lesson import dilution_figure

    stored = learn.states()
    numbers = [pair.distractors for pair in stored.pairs]
    chosen = st.select_slider("Distractors", numbers, key="learn_distractors")
    at = numbers.index(chosen)
    pair = stored.pairs[at]
    means = stored.distances.mean(axis=1)
    left = 100 * means / means[0]
    share, distance = st.columns(2)
    share.metric(
        "Share of the phrase",
        f"{pair.share:.0%}",
        help=f"{pair.signal_tokens} of {pair.tokens} tokens, each with the same weight.",
    )
    distance.metric(
        "Distance between the means",
        f"{left[at]:.0f}%",
        help=f"Of that without distractors; the average of {PAIRS} pairs of texts.",
    )
    show_pair(pair)
    shares = [100 * each.share for each in stored.pairs]
    alt = (
        f"With {chosen} distractors the phrase has {pair.share:.0%} of the mean, and the two "
        f"means are at {left[at]:.0f} % of their first distance. Both fall as distractors grow."
    )
    chart(dilution_figure(numbers, shares, left.tolist(), at), "learn_dilution", alt)
