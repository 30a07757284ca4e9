"""The one training loop: Adam on a head, token states from the store, best epoch kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.training.batches import training_batches
from glot.training.data import Split
from glot.training.evaluation import evaluate, sentence_vectors
from glot.training.resume import Position, Progress

SAVE_EVERY = 100


@dataclass(frozen=True)
class FitResult:
    """Outcome of one run: the best epoch's weights and validation score, all epochs' scores."""

    weights: dict[str, torch.Tensor]
    validation: float
    best_epoch: int
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """One point of the search: what to train and how."""

    pooler: PoolerConfig
    head: HeadConfig
    config: TrainConfig
    lr: float
    seed: int
    device: torch.device


def fit(
    run: Run,
    train: Split,
    validation: Split,
    progress: Progress,
    report: Callable[[dict[str, Any]], None],
) -> FitResult:
    """Train one head and keep the epoch with the best validation score.

    A head without weights (mean pooling with cosine similarity, say) is scored as it is.

    Args:
        run: settings; the seed fixes weights and order of batches.
        train: training part.
        validation: validation part, cut from train.
        progress: where half-finished work is kept; the run goes on from there if it holds any.
        report: called after every step with `epoch`, `step`, `steps` and `loss`, and after
            every epoch with its `validation`, and with `best` and `best_epoch` (from 1) so far.

    Raises:
        GlotError: the loss is not a number any more; the message names step and batch.
    """
    torch.manual_seed(run.seed)
    head = build_head(run.pooler, train.states.width, run.head).to(run.device)
    head.prepare(train.labels.float())
    if not head.n_parameters():
        return _as_it_is(head, validation, run.device)
    optimizer = torch.optim.Adam(head.parameters(), lr=run.lr, weight_decay=run.config.weight_decay)
    at = progress.restore(head, optimizer)
    for epoch in range(at.epoch, run.config.epochs):
        loss = _epoch(run, epoch, head, optimizer, train, at, progress, report)
        score = evaluate(head, validation, run.device).score
        at.history.append({"epoch": epoch + 1, "validation": score, "loss": loss})
        if at.best_epoch is None or score > at.history[at.best_epoch]["validation"]:
            at.best_epoch = epoch
            at.best_weights = {key: value.clone() for key, value in head.state_dict().items()}
        best = at.history[at.best_epoch]["validation"]
        report({"epoch": epoch, "validation": score, "best": best, "best_epoch": at.best_epoch + 1})
        at.epoch, at.step, at.loss_sum = epoch + 1, 0, 0.0
        progress.save(head, optimizer, at)
    assert at.best_epoch is not None
    best = at.history[at.best_epoch]["validation"]
    return FitResult(at.best_weights, best, at.best_epoch + 1, at.history)


def _as_it_is(head: Head, validation: Split, device: torch.device) -> FitResult:
    score = evaluate(head, validation, device).score
    weights = {key: value.clone() for key, value in head.state_dict().items()}
    return FitResult(weights, score, 0, [])


def _epoch(
    run: Run,
    epoch: int,
    head: Head,
    optimizer: torch.optim.Optimizer,
    train: Split,
    at: Position,
    progress: Progress,
    report: Callable[[dict[str, Any]], None],
) -> float:
    """The rest of one epoch; returns the mean loss of its steps."""
    batches = training_batches(train.lengths, run.config.batch_size, run.seed, epoch)
    head.train()
    for step in range(at.step, len(batches)):
        loss = _step(run, head, optimizer, train, batches[step])
        if not math.isfinite(loss):
            raise _not_a_number(loss, epoch, step, batches[step], run.lr)
        at.step, at.loss_sum = step + 1, at.loss_sum + loss
        report({"epoch": epoch, "step": step + 1, "steps": len(batches), "loss": loss})
        if at.step % SAVE_EVERY == 0:
            progress.save(head, optimizer, at)
    return at.loss_sum / len(batches)


def _step(
    run: Run, head: Head, optimizer: torch.optim.Optimizer, train: Split, rows: list[int]
) -> float:
    narrow = run.config.precision == "bfloat16"
    with torch.autocast(run.device.type, torch.bfloat16, enabled=narrow):
        a, b = sentence_vectors(head, train, rows, run.device)
    outputs = head(a.float(), None if b is None else b.float())
    loss = head.loss(outputs, train.labels[rows].to(run.device))
    if not bool(loss.isfinite()):
        return float(loss.detach())
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def _not_a_number(loss: float, epoch: int, step: int, rows: list[int], lr: float) -> GlotError:
    shown = ", ".join(map(str, rows[:8])) + (" …" if len(rows) > 8 else "")
    return GlotError(
        f"The loss became {loss} at step {step + 1} of epoch {epoch + 1}, at lr {lr:g}, on the "
        f"batch of training rows {shown}.",
        "Accepted: a finite loss.",
        "Lower --lr, or look at these rows; the last save before it is kept.",
    )
