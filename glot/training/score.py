"""A trained head on the reported splits of a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.heads import HEADS
from glot.heads.checkpoint import TrainedHead
from glot.tasks.base import Task
from glot.training.data import evaluation_rows, with_states
from glot.training.evaluation import evaluate
from glot.training.store import StateStore


def score_head(
    trained: TrainedHead,
    task: Task,
    backbone: Backbone,
    data: Path | None,
    splits: Sequence[str],
    n: int,
    tau: float | None,
    report: Callable[[dict[str, Any]], None],
) -> dict[str, dict[str, Any]]:
    """Scores by split: all metrics, an interval, the number of rows and their source.

    Args:
        trained: the head.
        task: of the kind that the head has learnt, with the same classes.
        backbone: the head's own.
        data: local folder of labelled data; None asks the hub.
        splits: which; none means all evaluation splits.
        n: at most so many rows of each; 0: all.
        tau: instead of the head's own threshold.
        report: hears of progress, as dicts with a `stage` key.

    Raises:
        GlotError: the head does not fit the task, or the data is not there.
    """
    _check_fit(trained, task)
    rows = evaluation_rows(task, data, n, splits)
    store = StateStore(backbone, trained.card.max_tokens or task.max_tokens, trained.card.layer)
    scores = {}
    for name, part in rows.items():
        told = {"stage": "states", "split": name}
        split = with_states(task, part, store, lambda event, told=told: report({**told, **event}))  # type: ignore[misc]
        scored = evaluate(trained.head, split, backbone.device, tau)
        scores[name] = {**scored.record(), "source": part.source}
    return scores


def _check_fit(trained: TrainedHead, task: Task) -> None:
    card = trained.card
    kinds = HEADS.get(card.head).kinds
    if task.kind not in kinds or card.pairs != task.pairs or card.labels != task.labels:
        raise GlotError(
            f"A {card.head} head for {card.task} ({', '.join(card.labels) or 'numbers'}) on "
            f"{task.name}, which is {task.kind} of {'pairs' if task.pairs else 'single texts'} "
            f"({', '.join(task.labels) or 'numbers'}).",
            "Accepted: the task it was trained on, or one of the same kind and classes.",
            "Train a head for it with `glot train`.",
        )
