"""CoLA: grammatical acceptability (paper, B.3; Warstadt et al., 2018)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

COLA = Task(
    name="cola",
    title="Acceptability (CoLA)",
    kind="classification",
    reader=glue("cola", ("sentence",), ("unacceptable", "acceptable")),
    metrics=("matthews", "accuracy"),
    labels=("unacceptable", "acceptable"),
)
