"""The one training loop: Adam on a head, token states from the store, best epoch kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from glot import metrics
from glot.config import PoolerConfig, TrainConfig
from glot.heads.classifier import ClassifierHead
from glot.training.batches import evaluation_batches, training_batches
from glot.training.resume import Progress
from glot.training.states import StoredStates

EVALUATION_BATCH = 64
SAVE_EVERY = 500


@dataclass(frozen=True)
class Split:
    """Stored token states with their labels (N,) and the metric that scores them."""

    states: StoredStates
    labels: torch.Tensor
    metric: str


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
    config: TrainConfig
    lr: float
    n_classes: int
    device: torch.device


def fit(
    run: Run,
    train: Split,
    validation: Split,
    progress: Progress,
    report: Callable[[dict[str, Any]], None],
) -> FitResult:
    """Train one head and keep the epoch with the best validation score.

    Args:
        run: settings; the seed fixes weights and order of batches.
        train: training part.
        validation: validation part, cut from train.
        progress: where half-finished work is kept; the run goes on from there if it holds any.
        report: called after every step with `epoch`, `step`, `steps` and `loss`, and after
            every epoch with `validation` too.
    """
    torch.manual_seed(run.config.seed)
    head = ClassifierHead(run.pooler, train.states.states.shape[1], run.n_classes).to(run.device)
    optimizer = torch.optim.Adam(head.parameters(), lr=run.lr, weight_decay=run.config.weight_decay)
    done = progress.restore(head, optimizer)
    history, best, best_weights = list(done.history), done.best_epoch, done.best_weights
    for epoch in range(done.epoch, run.config.epochs):
        batches = training_batches(
            train.states.lengths, run.config.batch_size, run.config.seed, epoch
        )
        head.train()
        first = done.step if epoch == done.epoch else 0
        for step in range(first, len(batches)):
            loss = _step(head, optimizer, train, batches[step], run.device)
            report({"epoch": epoch, "step": step + 1, "steps": len(batches), "loss": loss})
            if (step + 1) % SAVE_EVERY == 0:
                progress.save(head, optimizer, epoch, step + 1, history, best, best_weights)
        score = evaluate(head, validation, run.device)
        history.append({"epoch": epoch + 1, "validation": score, "loss": loss})
        report({"epoch": epoch, "step": len(batches), "steps": len(batches), "validation": score})
        if best is None or score > history[best]["validation"]:
            best = epoch
            best_weights = {key: value.clone() for key, value in head.state_dict().items()}
        progress.save(head, optimizer, epoch + 1, 0, history, best, best_weights)
    assert best is not None
    return FitResult(best_weights, history[best]["validation"], best + 1, history)


def _step(
    head: ClassifierHead,
    optimizer: torch.optim.Optimizer,
    train: Split,
    rows: list[int],
    device: torch.device,
) -> float:
    hidden, mask = train.states.batch(rows)
    logits = head(hidden.to(device), mask.to(device)).logits
    loss = cross_entropy(logits, train.labels[rows].to(device))
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def evaluate(head: ClassifierHead, split: Split, device: torch.device) -> float:
    """The metric of a head on a split, in percent."""
    head.eval()
    predicted = torch.empty_like(split.labels)
    with torch.inference_mode():
        for rows in evaluation_batches(split.states.lengths, EVALUATION_BATCH):
            hidden, mask = split.states.batch(rows)
            predicted[rows] = head(hidden.to(device), mask.to(device)).logits.argmax(1).cpu()
    score: float = getattr(metrics, split.metric)(split.labels.tolist(), predicted.tolist())
    return score
