"""From task, backbone and pooler to a checkpoint: data, split, states, search, one evaluation."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from glot.backbones.base import Backbone
from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead, save_head
from glot.heads.classifier import ClassifierHead
from glot.metrics import accuracy_interval
from glot.poolers import POOLERS
from glot.provenance import device_name, provenance
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.splits import cut_validation
from glot.training.loop import FitResult, Run, Split, evaluate, fit
from glot.training.resume import Progress
from glot.training.states import store_states

Report = Callable[[dict[str, Any]], None]


def _nobody(event: dict[str, Any]) -> None:
    """Hears of progress when nobody else does."""


def train_head(
    task: Task,
    backbone: Backbone,
    pooler: PoolerConfig,
    config: TrainConfig,
    out: Path,
    data: Path | None = None,
    fresh: bool = False,
    report: Report = _nobody,
) -> TrainedHead:
    """Train a head and write its checkpoint; an interrupted call resumes when made again.

    Every learning rate (and, for GLOT, every τ) of `config` is tried; the run and epoch with
    the best validation score is kept. The evaluation split is looked at once, for the kept head.

    Args:
        task: what to learn.
        backbone: gives the token states; it stays frozen.
        pooler: settings of the pooler; τ is taken from `config`.
        config: settings of the runs.
        out: the checkpoint's folder.
        data: local folder of labelled data; None asks the hub.
        fresh: start over even if half-finished work of other settings lies in the way.
        report: hears of progress, as dicts with a `stage` key.

    Raises:
        GlotError: no data, no room, or unfinished work with other settings.
    """
    began = time.perf_counter()
    everything = task.load("train", data)
    train, validation = cut_validation(everything, config.n_validation, config.seed)
    train = train.take(list(range(len(train.texts)))[: config.n_train or None])
    evaluation = task.load(task.evaluation_split, data)
    settings = {
        "backbone": backbone.fingerprint,
        "pooler": pooler.to_dict(),
        "config": asdict(config),
        "data": [part.digest() for part in (train, validation, evaluation)],
    }
    with _claimed(out.parent / f".{out.name}.partial", settings, fresh) as partial:
        parts = {
            "train": _split(task, backbone, train, report, "train"),
            "validation": _split(task, backbone, validation, report, "validation"),
        }
        runs = _runs(pooler, config, len(task.labels), backbone.device)
        results = [_fit(run, i, runs, parts, partial, report) for i, run in enumerate(runs)]
        best = max(range(len(runs)), key=lambda i: results[i].validation)
        head = ClassifierHead(runs[best].pooler, backbone.width, len(task.labels))
        head.to(backbone.device).load_state_dict(results[best].weights)
        reported = _split(task, backbone, evaluation, report, task.evaluation_split)
        score = evaluate(head, reported, backbone.device)
        card = HeadCard(
            backbone=backbone.name,
            fingerprint=backbone.fingerprint,
            width=backbone.width,
            task=task.name,
            labels=task.labels,
            pooler=runs[best].pooler,
            training=_training_record(config, runs, results, best, train, validation, backbone),
            metrics={
                "metric": task.metric,
                task.evaluation_split: score,
                "interval_95": accuracy_interval(score, len(evaluation.texts)),
                "n_evaluation": len(evaluation.texts),
                "evaluation_source": evaluation.source,
                "validation": results[best].validation,
                "n_validation": len(validation.texts),
                "parameters": head.n_parameters(),
                "seconds": round(time.perf_counter() - began, 1),
            },
            provenance=provenance(device_name(backbone.device)),
        )
        save_head(out, head, card)
    return TrainedHead(head.eval(), card)


@contextmanager
def _claimed(partial: Path, settings: dict[str, Any], fresh: bool) -> Iterator[Path]:
    """The folder of half-finished work, ours alone; removed when all went well.

    Raises:
        GlotError: another process trains there, or what lies there has other settings.
    """
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    mark = partial / "settings.json"
    try:
        partial.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlotError(
            f"Training cannot write to {partial}: {error}.",
            "Accepted: a folder with room that you may write to.",
            "Name another folder with --out.",
        ) from error
    try:
        with FileLock(partial / "lock", timeout=0):
            if fresh:
                for run in partial.glob("run-*"):
                    shutil.rmtree(run)
            elif mark.is_file() and json.loads(mark.read_text()).get("key") != key:
                raise GlotError(
                    f"An unfinished run with other settings lies in {partial}.",
                    "Accepted: the same settings, which resume it.",
                    "Run with --fresh to drop it, or with another --out.",
                )
            mark.write_text(json.dumps({"key": key, **settings}, indent=2))
            yield partial
    except Timeout as error:
        raise GlotError(
            f"Another training writes to {partial} at this moment.",
            "Accepted: one training at a time for a checkpoint.",
            "Wait for it, or name another folder with --out.",
        ) from error
    shutil.rmtree(partial, ignore_errors=True)


def _split(task: Task, backbone: Backbone, part: LabelledTexts, report: Report, name: str) -> Split:
    states = store_states(
        backbone,
        part.texts,
        task.max_tokens,
        lambda done, total: report({"stage": "states", "split": name, "done": done, "of": total}),
    )
    return Split(states, torch.tensor(part.labels), task.metric)


def _runs(
    pooler: PoolerConfig, config: TrainConfig, n_classes: int, device: torch.device
) -> list[Run]:
    """Every point of the search; τ varies only where it matters."""
    taus = config.tau if POOLERS.get(pooler.name).uses_graph else config.tau[:1]
    return [
        Run(replace(pooler, tau=tau), config, lr, n_classes, device)
        for lr in config.lr
        for tau in taus
    ]


def _fit(
    run: Run, number: int, runs: list[Run], parts: dict[str, Split], partial: Path, report: Report
) -> FitResult:
    """One run of the search; a finished one restores to its end and trains nothing."""
    label = {"stage": "fit", "run": number + 1, "runs": len(runs), "lr": run.lr}
    progress = Progress(partial / f"run-{number}")
    return fit(
        run,
        parts["train"],
        parts["validation"],
        progress,
        lambda event: report({**label, "tau": run.pooler.tau, **event}),
    )


def _training_record(
    config: TrainConfig,
    runs: list[Run],
    results: list[FitResult],
    best: int,
    train: LabelledTexts,
    validation: LabelledTexts,
    backbone: Backbone,
) -> dict[str, Any]:
    """What a reader needs to train the same head again."""
    varied = ("lr", "tau", "n_train")
    return {
        **{key: value for key, value in asdict(config).items() if key not in varied},
        "data": train.source,
        "n_train": len(train.texts),
        "train_digest": train.digest(),
        "validation": "whole texts cut from train; their phrases left out of training",
        "validation_digest": validation.digest(),
        "backbone_dtype": str(backbone.dtype).removeprefix("torch."),
        "optimizer": "Adam",
        "lr": runs[best].lr,
        "best_epoch": results[best].best_epoch,
        "search": [
            {"lr": run.lr, "tau": run.pooler.tau, "history": result.history}
            for run, result in zip(runs, results, strict=True)
        ],
    }
