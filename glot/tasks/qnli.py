"""QNLI: whether a sentence answers a question (paper, B.3; Rajpurkar et al., 2016)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

QNLI = Task(
    name="qnli",
    title="Answering sentences (QNLI)",
    kind="classification",
    # 0 is entailment here and in RTE; in WNLI it is 1.
    reader=glue("qnli", ("question", "sentence"), ("entailment", "not_entailment")),
    metrics=("accuracy",),
    labels=("entailment", "not_entailment"),
    pairs=True,
    n_train=20_000,
)
