"""Fine-tuning on one task, once for every seed, as cells."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from glot.errors import GlotError
from glot.experiments.base import Cell, Scope
from glot.experiments.bench import QUICK, Bench, Sample
from glot.experiments.fine_tuning import (
    FineTuned,
    TokenRows,
    Tuning,
    fast_precision,
    fine_tuned,
    method_name,
)
from glot.experiments.measured import scored_rows
from glot.experiments.row import Row
from glot.heads.config import HeadConfig
from glot.poolers import ONE_TOKEN
from glot.training.batches import evaluation_batches, training_batches
from glot.training.data import Parts
from glot.training.evaluation import EVALUATION_BATCH, Scored


@dataclass(frozen=True)
class TuningPlan:
    """A model to be fine-tuned and reported, once for every seed.

    Attributes:
        experiment: its name.
        table: see `Row.table`.
        task: name of the task.
        tuning: how.
        sample: how much data.
    """

    experiment: str
    table: str
    task: str
    tuning: Tuning
    sample: Sample = field(default_factory=Sample)

    def cells(self, scope: Scope) -> list[Cell]:
        """One cell for every seed; quick: a few rows, one epoch."""
        quick = replace(self, sample=QUICK, tuning=replace(self.tuning, epochs=1))
        plan = quick if scope.quick else self
        prefix = plan.prefix(scope.backbone, scope.kind)
        return [
            Cell(f"{prefix}/seed-{s}", lambda bench, s=s: plan.final(bench, s), cost=300.0)  # type: ignore[misc]
            for s in scope.seeds
        ]

    def prefix(self, backbone: str, kind: str) -> str:
        """The cells' common name; its digest stands for everything that the outcome depends on."""
        settings = {**asdict(self), "table": ""}
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:6]
        names = (backbone, self.task, method_name(self.tuning, kind), f"fixed~{digest}")
        return "/".join(re.sub(r"[^\w.~+-]+", "-", name).strip("-") for name in names)

    def final(self, bench: Bench, seed: int) -> list[Row]:
        """The model, fine-tuned with one seed and scored once on the reported splits."""
        began = time.perf_counter()
        task = bench.task(self.task, self.sample)
        parts = bench.parts(self.task, self.sample, seed)
        torch.manual_seed(seed)
        config = HeadConfig(task.head, task.pairs, len(task.labels))
        precision = fast_precision(bench.backbone.device)
        module = fine_tuned(bench.backbone, self.tuning, config, precision)
        train, validation = (
            TokenRows.of(bench.backbone, task, rows) for rows in (parts.train, parts.validation)
        )
        fitted = fine_tune(module, self.tuning, train, validation, task.metrics, seed, bench.report)
        about = self._about(bench, module, fitted, parts, seed)
        rows: list[Row] = []
        for name, texts in bench.reported(self.task, self.sample).items():
            reported = TokenRows.of(bench.backbone, task, texts)
            rows += scored_rows(about, name, evaluate_fine_tuned(module, reported, task.metrics))
        seconds = round(time.perf_counter() - began, 2)
        return [replace(row, seconds=seconds) for row in rows]

    def _about(
        self, bench: Bench, module: FineTuned, fitted: Fitted, parts: Parts, seed: int
    ) -> dict[str, Any]:
        """What all rows of a cell have in common."""
        task = bench.task(self.task, self.sample)
        kind = bench.backbone.kind
        return {
            **bench.provenance,
            "experiment": self.experiment,
            "table": self.table,
            "cell": f"{self.prefix(bench.backbone.name, kind)}/seed-{seed}",
            "task": self.task,
            "backbone": bench.backbone.name,
            "fingerprint": bench.backbone.fingerprint,
            "pooler": ONE_TOKEN[kind],
            "method": method_name(self.tuning, kind),
            "regime": "fixed",
            "seed": seed,
            "n_train": len(parts.train),
            "n_validation": len(parts.validation),
            "parameters": module.n_parameters(),
            "settings": {
                **{key: value for key, value in asdict(self.tuning).items() if key != "name"},
                "optimizer": "AdamW",
                "head": task.head,
                "best_epoch": fitted.best_epoch,
                "validation": fitted.validation,
                "precision": module.precision,
                "dtype": str(bench.backbone.dtype).removeprefix("torch."),
                "max_tokens": min(task.max_tokens, bench.backbone.context),
            },
        }


@dataclass(frozen=True)
class Fitted:
    """Outcome of fine-tuning: the module itself holds the best epoch's weights.

    Attributes:
        best_epoch: from 1.
        validation: its score.
    """

    best_epoch: int
    validation: float


def fine_tune(
    module: FineTuned,
    tuning: Tuning,
    train: TokenRows,
    validation: TokenRows,
    metrics: tuple[str, ...],
    seed: int,
    report: Callable[[dict[str, Any]], None],
) -> Fitted:
    """Train a fresh module and leave it with the weights of its best epoch on validation.

    Args:
        module: from `fine_tuned`.
        tuning: how.
        train: training part.
        validation: validation part, cut from train.
        metrics: the task's, the selecting one first.
        seed: of the order of batches.
        report: hears of every step and epoch, as the training loop's.

    Raises:
        GlotError: the loss is not a number any more.
    """
    module.head.prepare(train.labels.float())
    optimizer = tuning.optimizer(module)
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    best: list[torch.Tensor] = []
    fitted = Fitted(0, -float("inf"))
    for epoch in range(tuning.epochs):
        batches = training_batches(train.lengths, tuning.batch_size, seed, epoch)
        module.train()
        for number, rows in enumerate(batches):
            loss = _step(module, optimizer, train, rows)
            report({"stage": "fit", "epoch": epoch, "step": number + 1, "loss": loss})
        score = evaluate_fine_tuned(module, validation, metrics).score
        report({"stage": "fit", "epoch": epoch, "validation": score})
        if score > fitted.validation:
            fitted = Fitted(epoch + 1, score)
            best = [weight.detach().clone() for weight in weights]
    with torch.no_grad():
        for weight, kept in zip(weights, best, strict=True):
            weight.copy_(kept)
    return fitted


def _step(
    module: FineTuned, optimizer: torch.optim.Optimizer, train: TokenRows, rows: Sequence[int]
) -> float:
    outputs = module(*train.texts(rows))
    loss = module.head.loss(outputs, train.labels[list(rows)].to(outputs.device))
    if not bool(loss.isfinite()):
        raise GlotError(
            f"The loss of fine-tuning became {float(loss.detach())}.", "Accepted: a finite loss."
        )
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def evaluate_fine_tuned(module: FineTuned, rows: TokenRows, metrics: tuple[str, ...]) -> Scored:
    """Predictions on rows beside their labels; the module is left in eval mode."""
    module.eval()
    predicted = torch.zeros(len(rows.labels), dtype=torch.float64)
    with torch.inference_mode():
        for batch in evaluation_batches(rows.lengths, EVALUATION_BATCH):
            outputs = module(*rows.texts(batch))
            predicted[batch] = module.head.predict(outputs).double().cpu()
    whole = not rows.labels.is_floating_point()
    return Scored(
        metrics, rows.labels.tolist(), (predicted.long() if whole else predicted).tolist()
    )
