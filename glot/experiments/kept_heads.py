"""Keeping a measured head as a checkpoint, with its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glot.heads.card import HeadCard
from glot.heads.checkpoint import checkpoint_folder, save_head
from glot.provenance import device_name, provenance
from glot.training.card_sample import sample_rows, verification

if TYPE_CHECKING:
    from glot.experiments.bench import Bench, Sample
    from glot.experiments.row import Row
    from glot.training.search import Outcome


def keep_head(
    bench: Bench, task: str, sample: Sample, outcome: Outcome, rows: list[Row], layer: int | None
) -> None:
    """Write `<heads>/<backbone>/<task>/<pooler>` from a cell's outcome and its rows.

    Args:
        bench: the run; names the folder of heads.
        task: name of the task.
        sample: how much of its data was used.
        outcome: the trained run.
        rows: what was measured of it.
        layer: of the backbone; None: the last.
    """
    chosen = bench.task(task, sample)
    run, first = outcome.run, rows[0]
    head = outcome.head(bench.backbone.width)
    parts = bench.parts(task, sample, run.seed)
    evaluation: dict[str, dict[str, Any]] = {}
    for row in rows:
        scores = evaluation.setdefault(row.split, {"n": row.n_eval})
        scores[row.metric] = row.value
        if row.low is not None:
            scores["interval_95"] = [row.low, row.high]
    for name, texts in bench.reported(task, sample).items():
        evaluation[name]["source"] = texts.source
    checked = sample_rows(chosen, bench.data)
    states = bench.split(task, sample, checked, run.pooler, layer)
    card = HeadCard(
        backbone=bench.backbone.name,
        fingerprint=bench.backbone.fingerprint,
        width=bench.backbone.width,
        task=chosen.name,
        labels=chosen.labels,
        pooler=run.pooler,
        head=run.head.name,
        pairs=run.head.pairs,
        layer=layer,
        max_tokens=chosen.max_tokens,
        training={
            "weight_decay": run.config.weight_decay,
            "epochs": run.config.epochs,
            "batch_size": run.config.batch_size,
            "seed": run.seed,
            "precision": run.config.precision,
            "data": parts.train.source,
            "n_train": len(parts.train),
            "train_digest": parts.train.digest(),
            "validation": "cut from train; no text, phrase or group stands on both sides",
            "validation_digest": parts.validation.digest(),
            "backbone_dtype": str(bench.backbone.dtype).removeprefix("torch."),
            "optimizer": "Adam",
            "lr": run.lr,
            "best_epoch": outcome.result.best_epoch,
            "search": outcome.record(),
            "command": first.command(),
        },
        metrics={
            "metric": chosen.metric,
            "validation": outcome.result.validation,
            "n_validation": len(parts.validation),
            "evaluation": evaluation,
            "verification": verification(head, chosen, checked, states, run.device),
            "parameters": head.n_parameters(),
            "pooler_parameters": head.pooler.n_parameters(),
            "seconds": first.seconds,
        },
        provenance=provenance(device_name(bench.backbone.device)),
    )
    assert bench.heads is not None
    save_head(checkpoint_folder(card.backbone, card.task, run.pooler.name, bench.heads), head, card)
