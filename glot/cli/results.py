"""`glot results`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.experiments.paper import PaperNumber
    from glot.experiments.row import Row

FORMATS = ("table", "csv", "json")


def results(
    experiment: Annotated[str, typer.Option(help="Such as stress or glue; default: all.")] = "",
    backbone: Annotated[
        str, typer.Option(help="Only this one: a name, a hub id, or the paper's name.")
    ] = "",
    output: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    search: Annotated[
        bool, typer.Option("--search", help="The trials of searches too, scored on validation.")
    ] = False,
    paper: Annotated[
        bool, typer.Option("--paper", help="The paper's numbers, and not ours.")
    ] = False,
    row: Annotated[str, typer.Option(help="All fields of one cell of the ledger.")] = "",
) -> None:
    """Show the results ledger, with the paper's numbers beside it.

    csv and json hold every field of our rows, or with --paper of the paper's.

    \b
    Example:
      glot results --experiment stress --backbone minilm
    All fields of one cell, and the command that measures it again:
      glot results --row minilm/cola/glot/searched~1a2b3c/seed-42
    """
    from glot.experiments import EXPERIMENTS
    from glot.experiments.ledger import read_ledger
    from glot.experiments.paper import fill_command, numbers_of
    from glot.experiments.tables import current

    if output not in FORMATS:
        raise GlotError(f"--format {output}.", f"Accepted: {', '.join(FORMATS)}.")
    if experiment and experiment not in EXPERIMENTS.names():
        # Only a name in the list loads anything, and torch with it.
        EXPERIMENTS.get(experiment)
    ledger = read_ledger(experiment)
    for line in ledger.bad:
        typer.echo(str(line), err=True)
    if row:
        _one_cell(ledger.of(row), row, output)
        return
    chosen = [r for r in current(ledger.rows, search) if backbone in ("", r.backbone)]
    if output == "table":
        numbers = numbers_of(experiment, backbone)
        _tables(experiment, backbone, [] if paper else chosen, numbers, paper)
        return
    if paper:
        _records([number.flat() for number in numbers_of(experiment, backbone)], output)
        return
    _records([r.flat() for r in chosen], output)
    if not chosen:
        typer.echo("The ledger holds none of these. They are measured by:", err=True)
        for name in [experiment] if experiment else EXPERIMENTS.names():
            typer.echo(f"  {fill_command(name, backbone)}", err=True)


def _one_cell(rows: list[Row], cell: str, output: str) -> None:
    if not rows:
        raise GlotError(
            f"No row of the cell {cell!r} is in the ledger.",
            "Accepted: what stands under `cell` in glot results --format csv.",
        )
    if output != "table":
        _records([row.flat() for row in rows], output)
        return
    for number, row in enumerate(rows):
        fields = {name: value for name, value in row.flat().items() if value not in ("", None)}
        longest = max(map(len, fields))
        typer.echo("\n" * bool(number), nl=False)
        for name, value in fields.items():
            typer.echo(f"{name:{longest}}  {value}")


def _records(records: Sequence[dict[str, Any]], output: str) -> None:
    if output == "json":
        typer.echo(json.dumps(list(records), ensure_ascii=False, indent=1))
        return
    import csv

    names = dict.fromkeys(name for record in records for name in record)
    writer = csv.DictWriter(sys.stdout, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


def _tables(
    experiment: str,
    backbone: str,
    rows: Sequence[Row],
    numbers: Sequence[PaperNumber],
    paper: bool,
) -> None:
    """Every experiment's tables, one under the other."""
    from glot.cli.results_table import print_experiment
    from glot.experiments import EXPERIMENTS
    from glot.experiments.paper import fill_command

    names = dict.fromkeys([*EXPERIMENTS.names(), *(row.experiment for row in rows)])
    for name in [experiment] if experiment else names:
        print_experiment(
            name,
            [row for row in rows if row.experiment == name],
            [number for number in numbers if number.experiment == name],
            "" if paper else fill_command(name, backbone),
        )
