"""CSV and TSV files of strangers: what parts their cells, and rows that do not fit the header."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.tasks.limits import MAX_COLUMNS, check_columns

if TYPE_CHECKING:
    import pandas as pd

USUAL = {".csv": ",", ".tsv": "\t"}
# Spreadsheets in half of Europe write semicolons, databases write bars.
SEPARATORS = ",;\t|"
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# Characters of the header that are looked at, and rows that are read together.
LOOKED_AT, PORTION = 4_096, 50_000
NUMBER = r"\s*[+-]?\d+(?:,\d+)?\s*"


def read_delimited(path: Path, encoding: str, alive: Callable[[], None]) -> pd.DataFrame:
    """A CSV or TSV file as a table of strings.

    Args:
        path: a file whose name ends in one of `USUAL`.
        encoding: of the file.
        alive: called again and again; what it raises ends the reading.

    Raises:
        GlotError: it is empty, or has rows with more cells than its header has names.
        ValueError: pandas cannot read it (pandas' own error).
    """
    import pandas as pd

    separator = separator_of(path, encoding)
    _check_cells(path, encoding, separator)
    frames = []
    with pd.read_csv(
        path,
        sep=separator,
        encoding=encoding,
        dtype=str,
        keep_default_na=False,
        na_values=[],
        chunksize=PORTION,
    ) as portions:
        for portion in portions:
            alive()
            frames.append(_fitting(portion, path, separator))
    frame = pd.concat(frames, ignore_index=True)
    return _with_points(frame) if separator == ";" else frame


def separator_of(path: Path, encoding: str) -> str:
    """What parts the cells of a file: guessed from its header, else what its ending says.

    The header is looked at alone, because texts hold commas and semicolons of their own.

    Args:
        path: the file.
        encoding: of it.

    Raises:
        GlotError: there is nothing in it.
    """
    usual = USUAL[path.suffix.lower()]
    with path.open(encoding=encoding, newline="") as file:
        header = ""
        while not header.strip():
            if not (header := file.readline(LOOKED_AT)):
                raise GlotError(f"{path.name} is empty.", "Accepted: a header, and rows below it.")
    if usual in header:
        return usual
    try:
        return csv.Sniffer().sniff(header, SEPARATORS).delimiter
    except csv.Error:
        return usual


def _check_cells(path: Path, encoding: str, separator: str) -> None:
    """Look at the longest line: pandas takes minutes for one of a million cells.

    Raises:
        GlotError: it parts into more cells than a table may have columns.
    """
    # A cell in quotes may hold as many separators as it likes; more than this is no text.
    most = MAX_COLUMNS * 10
    with path.open(encoding=encoding, newline="") as file:
        for line in file:
            if len(line) > MAX_COLUMNS and (n := line.count(separator)) > MAX_COLUMNS:
                check_columns(path, n + 1 if '"' not in line or n > most else 0)


def _fitting(portion: pd.DataFrame, path: Path, separator: str) -> pd.DataFrame:
    """The rows, unless pandas has taken their first cells for names of rows.

    It does so, and says nothing, where rows have more cells than the header has names: an unquoted
    comma in a text would cost the text its beginning. Rows that end in a separator are let be.
    """
    import pandas as pd

    if isinstance(portion.index, pd.RangeIndex):
        return portion
    cells = portion.reset_index()
    width = len(portion.columns)
    surplus = cells.iloc[:, width:]
    if (surplus == "").all(axis=None):
        return cells.iloc[:, :width].set_axis(portion.columns, axis=1)
    raise GlotError(
        f"{path.name} has rows with more cells than its header has names ({width}).",
        f"Accepted: rows of as many cells, parted by a {NAMES[separator]}.",
        f"Put texts that hold a {NAMES[separator]} in double quotes.",
    )


def _with_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Where semicolons part cells, numbers have a decimal comma: a point in its place."""
    for name in frame.columns:
        cells = frame[name]
        if cells.str.fullmatch(NUMBER).all() and cells.str.contains(",").any():
            frame[name] = cells.str.replace(",", ".")
    return frame
