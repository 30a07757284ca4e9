"""MS MARCO pairs: a query and its passage, learnt by contrast (paper, B.3, MTEB's training)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glot.tasks.base import Task
from glot.tasks.published import Published


def positives(row: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """The (query, passage, 1) pairs of one row of the hub's data set: passages that were chosen."""
    passages = row["passages"]
    for text, chosen in zip(passages["passage_text"], passages["is_selected"], strict=True):
        if chosen:
            yield row["query"], text, 1.0


MSMARCO = Task(
    name="msmarco_pairs",
    title="Queries and passages (MS MARCO)",
    kind="contrastive",
    reader=Published(
        repository="microsoft/ms_marco",
        configuration="v1.1",
        splits={"train": "train", "dev": "validation"},
        columns=("text_a", "text_b"),
        rows=positives,
        grouped=True,
    ),
    metrics=("mrr_at_10",),
    pairs=True,
    head="contrastive",
)
