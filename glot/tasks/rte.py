"""RTE: whether a text entails a sentence (paper, B.3; GLUE)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

RTE = Task(
    name="rte",
    title="Entailment (RTE)",
    kind="classification",
    # 0 is entailment here and in QNLI; in WNLI it is 1.
    reader=glue("rte", ("sentence1", "sentence2"), ("entailment", "not_entailment")),
    metrics=("accuracy",),
    labels=("entailment", "not_entailment"),
    pairs=True,
)
