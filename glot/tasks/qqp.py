"""QQP: whether two questions ask the same (paper, B.3; GLUE)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

QQP = Task(
    name="qqp",
    title="Duplicate questions (QQP)",
    kind="classification",
    reader=glue("qqp", ("question1", "question2"), ("not_duplicate", "duplicate")),
    metrics=("f1", "accuracy"),
    labels=("different", "duplicate"),
    pairs=True,
    n_train=20_000,
)
