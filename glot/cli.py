"""The command line: `glot explain`, `glot train`, `glot app`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from glot.errors import GlotError

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Token graphs, trained heads and the dashboard of GLOT Explorer.",
)

BackboneOption = Annotated[
    str, typer.Option(help="minilm, smollm2, a folder, a .gguf file, or a hub id.")
]
TaskOption = Annotated[str, typer.Option(help="Task, such as sst2.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
DtypeOption = Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")]


@contextmanager
def readable_errors() -> Iterator[None]:
    """What the user can mend goes to stderr in words, with exit code 2."""
    try:
        yield
    except GlotError as error:
        typer.echo(f"glot: {error}", err=True)
        raise typer.Exit(2) from error


@cli.command()
def explain(
    text: Annotated[str, typer.Argument(help="The text.")],
    backbone: BackboneOption = "minilm",
    task: TaskOption = "sst2",
    tau: Annotated[float, typer.Option(help="Threshold of the token graph.")] = 0.6,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    max_tokens: Annotated[int, typer.Option(min=3, help="Cut the text to so many tokens.")] = 512,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
) -> None:
    """Token graph, token weights and predictions of one text."""
    with readable_errors():
        from glot.attributions.readout import explain_text
        from glot.attributions.report import as_record, as_table
        from glot.backbones import load_backbone
        from glot.config import check_tau
        from glot.heads.shelf import load_heads
        from glot.tasks import get_task

        check_tau(tau)
        get_task(task)
        model = load_backbone(backbone, device=device, dtype=dtype)
        shelf = load_heads(model, task).check_sound()
        explanation = explain_text(text, model, task, shelf, taus=[tau], max_tokens=max_tokens)
        record = as_record(explanation, tau)
        for problem in explanation.notes:
            typer.echo(f"glot: {problem}", err=True)
        if as_json:
            typer.echo(json.dumps(record, ensure_ascii=False))
        else:
            as_table(record)


@cli.command()
def train(
    task: TaskOption = "sst2",
    backbone: BackboneOption = "minilm",
    pooler: Annotated[str, typer.Option(help="mean, adapool or glot.")] = "glot",
    lr: Annotated[
        list[float] | None, typer.Option(help="Learning rate; repeat to search. Default 2e-4.")
    ] = None,
    tau: Annotated[
        list[float] | None, typer.Option(help="Threshold for glot; repeat to search. Default 0.6.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training part.")] = 2,
    batch_size: Annotated[int, typer.Option(help="Texts per step.")] = 32,
    weight_decay: Annotated[float, typer.Option(help="Of Adam.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of weights, split and order.")] = 42,
    n_validation: Annotated[int, typer.Option(help="Texts cut from train to select on.")] = 1000,
    n_train: Annotated[int, typer.Option(help="Use at most so many texts (0: all).")] = 0,
    width: Annotated[int, typer.Option(help="Width of the pooler's hidden layers.")] = 128,
    layers: Annotated[int, typer.Option(help="K, token-GNN layers.")] = 2,
    data: Annotated[
        str | None,
        typer.Option(help="Folder with TASK/train.parquet …; default GLOT_DATA, else the hub."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Default: checkpoints/BACKBONE/TASK/POOLER.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Drop unfinished work.")] = False,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
) -> None:
    """Train a head on a frozen backbone. Run the same command again to resume it."""
    with readable_errors():
        from glot.backbones import load_backbone
        from glot.config import PoolerConfig, TrainConfig
        from glot.heads.checkpoint import checkpoint_folder
        from glot.paths import data_folder
        from glot.poolers import POOLERS
        from glot.tasks import get_task
        from glot.training.console import ConsoleReport
        from glot.training.run import train_head

        POOLERS.get(pooler)
        chosen = get_task(task)
        config = TrainConfig(
            lr=tuple(lr or [2e-4]),
            tau=tuple(tau or [0.6]),
            weight_decay=weight_decay,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            n_validation=n_validation,
            n_train=n_train,
        )
        settings = PoolerConfig(name=pooler, width=width, layers=layers, tau=config.tau[0])
        model = load_backbone(backbone, device=device, dtype=dtype)
        folder = out or checkpoint_folder(model.name, chosen.name, pooler)
        with ConsoleReport() as report:
            trained = train_head(
                chosen, model, settings, config, folder, data_folder(data), fresh, report
            )
        numbers = trained.card.metrics
        split = chosen.evaluation_split
        low, high = numbers["interval_95"]
        typer.echo(
            f"{pooler} on {model.name}, {chosen.name}: {split} {chosen.metric} "
            f"{numbers[split]:.2f} (95 % interval {low:.2f} to {high:.2f}, "
            f"n = {numbers['n_evaluation']}), validation {numbers['validation']:.2f}, "
            f"{numbers['parameters']:,} parameters → {folder}"
        )


@cli.command()
def app(
    port: Annotated[
        int | None,
        typer.Option(envvar="PORT", min=1, max=65535, help="Default: 8501, or the next free one."),
    ] = None,
) -> None:
    """Start the dashboard and print its address."""
    with readable_errors():
        from glot.serve import serve

        serve(port)


def main() -> None:
    """Entry point; texts that the shell passes as invalid UTF-8 reach the checks as they are."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    cli()


if __name__ == "__main__":
    main()
