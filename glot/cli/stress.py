"""`glot stress`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glot.errors import GlotError

stress = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Generate texts of the stress test.",
)


# Without a callback the only command would take its group's place.
@stress.callback()
def _group() -> None:
    pass


@stress.command()
def generate(
    out: Annotated[Path, typer.Option(help="A .csv, .jsonl or .parquet file to write.")],
    protocol: Annotated[str, typer.Option(help="paper, released or strict.")] = "strict",
    ratio: Annotated[float, typer.Option(help="Distractor ratio.")] = 0.9,
    split: Annotated[str, typer.Option(help="train or test.")] = "train",
    n: Annotated[int | None, typer.Option(help="Texts; default: the protocol's own.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 42,
) -> None:
    """Write texts of the stress test with their labels.

    Columns: text, label, group (members of a minimal pair share one), signal_start and
    signal_end (words of the text, end exclusive).

    \b
    Example:
      glot stress generate --protocol strict --ratio 0.9 --out strict.csv
    """
    import pandas as pd

    from glot.files import disk_told
    from glot.tasks.stress import generate as generate_texts

    writers = {
        ".csv": lambda frame: frame.to_csv(out, index=False),
        ".jsonl": lambda frame: frame.to_json(out, orient="records", lines=True, force_ascii=False),
        ".parquet": lambda frame: frame.to_parquet(out, index=False),
    }
    if out.suffix.lower() not in writers:
        raise GlotError(f"--out {out}.", f"Accepted: a name that ends in {', '.join(writers)}.")
    made = generate_texts(protocol, split, ratio, n, seed)
    frame = pd.DataFrame(
        {
            "text": made.texts,
            "label": made.labels,
            "group": made.groups,
            "signal_start": [start for start, _ in made.signals],
            "signal_end": [end for _, end in made.signals],
        }
    )
    with disk_told(f"The texts could not be written to {out}", "Name another file with --out."):
        writers[out.suffix.lower()](frame)
    typer.echo(f"{len(frame):,} texts: {made.source} → {out}")
