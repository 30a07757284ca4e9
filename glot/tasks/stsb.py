"""STS-B: how similar two sentences are, 0 to 5 (paper, B.3; Cer et al., 2017)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

STSB = Task(
    name="stsb",
    title="Similarity (STS-B)",
    kind="regression",
    reader=glue("stsb", ("sentence1", "sentence2")),
    metrics=("spearman", "pearson"),
    pairs=True,
    head="similarity",
)
