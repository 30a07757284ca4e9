"""MNLI, matched and mismatched: entailment, neutral, contradiction (paper, B.3)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

MNLI = Task(
    name="mnli",
    title="Inference (MNLI)",
    kind="classification",
    reader=glue(
        "mnli",
        ("premise", "hypothesis"),
        ("entailment", "neutral", "contradiction"),
        {
            "train": "train",
            "dev_matched": "validation_matched",
            "dev_mismatched": "validation_mismatched",
        },
    ),
    metrics=("accuracy",),
    labels=("entailment", "neutral", "contradiction"),
    pairs=True,
    evaluation_splits=("dev_matched", "dev_mismatched"),
    n_train=20_000,
)
