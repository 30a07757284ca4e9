"""MRPC: whether two sentences are paraphrases (paper, B.3; Dolan and Brockett, 2005)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

MRPC = Task(
    name="mrpc",
    title="Paraphrase (MRPC)",
    kind="classification",
    reader=glue("mrpc", ("sentence1", "sentence2"), ("not_equivalent", "equivalent")),
    metrics=("f1", "accuracy"),
    labels=("no paraphrase", "paraphrase"),
    pairs=True,
)
