"""Tables that a user brings: CSV, TSV, JSON lines, parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.tasks.delimited import USUAL, read_delimited
from glot.tasks.parquet import read_parquet
from glot.tasks.splits import nobody

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
# Rows named in an error; more would bury the message.
SHOWN = 5
# Files that begin like this are no text, whatever their name says.
BINARY = {
    b"PK\x03\x04": ("a zip file, or a spreadsheet such as .xlsx", "Unpack it, or save it as CSV."),
    b"PAR1": ("a parquet file", "Name it .parquet."),
    b"\x1f\x8b": ("a gzip file", "Unpack it."),
}


def read_table(
    path: Path, encoding: str = "utf-8", alive: Callable[[], None] = nobody
) -> pd.DataFrame:
    """A table with at least one row; cells of CSV and TSV files stay strings.

    What parts the cells of a CSV or TSV file is guessed from its header.

    Args:
        path: a file whose name ends in one of `SUFFIXES`.
        encoding: of the text formats.
        alive: called again and again; what it raises ends the reading.

    Raises:
        GlotError: the file is missing, of another kind, in another encoding, broken or empty.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise GlotError(f"The file {path.name!r}.", f"Accepted: {', '.join(SUFFIXES)}.")
    with _told(path, encoding):
        frame = _read(path, suffix, encoding, alive)
    if frame.empty:
        raise GlotError(f"{path.name} has no rows.", "Accepted: at least one row below the header.")
    return frame


def read_lines(path: Path, encoding: str = "utf-8") -> pd.DataFrame:
    """A plain file with one text a line, as a table with the column `text`.

    Args:
        path: the file.
        encoding: its encoding.

    Raises:
        GlotError: as for `read_table`.
    """
    import pandas as pd

    with _told(path, encoding):
        lines = path.read_text(encoding=encoding).splitlines()
    if not lines:
        raise GlotError(f"{path.name} has no lines.", "Accepted: at least one line.")
    return pd.DataFrame({"text": lines})


@contextmanager
def _told(path: Path, encoding: str) -> Iterator[None]:
    """What can be wrong with a file, in words."""
    try:
        yield
    except FileNotFoundError as error:
        raise GlotError(f"There is no file {path}.", "Accepted: a file that exists.") from error
    except UnicodeDecodeError as error:
        raise GlotError(
            f"{path.name} is not {encoding}: {_broken_byte(path, encoding)} cannot be read.",
            f"Accepted: a file in {encoding}.",
            "Save it as UTF-8, or name its encoding with --encoding (such as latin-1).",
        ) from error
    except GlotError:
        raise
    except LookupError as error:
        raise GlotError(
            f"Unknown encoding {encoding!r}.", "Accepted: a name that Python knows, such as utf-8."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        # Parsers' errors are ValueErrors: pandas' own, pyarrow's, JSON's.
        reason = " ".join(str(error).split())[:200].rstrip(".")
        quote = "Put cells that hold a separator, a quote or a line break in double quotes."
        raise GlotError(
            f"Cannot read {path.name}: {reason}.",
            f"Accepted: a valid {path.suffix} file.",
            quote if path.suffix.lower() in USUAL else "",
        ) from error


def _broken_byte(path: Path, encoding: str) -> str:
    """The first byte that is none of the encoding's; a parser counts from its last portion."""
    try:
        path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        return f"byte {error.start:,} (0x{error.object[error.start]:02X})"
    return "its text"


def _read(path: Path, suffix: str, encoding: str, alive: Callable[[], None]) -> pd.DataFrame:
    import pandas as pd

    alive()
    if suffix == ".parquet":
        return read_parquet(path, alive)
    _refuse_binary(path)
    if suffix == ".jsonl":
        # Types are kept as written: pandas would read "007" as a number and dates as dates.
        with path.open(encoding=encoding) as file:
            return pd.read_json(file, lines=True, dtype=False)
    return read_delimited(path, encoding, alive)


def _refuse_binary(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(4)
    for mark, (what, remedy) in BINARY.items():
        if begin.startswith(mark):
            raise GlotError(
                f"{path.name} is {what}, not {path.suffix}.",
                f"Accepted: {', '.join(SUFFIXES)}, each named as what it is.",
                remedy,
            )


def find_column(frame: pd.DataFrame, asked: str, usual: Sequence[str], option: str) -> str:
    """The column that was asked for, or the first of the usual names that is there.

    Raises:
        GlotError: it is not there; the message lists the columns.
    """
    names = [str(name) for name in frame.columns]
    for name in [asked] if asked else usual:
        if name in names:
            return name
    wanted = f"column {asked!r}" if asked else f"column named {' or '.join(usual)}"
    raise GlotError(
        f"There is no {wanted}; the columns are {', '.join(names[:12])}.",
        "Accepted: the name of one of them.",
        f"Name it with {option}.",
    )


def texts_of(frame: pd.DataFrame, column: str) -> list[str]:
    """The column as strings; missing cells become empty ones."""
    return ["" if value is None or value != value else str(value) for value in frame[column]]


def blank_rows(*columns: Sequence[str]) -> list[int]:
    """Rows in which one of the columns of texts is blank."""
    return [
        i for i, row in enumerate(zip(*columns, strict=True)) if not all(t.strip() for t in row)
    ]


def refuse_blank(rows: Sequence[int], what: str) -> None:
    """Name rows that cannot be used.

    Raises:
        GlotError: there is one; rows are counted from 1, without the header.
    """
    if not rows:
        return
    have = f"{len(rows):,} {'row has' if len(rows) == 1 else 'rows have'}"
    shown = ", ".join(str(i + 1) for i in rows[:SHOWN]) + (" …" if len(rows) > SHOWN else "")
    raise GlotError(
        f"{have} no {what}: row {shown} (counted from 1, without the header).",
        f"Accepted: a {what} in every row.",
        "Fill them in, or leave such rows out with --drop-empty.",
    )
