"""Fine-tuning on one task: the trials of its search, then every seed, as cells."""

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
from glot.experiments.base import SEARCH_SEED, Cell, Scope
from glot.experiments.bench import QUICK, Bench, Sample
from glot.experiments.fine_tuning import (
    FineTuned,
    TokenRows,
    Tuning,
    fast_precision,
    fine_tuned,
    method_name,
)
from glot.experiments.measured import scored_rows, trial_rows
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
        tuning: how, but for what the search chooses.
        learning_rates: what the search chooses from, on validation.
        sample: how much data.
    """

    experiment: str
    table: str
    task: str
    tuning: Tuning
    learning_rates: tuple[float, ...]
    sample: Sample = field(default_factory=Sample)

    def cells(self, scope: Scope) -> list[Cell]:
        """One cell for every trial, then one for every seed; quick: a few rows, one epoch."""
        plan = self._quick() if scope.quick else self
        prefix = plan.prefix(scope.backbone, scope.kind)
        trials = [
            Cell(f"{prefix}/trial-{i}", lambda bench, i=i: plan.trial(bench, i), 200.0, trial=True)  # type: ignore[misc]
            for i in range(len(plan.learning_rates))
        ]
        finals = [
            Cell(f"{prefix}/seed-{s}", lambda bench, s=s: plan.final(bench, s), 300.0)  # type: ignore[misc]
            for s in scope.seeds
        ]
        return trials + finals

    def _quick(self) -> TuningPlan:
        tuning, rates = replace(self.tuning, epochs=1), self.learning_rates[:2]
        return replace(self, sample=QUICK, tuning=tuning, learning_rates=rates)

    def prefix(self, backbone: str, kind: str) -> str:
        """The cells' common name; its digest stands for everything that the outcome depends on."""
        settings = {**asdict(self), "table": ""}
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:6]
        names = (backbone, self.task, method_name(self.tuning, kind), f"searched~{digest}")
        return "/".join(re.sub(r"[^\w.~+-]+", "-", name).strip("-") for name in names)

    def trial(self, bench: Bench, number: int) -> list[Row]:
        """One trial of the search: its validation score."""
        began = time.perf_counter()
        train = bench.search_rows(self.task, self.sample, SEARCH_SEED)
        validation = bench.parts(self.task, self.sample, SEARCH_SEED).validation
        tuning = replace(self.tuning, lr=self.learning_rates[number])
        module, fitted = self._fit(bench, tuning, Parts(train, validation), SEARCH_SEED)
        row = Row(
            **self._about(bench, module, tuning, fitted, f"trial-{number}"),
            split="validation",
            metric=bench.task(self.task, self.sample).metric,
            value=fitted.validation,
            regime="search",
            seed=SEARCH_SEED,
            n_train=len(train),
            n_eval=len(validation),
            seconds=round(time.perf_counter() - began, 2),
        )
        return [row]

    def final(self, bench: Bench, seed: int) -> list[Row]:
        """The model, fine-tuned with one seed and scored once on the reported splits."""
        began = time.perf_counter()
        task = bench.task(self.task, self.sample)
        parts = bench.parts(self.task, self.sample, seed)
        tuning = self._chosen(bench)
        module, fitted = self._fit(bench, tuning, parts, seed)
        about = self._about(bench, module, tuning, fitted, f"seed-{seed}")
        about |= {"regime": "searched", "seed": seed, "n_train": len(parts.train)}
        about["n_validation"] = len(parts.validation)
        rows: list[Row] = []
        for name, texts in bench.reported(self.task, self.sample).items():
            reported = TokenRows.of(bench.backbone, task, texts)
            rows += scored_rows(about, name, evaluate_fine_tuned(module, reported, task.metrics))
        seconds = round(time.perf_counter() - began, 2)
        return [replace(row, seconds=seconds) for row in rows]

    def _chosen(self, bench: Bench) -> Tuning:
        """The learning rate with the best validation score, the first of equals."""
        prefix = self.prefix(bench.backbone.name, bench.backbone.kind)
        rows = trial_rows(bench, self.experiment, prefix, len(self.learning_rates))
        best = max(range(len(rows)), key=lambda i: rows[i].value)
        return replace(self.tuning, lr=self.learning_rates[best])

    def _fit(
        self, bench: Bench, tuning: Tuning, parts: Parts, seed: int
    ) -> tuple[FineTuned, Fitted]:
        """A fresh copy of the model, fine-tuned with one seed."""
        task = bench.task(self.task, self.sample)
        torch.manual_seed(seed)
        config = HeadConfig(task.head, task.pairs, len(task.labels))
        module = fine_tuned(bench.backbone, tuning, config, fast_precision(bench.backbone.device))
        train, validation = (
            TokenRows.of(bench.backbone, task, rows) for rows in (parts.train, parts.validation)
        )
        fitted = fine_tune(module, tuning, train, validation, task.metrics, seed, bench.report)
        return module, fitted

    def _about(
        self, bench: Bench, module: FineTuned, tuning: Tuning, fitted: Fitted, cell: str
    ) -> dict[str, Any]:
        """What all rows of a cell have in common."""
        task = bench.task(self.task, self.sample)
        kind = bench.backbone.kind
        return {
            **bench.provenance,
            "experiment": self.experiment,
            "table": self.table,
            "cell": f"{self.prefix(bench.backbone.name, kind)}/{cell}",
            "task": self.task,
            "backbone": bench.backbone.name,
            "fingerprint": bench.backbone.fingerprint,
            "pooler": ONE_TOKEN[kind],
            "method": method_name(tuning, kind),
            "parameters": module.n_parameters(),
            "settings": {
                **{key: value for key, value in asdict(tuning).items() if key != "name"},
                "optimizer": "AdamW",
                "head": task.head,
                "best_epoch": fitted.best_epoch,
                "validation": fitted.validation,
                "precision": module.precision,
                "dtype": str(bench.backbone.dtype).removeprefix("torch."),
                "max_tokens": min(task.max_tokens, bench.backbone.context),
                "points": len(self.learning_rates),
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
