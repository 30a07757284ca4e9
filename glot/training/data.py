"""A task's rows as stored token states: what the loop learns from and is scored on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from glot.config import TrainConfig
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.splits import cut_validation, nobody, validation_size
from glot.training.store import StateBatch, StateStore

Report = Callable[[dict[str, Any]], None]
# Of the draw of rows to report on, the same for every training seed.
EVALUATION_SEED = 42


class States(Protocol):
    """Token states of N texts, read in batches: `StoredStates`, or some that stand in for them."""

    @property
    def lengths(self) -> torch.Tensor:
        """(N,) int64, tokens of each text."""

    @property
    def width(self) -> int:
        """Width d of a state."""

    def __len__(self) -> int: ...

    def batch(self, rows: Sequence[int] | torch.Tensor) -> StateBatch:
        """States of some texts, padded right to the longest of them."""


@dataclass(frozen=True)
class Split:
    """Stored token states of N rows with their labels.

    Attributes:
        kind: of the task.
        metrics: names in `glot.metrics.METRICS`, the selecting one first.
        labels: (N,) class numbers, numbers to predict, or numbers of groups of pairs.
        states: of the texts, or of the first texts of pairs.
        others: of the second texts of pairs.
    """

    kind: str
    metrics: tuple[str, ...]
    labels: torch.Tensor
    states: States
    others: States | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> torch.Tensor:
        """(N,) tokens of each row, of both texts together."""
        lengths = self.states.lengths
        return lengths if self.others is None else lengths + self.others.lengths


@dataclass(frozen=True)
class Parts:
    """Rows of one seed: what is learnt from, and what epochs and settings are chosen by."""

    train: LabelledTexts
    validation: LabelledTexts


def cut(
    everything: LabelledTexts,
    task: Task,
    config: TrainConfig,
    seed: int,
    alive: Callable[[], None] = nobody,
) -> Parts:
    """Cut validation from train (`glot.tasks.splits`), then draw the rows to learn from.

    Args:
        everything: the task's train split.
        task: names the paper's number of training rows (B.3).
        config: names other numbers.
        seed: of both draws.
        alive: see `glot.tasks.splits.cut_validation`.
    """
    n = config.n_validation or validation_size(everything)
    train, validation = cut_validation(everything, n, seed, alive)
    return Parts(draw(train, config.n_train or task.n_train, seed), validation)


def draw(rows: LabelledTexts, n: int, seed: int) -> LabelledTexts:
    """At most n rows at random, in their old order; n = 0 means all."""
    if not n or n >= len(rows):
        return rows
    return rows.take(sorted(np.random.default_rng(seed).permutation(len(rows))[:n].tolist()))


def evaluation_rows(
    task: Task, data: Path | None, n: int, splits: Sequence[str] = ()
) -> dict[str, LabelledTexts]:
    """At most n rows (0: all) of each split to report on; by default of all evaluation splits."""
    chosen = splits or task.evaluation_splits
    return {name: draw(task.load(name, data), n, EVALUATION_SEED) for name in chosen}


def with_states(task: Task, rows: LabelledTexts, store: StateStore, told: Report) -> Split:
    """Rows with their token states, computed now or read from the store.

    Args:
        task: what the rows are of.
        rows: the rows.
        store: gives the states.
        told: hears of progress, as dicts with `done` and `of`.

    Raises:
        GlotError: a text that cannot be encoded, or a disk without room.
    """
    # Both sides in one request: a text that stands on both is computed once, and the progress
    # is that of the whole.
    everything = [*rows.texts, *rows.others]
    states = store.states(everything, lambda done, total: told({"done": done, "of": total}))
    n = len(rows)
    return Split(
        kind=task.kind,
        metrics=task.metrics,
        labels=_labels(task, rows),
        states=states.take(range(n)) if rows.others else states,
        others=states.take(range(n, 2 * n)) if rows.others else None,
    )


def _labels(task: Task, rows: LabelledTexts) -> torch.Tensor:
    if task.kind == "contrastive":
        return torch.tensor(_linked(rows))
    if task.kind == "classification":
        return torch.tensor([int(label) for label in rows.labels])
    return torch.tensor(rows.labels, dtype=torch.float32)


def _linked(rows: LabelledTexts) -> list[int]:
    """Numbers of groups of pairs that share a first or a second text, directly or in a chain."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(rows)
    first = {text: i for i, text in enumerate(dict.fromkeys(rows.texts))}
    second = {text: n + i for i, text in enumerate(dict.fromkeys(rows.others))}
    ends = [first[text] for text in rows.texts], [second[text] for text in rows.others]
    graph = coo_array((np.ones(n, dtype=np.int8), ends), shape=(2 * n, 2 * n))
    group = connected_components(graph, directed=False)[1]
    return [int(group[i]) for i in ends[0]]
