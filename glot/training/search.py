"""The runs of one seed: every learning rate and τ that is to be tried, the best one kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from glot.config import PoolerConfig, TrainConfig
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.poolers import POOLERS
from glot.training.data import Split
from glot.training.loop import FitResult, Run, fit
from glot.training.resume import Progress

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Outcome:
    """One seed's search: its runs with their results, and which of them is best on validation."""

    runs: list[Run]
    results: list[FitResult]
    best: int

    @property
    def run(self) -> Run:
        """The best run."""
        return self.runs[self.best]

    @property
    def result(self) -> FitResult:
        """The best run's result."""
        return self.results[self.best]

    def head(self, in_width: int) -> Head:
        """The best run's head with its best epoch's weights."""
        head = build_head(self.run.pooler, in_width, self.run.head)
        head.load_state_dict(self.result.weights)
        return head.to(self.run.device).eval()

    def record(self) -> list[dict[str, Any]]:
        """Settings and epochs of every run, as plain values."""
        return [
            {"lr": run.lr, "tau": run.pooler.tau, "history": result.history}
            for run, result in zip(self.runs, self.results, strict=True)
        ]


def grid(
    pooler: PoolerConfig, head: HeadConfig, config: TrainConfig, seed: int, device: torch.device
) -> list[Run]:
    """Every point of the search; τ varies only where it matters."""
    taus = config.tau if POOLERS.get(pooler.name).uses_graph else config.tau[:1]
    return [
        Run(replace(pooler, tau=tau), head, config, lr, seed, device)
        for lr in config.lr
        for tau in taus
    ]


def search(
    runs: list[Run], train: Split, validation: Split, partial: Path, report: Report
) -> Outcome:
    """Train every run; a finished one is restored and trains nothing.

    Args:
        runs: at least one.
        train: training part.
        validation: decides between epochs and runs.
        partial: folder of half-finished work.
        report: hears of every step, with `run`, `runs`, `seed`, `lr` and `tau`.
    """
    results = []
    for number, run in enumerate(runs):
        label = {
            "stage": "fit",
            "run": number + 1,
            "runs": len(runs),
            "seed": run.seed,
            "lr": run.lr,
            "tau": run.pooler.tau,
        }
        results.append(
            fit(
                run,
                train,
                validation,
                Progress(partial / f"seed-{run.seed}" / f"run-{number}"),
                lambda event, label=label: report({**label, **event}),  # type: ignore[misc]
            )
        )
    best = max(range(len(runs)), key=lambda i: results[i].validation)
    return Outcome(runs, results, best)
