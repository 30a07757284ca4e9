"""Step 7: accuracy on the stress test, from the results ledger."""

from __future__ import annotations

import streamlit as st

from app.components.lesson.facts import ASKED
from app.components.lesson.pair import show_pair
from app.components.page import chart, small
from app.services import learn
from glot.plots.palette import title

PROTOCOLS = {"strict": "Strict", "paper": "Paper"}
# Two classes of equal size.
CHANCE = 50.0


def render() -> None:
    """Draw the widget."""
    protocol = st.segmented_control(
        "Protocol",
        list(PROTOCOLS),
        default="strict",
        required=True,
        format_func=PROTOCOLS.__getitem__,
        key="learn_protocol",
    )
    _scores(protocol)
    st.markdown("Two texts of the strict protocol:")
    show_pair(learn.states().pairs[ASKED])


def _scores(protocol: str) -> None:
    from glot.plots.lesson_results import Result, scores_figure

    found = sorted(learn.scores(protocol), key=lambda each: each.mean)
    if not found:
        st.info(
            "The results ledger holds no accuracy for this protocol yet. Measure it: "
            f"`glot reproduce {learn.EXPERIMENT} --backbone {learn.FIRST_PLACE.backbone}`",
            icon=":material/info:",
        )
        return
    rows = [Result(title(each.method), each.method, each.mean, each.values) for each in found]
    told = ", ".join(f"{row.name} {row.value:.1f} %" for row in rows)
    chart(
        scores_figure(rows, CHANCE),
        "learn_stress",
        f"Mean accuracy on the {protocol} protocol at 90 % distractors: {told}",
    )
    seeds = sorted({len(each.values) for each in found})
    small(
        f"{PROTOCOLS[protocol]} protocol, 90 % distractors, "
        f"{learn.PLACES[learn.FIRST_PLACE]}, settings searched for each pooler alike, "
        f"{' or '.join(map(str, seeds))} seeds."
    )
