"""`glot evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from glot.cli import options
from glot.cli.options import chosen_task


def evaluate(
    task: options.TaskName = "sst2",
    backbone: options.Backbone = "minilm",
    pooler: options.PoolerName = "glot",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Default: checkpoints/BACKBONE/TASK/POOLER.")
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Repeat for several; default: all reported splits.")
    ] = None,
    tau: Annotated[
        float | None, typer.Option(help="Instead of the τ that the head was trained with.")
    ] = None,
    n_evaluation: options.Evaluated = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: options.Data = None,
    text_column: options.TextColumn = "",
    other_column: options.OtherColumn = "",
    label_column: options.LabelColumn = "",
    kind: options.LabelKind = "",
    test_file: options.TestFile = None,
    encoding: options.Encoding = "utf-8",
    drop_empty: options.DropEmpty = False,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Score a trained head on the reported splits of a task.

    \b
    Example:
      glot evaluate --task rte --backbone minilm --pooler glot
    """
    from glot.backbones import load_backbone
    from glot.config import PoolerConfig, check_tau
    from glot.heads.checkpoint import checkpoint_folder, load_head, trained_task
    from glot.paths import data_folder
    from glot.poolers import POOLERS, for_backbone
    from glot.tasks.own import OwnColumns
    from glot.training.console import ConsoleReport
    from glot.training.score import score_head

    # What is misspelt is told before a model is loaded.
    POOLERS.get(pooler)
    if tau is not None:
        check_tau(tau)
    columns = OwnColumns(text_column, other_column, label_column, kind, encoding, drop_empty)  # type: ignore[arg-type]
    name = trained_task(backbone, task) if checkpoint is None else ""
    model = load_backbone(backbone, device=device, dtype=dtype)
    if checkpoint is None:
        fitting = for_backbone(PoolerConfig(pooler), model.kind).name
        checkpoint = checkpoint_folder(model.name, name, fitting)
    trained = load_head(checkpoint, model)
    # The head's classes, for a file may lack one of them.
    chosen = chosen_task(task, columns, test_file, trained.card.labels)
    with ConsoleReport() as report:
        scores = score_head(
            trained, chosen, model, data_folder(data), split or (), n_evaluation, tau, report
        )
    record = {
        "backbone": model.name,
        "task": chosen.name,
        "pooler": trained.card.pooler.name,
        "tau": trained.card.pooler.tau if tau is None else tau,
        "metric": chosen.metric,
        "splits": scores,
    }
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    for name, values in scores.items():
        low, high = values["interval_95"]
        numbers = ", ".join(f"{metric} {values[metric]:.2f}" for metric in chosen.metrics)
        typer.echo(
            f"{record['pooler']} on {model.name}, {chosen.name} {name}: {numbers} "
            f"(95 % interval of {chosen.metric} {low:.2f} to {high:.2f}, n = {values['n']})"
        )
