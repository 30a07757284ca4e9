"""SST-2: sentiment of movie-review snippets (paper, B.3; Socher et al., 2013)."""

from __future__ import annotations

from glot.tasks.base import Task

SST2 = Task(
    name="sst2",
    title="Sentiment (SST-2)",
    labels=("negative", "positive"),
    metric="accuracy",
    max_tokens=128,
    evaluation_split="dev",
    hub=("nyu-mll/glue", "sst2"),
    hub_splits={"train": "train", "dev": "validation"},
    text_column="sentence",
)
