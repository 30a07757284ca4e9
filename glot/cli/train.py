"""`glot train`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.cli import options
from glot.cli.options import chosen_task
from glot.cli.train_own import check_file, look_at, tell_table

if TYPE_CHECKING:
    from glot.config import PoolerConfig
    from glot.heads.checkpoint import TrainedHead


def train(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Your own .csv, .tsv, .jsonl or .parquet file, in place of --task."),
    ] = None,
    task: options.TaskName = "sst2",
    backbone: options.Backbone = "minilm",
    pooler: Annotated[
        list[str] | None,
        typer.Option(
            help="mean, max, cls, eos, adapool, mlp, deepsets or glot; repeat to compare. "
            "Default glot."
        ),
    ] = None,
    head: Annotated[
        str,
        typer.Option(
            help="classifier, regression, similarity or contrastive; default: the task's."
        ),
    ] = "",
    lr: Annotated[
        list[float] | None, typer.Option(help="Learning rate; repeat to search. Default 2e-4.")
    ] = None,
    tau: Annotated[
        list[float] | None, typer.Option(help="Threshold for glot; repeat to search. Default 0.6.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training part.")] = 2,
    batch_size: Annotated[int, typer.Option(help="Rows per step.")] = 32,
    weight_decay: Annotated[float, typer.Option(help="Of Adam.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of weights, split and order.")] = 42,
    seeds: Annotated[
        int, typer.Option(help="So many seeds, from --seed up; gives mean and deviation.")
    ] = 1,
    n_validation: Annotated[
        int, typer.Option(help="Rows cut from train to select on (0: a tenth, at most 1,000).")
    ] = 0,
    n_train: Annotated[
        int, typer.Option(help="Learn from at most so many rows (0: as the paper does).")
    ] = 0,
    n_evaluation: options.Evaluated = 0,
    precision: Annotated[
        str, typer.Option(help="float32, or bfloat16: faster where the CPU or GPU has it.")
    ] = "float32",
    width: Annotated[int, typer.Option(help="Width of the pooler's hidden layers.")] = 128,
    layers: Annotated[int, typer.Option(help="K, layers of the token-GNN, 0 to 8.")] = 2,
    conv: Annotated[str, typer.Option(help="gat, gcn, gin or sage.")] = "gat",
    jumping_knowledge: Annotated[str, typer.Option(help="cat, max, mean or none.")] = "cat",
    projection: Annotated[int, typer.Option(help="Width of the input projection (0: none).")] = 0,
    similarity: Annotated[str, typer.Option(help="cosine or centred.")] = "cosine",
    norm: Annotated[
        str, typer.Option(help="none, or rms: the pooler reads all token states at one length.")
    ] = "none",
    layer: Annotated[
        int | None, typer.Option(help="The backbone's layer, 0 for embeddings; default: the last.")
    ] = None,
    data: options.Data = None,
    text_column: options.TextColumn = "",
    other_column: options.OtherColumn = "",
    label_column: options.LabelColumn = "",
    kind: options.LabelKind = "",
    test_file: options.TestFile = None,
    encoding: options.Encoding = "utf-8",
    drop_empty: options.DropEmpty = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Default: checkpoints/BACKBONE/TASK/POOLER; with several poolers, the folder "
            "that holds one for each."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Drop unfinished work.")] = False,
    track: Annotated[
        Path | None, typer.Option(help="Write curves for TensorBoard to this folder.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what FILE holds and what is wrong, then stop.")
    ] = False,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Train a head on a frozen backbone. Run the same command again to resume it.

    \b
    Example:
      glot train --task cola --pooler glot --lr 1e-3 --lr 2e-4 --seeds 3
    Your own data:
      glot train reviews.csv --text-column review --label-column stars
      glot train reviews.csv --pooler mean --pooler adapool --pooler glot
    """
    from glot.config import PoolerConfig, TrainConfig

    config = TrainConfig(
        lr=tuple(lr or [2e-4]),
        tau=tuple(tau or [0.6]),
        weight_decay=weight_decay,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        n_validation=n_validation,
        n_train=n_train,
        n_evaluation=n_evaluation,
        precision=precision,  # type: ignore[arg-type]
    )
    names = tuple(dict.fromkeys(pooler or ["glot"]))
    shared = PoolerConfig(
        name=names[0],
        width=width,
        layers=layers,
        conv=conv,
        jumping_knowledge=jumping_knowledge,  # type: ignore[arg-type]
        projection=projection,
        similarity=similarity,  # type: ignore[arg-type]
        norm=norm,  # type: ignore[arg-type]
        tau=config.tau[0],
    )
    from glot.backbones import load_backbone
    from glot.convs import CONVS
    from glot.heads.checkpoint import checkpoint_folder
    from glot.paths import data_folder
    from glot.poolers import POOLERS
    from glot.tasks.own import OwnColumns
    from glot.training.console import ConsoleReport
    from glot.training.run import Job, train_head
    from glot.training.several import train_several
    from glot.training.tracking import check_tracking, train_tracked

    # What is misspelt is told before a model is loaded.
    check_file(file, _given(ctx, "task"), check)
    for name in names:
        POOLERS.get(name)
    CONVS.get(conv)
    if track is not None:
        check_tracking(track)
    columns = OwnColumns(text_column, other_column, label_column, kind, encoding, drop_empty)  # type: ignore[arg-type]
    if file is not None:
        columns = look_at(file, columns, test_file, backbone, check)
        if check:
            return
    chosen = chosen_task(str(file or task), columns, test_file)
    model = load_backbone(backbone, device=device, dtype=dtype)
    # On a decoder [CLS] becomes [EOS], so two names may become one.
    every = {each.name: each for each in (_fitting(shared, name, model.kind) for name in names)}
    where = {
        name: _folder(out, len(every), checkpoint_folder(model.name, chosen.name, name))
        for name in every
    }
    jobs = [
        Job(chosen, model, each, config, where[name], data_folder(data), head, layer, seeds, fresh)
        for name, each in every.items()
    ]
    with ConsoleReport() as report:
        learn = partial(train_tracked, folder=track) if track else train_head
        found = train_several(jobs, report, learn)
    for name, each in found.items():
        _tell(each.trained, where[name])
    tell_table(found)


