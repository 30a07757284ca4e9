"""The results ledger: every number that was measured, one line each, never changed.

One file an experiment, `assets/results/<experiment>.jsonl`. A line stands for itself, so two
ledgers merge by putting their lines together; lines that say the same count once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glot.errors import GlotError
from glot.experiments.row import Row
from glot.files import disk_told, whole
from glot.paths import results_folder

SUFFIX = ".jsonl"


@dataclass(frozen=True)
class BadLine:
    """A line that is skipped, and why."""

    path: Path
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.number} is skipped: {self.reason}"


@dataclass(frozen=True)
class Ledger:
    """Rows in the order of their lines, and the lines that are none."""

    rows: tuple[Row, ...] = ()
    bad: tuple[BadLine, ...] = ()

    def cells(self) -> set[str]:
        """Everything that has been measured."""
        return {row.cell for row in self.rows}

    def of(self, cell: str) -> list[Row]:
        """The rows of one cell."""
        return [row for row in self.rows if row.cell == cell]


def read_ledger(experiment: str = "", folder: Path | None = None) -> Ledger:
    """The rows of one experiment, or of all.

    Args:
        experiment: its name; empty: all files of the folder.
        folder: of the ledger's files; by default `glot.paths.results_folder`.

    Raises:
        GlotError: a file is there and cannot be read.
    """
    root = folder or results_folder()
    paths = [root / (experiment + SUFFIX)] if experiment else sorted(root.glob("*" + SUFFIX))
    rows: dict[str, Row] = {}
    bad: list[BadLine] = []
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            try:
                row = Row.parse(line)
            except GlotError as error:
                bad.append(BadLine(path, number, str(error)))
            else:
                rows.setdefault(row.line(), row)
    return Ledger(tuple(rows.values()), tuple(bad))


def append_rows(rows: Sequence[Row], folder: Path | None = None) -> None:
    """Add rows to their experiments' files; the rows of one experiment all or not at all.

    Raises:
        GlotError: the ledger cannot be written.
    """
    root = folder or results_folder()
    for experiment in dict.fromkeys(row.experiment for row in rows):
        path = root / (experiment + SUFFIX)
        append_to(path, [row for row in rows if row.experiment == experiment])


def append_to(path: Path, rows: Sequence[Row]) -> None:
    """Add rows to one file, whatever their experiment: all of them or none.

    The file is written anew beside itself and takes its own place, so neither a kill nor a full
    disk leaves a part of a cell's rows, which would pass for a cell that is done.

    Raises:
        GlotError: the file cannot be written; it is as it was.
    """
    text = "".join(f"{row.sealed_line()}\n" for row in rows)
    with disk_told(
        f"Results could not be written to {path}",
        "Free space, or name another folder with GLOT_RESULTS.",
    ):
        # Of a link, the file that it leads to.
        file = path.resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _one_writer(file.parent), whole(file) as aside:
            before = file.read_bytes() if file.is_file() else b""
            # A line that was cut off stays alone.
            torn = before and not before.endswith(b"\n")
            aside.write_bytes(before + (b"\n" if torn else b"") + text.encode())


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Hold a folder itself, which leaves no lock among files that are committed."""
    import fcntl

    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GlotError(
            f"The ledger {path} cannot be read: {error}.", "Accepted: a file that you may read."
        ) from error
