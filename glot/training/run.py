"""From task, backbone and pooler to a checkpoint: data, states, search, one look at the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from glot.backbones.base import Backbone, check_layer
from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads import HEADS
from glot.heads.base import Head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead, save_head
from glot.heads.config import HeadConfig
from glot.poolers import for_backbone
from glot.provenance import device_name, provenance
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.splits import nobody
from glot.training.card_sample import sample_rows, verification
from glot.training.claim import claimed
from glot.training.data import Parts, cut, evaluation_rows, with_states
from glot.training.evaluation import evaluate
from glot.training.pooled import pooled_ahead
from glot.training.search import Outcome, grid, search
from glot.training.store import StateStore

Report = Callable[[dict[str, Any]], None]


def _nobody(event: dict[str, Any]) -> None:
    """Hears of progress when nobody else does."""


@dataclass(frozen=True)
class Job:
    """One call of `train_head`.

    Attributes:
        task: what to learn.
        backbone: gives the token states; it stays frozen.
        pooler: settings of the pooler; τ is taken from `config`.
        config: settings of the runs.
        out: the checkpoint's folder.
        data: local folder of labelled data; None asks the hub.
        head: the task layer, a name in `glot.heads.HEADS`; by default the task's.
        layer: the backbone's layer; None: the last.
        seeds: how many seeds, counted up from `config.seed`. Settings are searched for with the
            first seed, which makes the checkpoint; the others repeat the chosen ones.
        fresh: start over even if half-finished work of other settings lies in the way.
        alive: called again and again while rows are cut; what it raises ends the work.
    """

    task: Task
    backbone: Backbone
    pooler: PoolerConfig
    config: TrainConfig
    out: Path
    data: Path | None = None
    head: str = ""
    layer: int | None = None
    seeds: int = 1
    fresh: bool = False
    alive: Callable[[], None] = nobody

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise GlotError(f"seeds {self.seeds}.", "Accepted: a whole number from 1.")
        check_layer(self.layer, self.backbone.n_layers)
        kinds = HEADS.get(self.head or self.task.head).kinds
        if self.task.kind not in kinds:
            raise GlotError(
                f"The head {self.head!r} learns {', '.join(kinds)}, and the task "
                f"{self.task.name} is {self.task.kind}.",
                f"Accepted: {', '.join(n for n in HEADS.names() if self._fits(n))}.",
            )

    def _fits(self, head: str) -> bool:
        return self.task.kind in HEADS.get(head).kinds

    def head_config(self) -> HeadConfig:
        """Settings of the task layer."""
        return HeadConfig(self.head or self.task.head, self.task.pairs, len(self.task.labels))

    def all_seeds(self) -> range:
        """The seeds."""
        return range(self.config.seed, self.config.seed + self.seeds)


def train_head(job: Job, report: Report = _nobody) -> TrainedHead:
    """Train a head and write its checkpoint; an interrupted call resumes when made again.

    Every learning rate (and, with a graph, every τ) of the settings is tried; the run and epoch
    with the best validation score is kept. The evaluation splits are looked at once for each
    seed's kept head.

    Args:
        job: what to do.
        report: hears of progress, as dicts with a `stage` key.

    Raises:
        GlotError: no data, no room, a loss that is not a number, or unfinished work with other
            settings.
    """
    began = time.perf_counter()
    job = replace(job, pooler=for_backbone(job.pooler, job.backbone.kind))
    everything = job.task.load("train", job.data)
    parts = {
        seed: cut(everything, job.task, job.config, seed, job.alive) for seed in job.all_seeds()
    }
    reported = evaluation_rows(job.task, job.data, job.config.n_evaluation)
    settings = {
        "backbone": [job.backbone.fingerprint, job.backbone.settings_fingerprint],
        "tokenizer": job.backbone.tokenizer_fingerprint,
        "max_tokens": job.task.max_tokens,
        "dtype": str(job.backbone.dtype),
        "layer": job.layer,
        "pooler": job.pooler.to_dict(),
        "head": job.head_config().to_dict(),
        "config": asdict(job.config),
        "seeds": job.seeds,
        "data": [
            *(rows.digest() for part in parts.values() for rows in (part.train, part.validation)),
            *(rows.digest() for rows in reported.values()),
        ],
    }
    with claimed(job.out.parent / f".{job.out.name}.partial", settings, job.fresh) as partial:
        outcomes, scores = _all_seeds(job, parts, reported, partial, report)
        first = outcomes[0]
        head = first.head(job.backbone.width)
        card = HeadCard(
            backbone=job.backbone.name,
            fingerprint=job.backbone.fingerprint,
            width=job.backbone.width,
            task=job.task.name,
            labels=job.task.labels,
            pooler=first.run.pooler,
            head=first.run.head.name,
            pairs=first.run.head.pairs,
            layer=job.layer,
            max_tokens=job.task.max_tokens,
            training=_training_record(job, first, parts[job.config.seed]),
            metrics={
                "metric": job.task.metric,
                "validation": first.result.validation,
                "n_validation": len(parts[job.config.seed].validation),
                "evaluation": {
                    name: {**scores[0][name], "source": rows.source}
                    for name, rows in reported.items()
                },
                **_over_seeds(job, outcomes, scores),
                "verification": _verification(job, head),
                "parameters": head.n_parameters(),
                "pooler_parameters": head.pooler.n_parameters(),
                "seconds": round(time.perf_counter() - began, 1),
            },
            provenance=provenance(device_name(job.backbone.device)),
        )
        save_head(job.out, head, card)
    return TrainedHead(head, card)


def _all_seeds(
    job: Job,
    parts: dict[int, Parts],
    reported: dict[str, LabelledTexts],
    partial: Path,
    report: Report,
) -> tuple[list[Outcome], list[dict[str, dict[str, Any]]]]:
    """Search with the first seed, repeat with the others, score each seed's head."""
    store = StateStore(job.backbone, job.task.max_tokens, job.layer)

    def stored(name: str, rows: LabelledTexts) -> Any:
        told = {"stage": "states", "split": name}
        split = with_states(job.task, rows, store, lambda event: report({**told, **event}))
        return pooled_ahead(split, job.pooler)

    evaluation = {name: stored(name, rows) for name, rows in reported.items()}
    runs = grid(job.pooler, job.head_config(), job.config, job.config.seed, job.backbone.device)
    outcomes: list[Outcome] = []
    scores: list[dict[str, dict[str, Any]]] = []
    for seed, part in parts.items():
        train, validation = stored("train", part.train), stored("validation", part.validation)
        chosen = [replace(outcomes[0].run, seed=seed)] if outcomes else runs
        outcome = search(chosen, train, validation, partial, report)
        head = outcome.head(job.backbone.width)
        outcomes.append(outcome)
        scores.append(
            {
                name: evaluate(head, split, job.backbone.device).record()
                for name, split in evaluation.items()
            }
        )
    return outcomes, scores