def _given(ctx: typer.Context, name: str) -> bool:
    """Whether an option was given, be it with its default."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _fitting(settings: PoolerConfig, name: str, kind: str) -> PoolerConfig:
    from glot.poolers import for_backbone

    return for_backbone(replace(settings, name=name), kind)


def _folder(out: Path | None, n: int, usual: Path) -> Path:
    """A checkpoint's folder: the usual one, or `out`, or one for each of several in it."""
    if out is None:
        return usual
    return out if n == 1 else out / usual.name


def _tell(trained: TrainedHead, folder: Path) -> None:
    """One line for each reported split, one for the seeds, one for the head."""
    card, numbers = trained.card, trained.card.metrics
    name = numbers["metric"]
    typer.echo(f"{card.pooler.name} on {card.backbone}, {card.task} → {folder}")
    for split, scores in numbers["evaluation"].items():
        low, high = scores["interval_95"]
        typer.echo(
            f"  {split} {name} {scores[name]:.2f} (95 % interval {low:.2f} to {high:.2f}, "
            f"n = {scores['n']})"
        )
        if "seeds" in numbers:
            over = numbers["seeds"][split]
            typer.echo(
                f"  over {len(over['values'])} seeds: {split} {name} {over['mean']:.2f} "
                f"± {over['deviation']:.2f}"
            )
    typer.echo(
        f"  validation {numbers['validation']:.2f}, {numbers['parameters']:,} parameters "
        f"({numbers['pooler_parameters']:,} in the pooler), {numbers['seconds']:.0f} s"
    )
