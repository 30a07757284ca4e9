"""What `glot train FILE` says of the file, and the table of several poolers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.tasks.own import OwnColumns
    from glot.training.several import Finished


def look_at(
    file: Path, columns: OwnColumns, test: Path | None, backbone: str, check: bool
) -> OwnColumns:
    """Tell what a file holds and what is wrong with it; its columns, guessed where not given.

    Args:
        file: rows to train on.
        columns: as given.
        test: rows to report on.
        backbone: whose tokenizer counts tokens.
        check: the look is all that was asked for, so it goes to stdout.

    Raises:
        GlotError: the file cannot be learnt from.
    """
    from glot.training.inspection import inspect_file

    found = inspect_file(file, columns, test, backbone)
    if check:
        for line in found.told():
            typer.echo(line)
    if found.refused is not None:
        raise found.refused
    if not check:
        for line in found.told():
            typer.echo(line, err=True)
    return found.columns


def tell_table(found: dict[str, Finished]) -> None:
    """The table of several heads; of heads that search there is none."""
    from glot.training.compared import as_lines, compare

    rows = {
        name: (each.trained.card, each.reported)
        for name, each in found.items()
        if each.reported is not None
    }
    if len(rows) < 2:
        return
    first = next(iter(rows.values()))[1]
    for line in as_lines(compare(rows), first.metrics[0], first.split):
        typer.echo(line)


def check_file(file: Path | None, task_given: bool, check: bool) -> None:
    """Refuse what does not go together.

    Raises:
        GlotError: a file and a task, or a check of no file.
    """
    if file is not None and task_given:
        raise GlotError(
            f"The file {file} and --task.", "Accepted: one of the two.", "Leave --task out."
        )
    if check and file is None:
        raise GlotError(
            "--check without a file.", "Accepted: glot train FILE --check.", "Name the file."
        )
