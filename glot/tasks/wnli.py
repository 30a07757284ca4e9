"""WNLI: pronouns resolved as entailment (paper, Table 1; GLUE). Its dev split is adversarial."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

WNLI = Task(
    name="wnli",
    title="Winograd inference (WNLI)",
    kind="classification",
    # 1 is entailment here; in RTE and QNLI it is 0.
    reader=glue("wnli", ("sentence1", "sentence2"), ("not_entailment", "entailment")),
    metrics=("accuracy",),
    labels=("not_entailment", "entailment"),
    pairs=True,
)
