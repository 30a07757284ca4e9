"""`python -m benchmarks`, or `make bench`: all measurements, as a table or as JSON."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Annotated

import typer

NAMES = (
    "heads",
    "graph",
    "forms",
    "sweep",
    "long",
    "training",
    "inference",
    "extraction",
    "sentence_transformers",
    "store",
    "ray",
    "serve",
    "text",
    "attributions",
    "dashboard",
    "pages",
    "pan",
    "load",
)
# What has no short form: many shapes, clusters and browsers that start anew for each repeat.
FULL_ONLY = ("forms", "ray", "dashboard", "pages", "pan", "load")


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Some of {', '.join(NAMES)}.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Under a minute: fewer shapes and repeats, no browser.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Measure speed on this machine."""
    chosen = names or [name for name in NAMES if not (quick and name in FULL_ONLY)]
    unknown = ", ".join(sorted(set(chosen) - set(NAMES)))
    if unknown:
        typer.echo(f"Unknown benchmark {unknown}. Known: {', '.join(NAMES)}.", err=True)
        raise typer.Exit(2)
    from benchmarks.measure import environment, line

    if not as_json:
        typer.echo(", ".join(f"{key} {value}" for key, value in environment().items()))
    rows = []
    for name in chosen:
        found = import_module(f"benchmarks.{name}").run(quick)
        rows += found
        for row in () if as_json else found:
            typer.echo(line(row))
    if as_json:
        typer.echo(json.dumps({"environment": environment(), "rows": [r.to_dict() for r in rows]}))


if __name__ == "__main__":
    typer.run(main)
