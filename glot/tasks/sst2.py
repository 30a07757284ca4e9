"""SST-2: sentiment of movie-review snippets (paper, B.3; Socher et al., 2013)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import glue

SST2 = Task(
    name="sst2",
    title="Sentiment (SST-2)",
    kind="classification",
    reader=glue("sst2", ("sentence",), ("negative", "positive")),
    metrics=("accuracy",),
    labels=("negative", "positive"),
)
