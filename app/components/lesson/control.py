"""Step 8: GLOT minus each of its controls, from the results ledger."""

from __future__ import annotations

import streamlit as st

from app.components.lesson.facts import control_verdict, gap_text
from app.components.page import chart, small
from app.services import learn


def render() -> None:
    """Draw the widget."""
    places = list(learn.PLACES)
    number = st.segmented_control(
        "Measured on",
        range(len(places)),
        default=0,
        required=True,
        format_func=lambda i: learn.PLACES[places[i]],
        key="learn_place",
    )
    place = places[number]
    gaps = learn.gaps(place)
    if not gaps:
        st.info(
            "The results ledger does not hold GLOT and a control with the same seeds here yet. "
            f"Measure them: `glot reproduce {learn.EXPERIMENT} --backbone {place.backbone}`",
            icon=":material/info:",
        )
        return
    _draw(gaps)
    for scores in learn.scores("strict", place):
        if scores.method == "mlp":
            small(
                f"For comparison: the MLP, which has neither edges nor token weights, has "
                f"{scores.mean:.1f} % here; GLOT has {_glot(place):.1f} %."
            )


def _draw(gaps: tuple[learn.Gap, ...]) -> None:
    from glot.plots.lesson_results import Result, differences_figure

    rows = [
        Result(
            learn.CONTROLS[gap.control],
            gap.control if gap.control == "deepsets" else "glot",
            gap.difference,
            low=gap.low,
            high=gap.high,
        )
        for gap in gaps
    ]
    told = [
        f"{learn.CONTROLS[gap.control]}: {gap_text(gap)} points, {gap.seeds} seeds" for gap in gaps
    ]
    chart(differences_figure(rows), "learn_control", f"GLOT minus {'; '.join(told)}")
    st.markdown("\n".join(f"- GLOT minus {line}" for line in told))
    st.markdown(f"**{control_verdict(gaps)}**")


def _glot(place: learn.Place) -> float:
    return next(each.mean for each in learn.scores("strict", place) if each.method == "glot")
