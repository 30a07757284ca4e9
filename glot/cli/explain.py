"""`glot explain`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from glot.cli.options import DEFAULT_TASK, Backbone, Device, Dtype, TaskName


def explain(
    text: Annotated[str, typer.Argument(help="The text.")],
    backbone: Backbone = "minilm",
    task: TaskName = DEFAULT_TASK,
    tau: Annotated[float, typer.Option(help="Threshold of the token graph.")] = 0.6,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    max_tokens: Annotated[int, typer.Option(min=3, help="Cut the text to so many tokens.")] = 512,
    device: Device = "auto",
    dtype: Dtype = "auto",
) -> None:
    """Token graph, token weights and predictions of one text.

    \b
    Example:
      glot explain "The film is not bad at all." --tau 0.6 --json
    """
    from glot.attributions.readout import explain_text, trained_similarity
    from glot.attributions.report import as_record, as_table
    from glot.backbones import load_backbone
    from glot.config import check_tau
    from glot.heads.checkpoint import trained_task
    from glot.heads.shelf import load_heads

    check_tau(tau)
    name = trained_task(backbone, task)
    model = load_backbone(backbone, device=device, dtype=dtype)
    shelf = load_heads(model, name).check_sound()
    explanation = explain_text(
        text,
        model,
        name,
        shelf,
        taus=[tau],
        max_tokens=max_tokens,
        similarity=trained_similarity(shelf),
    )
    record = as_record(explanation, tau)
    for problem in explanation.notes:
        typer.echo(f"glot: {problem}", err=True)
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
    else:
        as_table(record)