def _verification(job: Job, head: Head) -> dict[str, Any]:
    """The head's score on the sample that `glot checkpoints verify` looks at."""
    rows = sample_rows(job.task, job.data)
    store = StateStore(job.backbone, job.task.max_tokens, job.layer)
    states = with_states(job.task, rows, store, _nobody)
    return verification(head, job.task, rows, states, job.backbone.device)


def _over_seeds(
    job: Job, outcomes: list[Outcome], scores: list[dict[str, dict[str, Any]]]
) -> dict[str, Any]:
    """Mean and deviation of the selecting metric over the seeds, and each seed's values."""
    if job.seeds == 1:
        return {}
    values = {split: [score[split][job.task.metric] for score in scores] for split in scores[0]}
    return {
        "seeds": {
            "seeds": list(job.all_seeds()),
            "validation": [outcome.result.validation for outcome in outcomes],
            **{
                split: {"values": each, "mean": mean(each), "deviation": stdev(each)}
                for split, each in values.items()
            },
        }
    }


def _training_record(job: Job, outcome: Outcome, part: Parts) -> dict[str, Any]:
    """What a reader needs to train the same head again."""
    varied = ("lr", "tau", "n_train", "n_validation", "n_evaluation")
    return {
        **{key: value for key, value in asdict(job.config).items() if key not in varied},
        "data": part.train.source,
        "n_train": len(part.train),
        "train_digest": part.train.digest(),
        "validation": "cut from train; no text, phrase or group stands on both sides",
        "validation_digest": part.validation.digest(),
        "backbone_dtype": str(job.backbone.dtype).removeprefix("torch."),
        "optimizer": "Adam",
        "lr": outcome.run.lr,
        "best_epoch": outcome.result.best_epoch,
        "search": outcome.record(),
    }
