"""Training one head on one task: the trials of its search, then every seed, as cells."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, field, replace
from typing import Any

from glot.backbones.base import check_layer
from glot.config import TrainConfig
from glot.experiments.base import SEARCH_SEED, Cell, Halving, Scope
from glot.experiments.bench import QUICK, Bench, Report, Sample
from glot.experiments.kept_heads import keep_head
from glot.experiments.measured import density, scored_rows, settings_digest, trial_rows
from glot.experiments.row import Row
from glot.experiments.space import Point
from glot.experiments.unfinished import STOPPED, told_rows
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.poolers import for_backbone
from glot.tasks.stress_test import Generated
from glot.training.data import Parts
from glot.training.evaluation import evaluate
from glot.training.loop import FitResult, Run
from glot.training.search import Outcome, search


@dataclass(frozen=True)
class HeadPlan:
    """A head to be trained and reported, once for every seed.

    Attributes:
        experiment: its name.
        table: see `Row.table`.
        task: name of the task.
        points: what a search chooses from, on validation; a single one is not searched for.
        method: what stands in the tables; empty: the pooler's name.
        regime: see `Row.regime`.
        sample: how much data.
        search_sample: another sample for the trials; the number of epochs is then one of the
            things that they choose.
        search: another plan whose trials choose for this one; it has none of its own then.
        epochs: passes over the training rows; the one with the best validation score is kept.
        layer: of the backbone; None: the last.
        head: the task layer; empty: the task's own.
        precision: see `TrainConfig.precision`.
        keep: whether the first seed's head is worth shipping.
        halving: η of `glot.experiments.base.Halving`; 0: no trial is ever stopped early.
    """

    experiment: str
    table: str
    task: str
    points: tuple[Point, ...]
    method: str = ""
    regime: str = "searched"
    sample: Sample = field(default_factory=Sample)
    search_sample: Sample | None = None
    search: HeadPlan | None = None
    epochs: int = 2
    layer: int | None = None
    head: str = ""
    precision: str = "bfloat16"
    keep: bool = False
    halving: int = 0

    def cells(self, scope: Scope) -> list[Cell]:
        """One cell for every trial of the search, then one for every seed."""
        plan = self._fitted(scope)
        prefix = plan.prefix(scope.backbone)
        halving = Halving(plan.epochs, plan.halving) if plan.halving else None
        trials = [
            Cell(
                f"{prefix}/trial-{i}",
                lambda bench, i=i: plan.trial(bench, i),  # type: ignore[misc]
                plan._cost(True),
                trial=True,
                halving=halving,
            )
            for i in range(len(plan.points))
            if len(plan.points) > 1 and not plan.search
        ]
        finals = [
            Cell(f"{prefix}/seed-{s}", lambda bench, s=s: plan.final(bench, s), plan._cost(False))  # type: ignore[misc]
            for s in scope.seeds
        ]
        return trials + finals

    def _fitted(self, scope: Scope) -> HeadPlan:
        """The plan for the scope's kind of backbone and size."""
        points = tuple(replace(p, pooler=for_backbone(p.pooler, scope.kind)) for p in self.points)
        plan = replace(self, points=points, method=self.method or points[0].pooler.name)
        search = self.search and self.search._fitted(scope)
        if not scope.quick:
            return replace(plan, search=search)
        tiny = self.search_sample and replace(QUICK, unseen=self.search_sample.unseen)
        small = {"sample": QUICK, "search_sample": tiny, "search": search, "epochs": 1}
        return replace(plan, points=points[:2], **small)  # type: ignore[arg-type]

    def prefix(self, backbone: str) -> str:
        """The cells' common name; its digest stands for everything that the outcome depends on."""
        digest = settings_digest(replace(self, table="", keep=False))
        names = (backbone, self.task, self.method, f"{self.regime}~{digest}")
        return "/".join(re.sub(r"[^\w.~+-]+", "-", name).strip("-") for name in names)

    def _cost(self, trial: bool) -> float:
        """Guess from numbers of rows; poolers with layers cost several times the others."""
        rows = self.sample.n_train or 8000
        rows = min(rows, self.sample.n_search or rows) if trial else rows
        weights = {"glot": 8.0, "deepsets": 6.0, "mlp": 3.0, "adapool": 1.5}
        return rows * self.epochs * weights.get(self.points[0].pooler.name, 0.2)

    def trial(self, bench: Bench, number: int) -> list[Row]:
        """One trial of the search: its validation score.

        Where trials may be stopped early, `bench.report` hears after every epoch but the last of
        the row that is to be recorded if it ends there (`glot.experiments.unfinished`).
        """
        began = time.perf_counter()
        sample = self.search_sample or self.sample
        train = bench.search_rows(self.task, sample, SEARCH_SEED)
        validation = bench.parts(self.task, sample, SEARCH_SEED).validation
        point = self.points[number]
        key = f"{self.prefix(bench.backbone.name)}/trial-{number}"

        def row_of(outcome: Outcome, regime: str) -> Row:
            return Row(
                **self._about(bench, point, outcome, key),
                split="validation",
                metric=bench.task(self.task, self.sample).metric,
                value=outcome.result.validation,
                regime=regime,
                seed=SEARCH_SEED,
                n_train=len(train),
                n_eval=len(validation),
                seconds=round(time.perf_counter() - began, 2),
            )

        report = bench.report
        if self.halving:
            # Made before training, whose random numbers a fresh head would draw from.
            unfinished = row_of(self._untrained(bench, point), STOPPED)
            report = told_rows(bench.report, unfinished, self.epochs)
        parts = Parts(train, validation)
        outcome = self._train(bench, key, point, SEARCH_SEED, parts, report=report)
        return [row_of(outcome, "search")]

    def _untrained(self, bench: Bench, point: Point) -> Outcome:
        """What a row tells of a head before its first epoch."""
        run = self._run(bench, point, SEARCH_SEED, self.epochs)
        weights = build_head(run.pooler, bench.backbone.width, run.head).state_dict()
        return Outcome([run], [FitResult(weights, 0.0, 0)], 0)

    def final(self, bench: Bench, seed: int) -> list[Row]:
        """The chosen point, trained with one seed and scored once on the reported splits."""
        began = time.perf_counter()
        key = f"{self.prefix(bench.backbone.name)}/seed-{seed}"
        point, epochs = self._chosen(bench)
        parts = bench.parts(self.task, self.sample, seed)
        outcome = self._train(bench, key, point, seed, parts, epochs)
        head = outcome.head(bench.backbone.width)
        about = self._about(bench, point, outcome, key)
        about |= {"regime": self.regime, "seed": seed, "n_train": len(parts.train)}
        about["n_validation"] = len(parts.validation)
        if self.halving:
            stopped = sum(row.regime == STOPPED for row in self._trials(bench))
            about["settings"] |= {"stopped": stopped}
        rows: list[Row] = []
        for name, texts in bench.reported(self.task, self.sample).items():
            split = bench.split(self.task, self.sample, texts, point.pooler, self._layer(point))
            scored = evaluate(head, split, bench.backbone.device)
            about["density"] = density(split, point.pooler)
            rows += scored_rows(about, name, scored)
        rows += self.further(bench, head, parts, about)
        seconds = round(time.perf_counter() - began, 2)
        rows = [replace(row, seconds=seconds) for row in rows]
        if self.keep and bench.heads and seed == bench.scope.seeds[0]:
            keep_head(bench, self.task, self.sample, outcome, rows, self._layer(point))
        return rows

    def further(self, bench: Bench, head: Head, parts: Parts, about: dict[str, Any]) -> list[Row]:
        """Other numbers of a trained head; experiments that have some override this.

        Args:
            bench: the run.
            head: the trained head, in eval mode.
            parts: what it was trained on and chosen by.
            about: the fields that its rows share.
        """
        return []

    def _layer(self, point: Point) -> int | None:
        return self.layer if point.layer is None else point.layer

    def _trials(self, bench: Bench) -> list[Row]:
        """The latest row of every trial of the search; see `trial_rows`."""
        prefix = (self.search or self).prefix(bench.backbone.name)
        return trial_rows(bench, self.experiment, prefix, len(self.points))

    def _chosen(self, bench: Bench) -> tuple[Point, int]:
        """The point with the best validation score, the first of equals, and its epochs.

        A trial that was stopped early is no choice, whatever its score was then.
        """
        if len(self.points) == 1:
            return self.points[0], self.epochs
        rows = self._trials(bench)
        finished = [i for i, row in enumerate(rows) if row.regime != STOPPED]
        best = max(finished, key=lambda i: rows[i].value)
        # A head without weights learns in no epoch.
        epochs = max(1, rows[best].settings["best_epoch"])
        chooser = self.search or self
        return self.points[best], epochs if chooser.search_sample else self.epochs

    def _run(self, bench: Bench, point: Point, seed: int, epochs: int) -> Run:
        config = TrainConfig(
            lr=(point.lr,),
            weight_decay=point.weight_decay,
            epochs=epochs,
            seed=seed,
            precision=self.precision,  # type: ignore[arg-type]
        )
        task = bench.task(self.task, self.sample)
        head = HeadConfig(self.head or task.head, task.pairs, len(task.labels))
        return Run(point.pooler, head, config, point.lr, seed, bench.backbone.device)

    def _train(
        self,
        bench: Bench,
        key: str,
        point: Point,
        seed: int,
        parts: Parts,
        epochs: int = 0,
        report: Report | None = None,
    ) -> Outcome:
        run = self._run(bench, point, seed, epochs or self.epochs)
        split = [
            bench.split(self.task, self.sample, rows, point.pooler, self._layer(point))
            for rows in (parts.train, parts.validation)
        ]
        scratch = bench.scratch(key)
        outcome = search([run], split[0], split[1], scratch, report or bench.report)
        shutil.rmtree(scratch, ignore_errors=True)
        return outcome

    def _about(self, bench: Bench, point: Point, outcome: Outcome, key: str) -> dict[str, Any]:
        """What all rows of a cell have in common."""
        task = bench.task(self.task, self.sample)
        pooler = point.pooler
        stress = task.reader if isinstance(task.reader, Generated) else None
        head = outcome.head(bench.backbone.width)
        own = point.record()
        uses_graph = head.pooler.uses_graph
        unused = {"name", "conv", "tau"} | (set() if uses_graph else {"similarity", "edge_term"})
        return {
            **bench.provenance,
            "experiment": self.experiment,
            "table": self.table,
            "cell": key,
            "task": self.task,
            "backbone": bench.backbone.name,
            "fingerprint": bench.backbone.fingerprint,
            "pooler": pooler.name,
            "method": self.method,
            "conv": pooler.conv if uses_graph else "",
            "tau": pooler.tau if uses_graph else None,
            "protocol": stress.protocol if stress else "",
            "ratio": stress.ratio if stress else None,
            "parameters": head.n_parameters(),
            "settings": {
                **{name: value for name, value in own.items() if name not in unused},
                "layer": check_layer(self._layer(point), bench.backbone.n_layers),
                "head": outcome.run.head.name,
                "epochs": outcome.run.config.epochs,
                "best_epoch": outcome.result.best_epoch,
                "validation": outcome.result.validation,
                "batch_size": outcome.run.config.batch_size,
                "precision": self.precision,
                "dtype": str(bench.backbone.dtype).removeprefix("torch."),
                "max_tokens": min(task.max_tokens, bench.backbone.context),
                "points": len(self.points),
            },
        }
