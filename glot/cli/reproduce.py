"""`glot reproduce`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glot.cli import options
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.experiments.base import Cell
    from glot.experiments.bench import Bench
    from glot.experiments.reproduce import Progress


# Digits of a seed in a row's name.
MAX_SEED_DIGITS = 4


def reproduce(
    name: Annotated[str, typer.Argument(help="An experiment, such as stress or glue.")],
    backbone: Annotated[
        str, typer.Option(help="minilm, smollm2, a folder, a .gguf file, a hub id.")
    ] = "",
    quick: Annotated[
        bool, typer.Option("--quick", help="Tiny samples: shows that all runs, measures nothing.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only cells with this in their name; repeat for and.")
    ] = None,
    row: Annotated[str, typer.Option(help="Measure one row of the ledger again and compare.")] = "",
    show: Annotated[bool, typer.Option("--list", help="List what is missing, and stop.")] = False,
    heads: Annotated[
        str, typer.Option(help="Keep trained heads that are worth it in this folder.")
    ] = "",
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Runs of every head, from seed 42 on; default 3, quick 1."),
    ] = None,
    data: options.Data = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    ray: options.Ray = "",
    cores: options.Cores = 0,
) -> None:
    """Measure an experiment and add its rows to the results ledger.

    What the ledger holds is not measured again; an interrupted call goes on when made again.
    With --ray the trials of searches run on a cluster, everything else on this machine.

    \b
    Example:
      glot reproduce stress --backbone minilm --only strict-0.9
      glot reproduce grid --backbone minilm --only cola --ray auto
    One row of the ledger again, beside what it says:
      glot reproduce glue --row minilm/cola/glot/searched~1a2b3c/seed-42
    """
    from glot.backbones import load_backbone
    from glot.experiments import get_experiment
    from glot.experiments.base import SEEDS, Scope
    from glot.experiments.bench import Bench
    from glot.experiments.ray_trials import measure_trials, place_of
    from glot.experiments.reproduce import reproduce as measure
    from glot.paths import data_folder

    experiment = get_experiment(name)
    results = _quick_folder() if quick else None
    errors: list[str] = []
    for chosen in (
        [backbone or _backbone_of(name, row)] if backbone or row else experiment.backbones
    ):
        model = load_backbone(chosen, device=device, dtype=dtype)
        scope = Scope(
            model.name,
            model.kind,
            model.width,
            model.n_layers,
            model.context,
            quick,
            _seeds(seeds or (1 if quick else len(SEEDS)), row),
        )
        kept = Path(heads) if heads else None
        bench = Bench(scope, model, data_folder(data), _states, results, kept)
        cells = experiment.cells(scope)
        if row:
            _compare(cells, name, bench, row)
            continue
        cells = [cell for cell in cells if all(part in cell.key for part in only or [])]
        if show:
            _list(cells, name, bench)
            continue
        if ray:
            place = place_of(scope, model.name, data, device, dtype)
            errors += measure_trials(cells, name, bench, place, ray, cores, _tell)
            cells = [cell for cell in cells if not cell.trial]
        errors += measure(cells, name, bench, _tell)
    if quick and not show:
        typer.echo(f"The rows are in {results}; GLOT_RESULTS={results} glot results shows them.")
    if errors:
        raise GlotError(
            f"{len(errors)} cells could not be measured; the first: {errors[0]}",
            "The others are in the ledger.",
        )


def _seeds(number: int, row: str) -> tuple[int, ...]:
    """Seeds from the first on: so many, and as many as a named row needs."""
    from glot.experiments.base import SEEDS

    tail = row.rpartition("/seed-")[2]
    # No more digits: of a longer number a list of all seeds before it would be made.
    needed = int(tail) - SEEDS[0] + 1 if tail.isdecimal() and len(tail) <= MAX_SEED_DIGITS else 1
    return tuple(range(SEEDS[0], SEEDS[0] + max(number, needed)))


def _quick_folder() -> Path:
    """Where quick rows go: not into the project's ledger, nor beside those of an earlier call."""
    from glot.paths import cache_folder, expanded

    if chosen := os.environ.get("GLOT_RESULTS"):
        return expanded(chosen)
    folder = cache_folder() / "experiments" / "quick"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _backbone_of(experiment: str, cell: str) -> str:
    """The backbone that a row of the ledger was measured on.

    Raises:
        GlotError: there is no such row.
    """
    from glot.experiments.ledger import read_ledger

    found = read_ledger(experiment).of(cell)
    if not found:
        raise GlotError(
            f"The row {cell!r} is not in the ledger of {experiment}.",
            "Accepted: a `cell` of a row that glot results shows.",
            f"List them with: glot results --experiment {experiment} --format csv",
        )
    return found[0].backbone


def _compare(cells: Sequence[Cell], name: str, bench: Bench, row: str) -> None:
    """Measure a row again, beside the ledger's value and how far its seeds lie apart."""
    from glot.experiments.reproduce import measure_again

    for again in measure_again(cells, name, bench, row):
        was, now, spread = again.was, again.now, again.spread
        typer.echo(
            f"{was.task} {was.split} {was.metric}: {now.value:.4f}; the ledger says "
            f"{was.value:.4f} (commit {was.commit}, {was.device}), and its seeds lie from "
            f"{min(spread):.4f} to {max(spread):.4f}"
        )


def _list(cells: Sequence[Cell], name: str, bench: Bench) -> None:
    measured = bench.ledger(name).cells()
    for cell in cells:
        typer.echo(f"{'measured' if cell.key in measured else 'missing '}  {cell.key}")


def _states(event: dict[str, Any]) -> None:
    """Token states are what a cell may keep one waiting for."""
    if event["stage"] == "states" and event["done"] < event["of"]:
        typer.echo(f"  token states: {event['done']:,} of {event['of']:,} texts", err=True)


def _tell(progress: Progress) -> None:
    left = "" if progress.remaining is None else f", {_duration(progress.remaining)} left"
    at = f"[{progress.done}/{progress.of}{left}]"
    if progress.error:
        typer.echo(f"{at} {progress.cell.key}: {progress.error}", err=True)
    for row in progress.rows:
        typer.echo(f"{at} {progress.cell.key}: {row.split} {row.metric} {row.value:.2f}", err=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
