"""IMDB: sentiment of whole film reviews, 512 tokens (paper, 4.3 and B.3; Maas et al., 2011)."""

from __future__ import annotations

from glot.tasks.base import Task
from glot.tasks.published import Published

IMDB = Task(
    name="imdb",
    title="Long reviews (IMDB)",
    kind="classification",
    reader=Published(
        repository="stanfordnlp/imdb",
        configuration="plain_text",
        splits={"train": "train", "test": "test"},
        label_names=("neg", "pos"),
    ),
    metrics=("accuracy",),
    labels=("negative", "positive"),
    max_tokens=512,
    evaluation_splits=("test",),
)
