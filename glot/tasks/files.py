"""Tables that a user brings: CSV, TSV, JSON lines, parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.tasks.delimited import PORTION, USUAL, read_delimited
from glot.tasks.limits import check_columns
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
PARSERS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    MemoryError,
)
# Characters of a name.
MAX_NAME = 60


def safe_name(name: str) -> str:
    """A file's name as a browser told it, fit for any disk: no folder, no control characters.

    No file system has longer names than 255 bytes, which 60 letters of four bytes nearly fill.
    """
    path = Path(re.sub(r"[\x00-\x1f\x7f]", "_", name.replace("\\", "/"))).name
    # An ending alone, as of ".csv", is none to pathlib.
    path = f"file{path}" if path.count(".") == 1 and path.startswith(".") else path
    stem, suffix = Path(path).stem.strip("."), Path(path).suffix[:10]
    return f"{stem[: MAX_NAME - len(suffix)] or 'file'}{suffix}"


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
        check_columns(path, frame.shape[1])
        frame.columns = _own_names(frame.columns)
        # In here: cells of parquet files are decoded when they are looked at.
        for name in frame.columns:
            _check_unicode(path, [name, *frame[name]], f"column {name[:40]!r}")
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
    _check_unicode(path, ["", *lines], "the text")
    return pd.DataFrame({"text": lines})


def _own_names(columns: Sequence[object]) -> list[str]:
    """Names as strings, each once: parquet files and JSON know others."""
    names: list[str] = []
    for column in map(str, columns):
        name, number = column, 0
        while name in names:
            number += 1
            name = f"{column}.{number}"
        names.append(name)
    return names


def _check_unicode(path: Path, cells: Sequence[object], where: str) -> None:
    """JSON, and a few encodings, can write half of a surrogate pair, which is no character."""
    try:
        for cell in cells:
            if isinstance(cell, str) and not cell.isascii():
                cell.encode()
    except UnicodeEncodeError as error:
        raise GlotError(
            f"{path.name} is not valid Unicode: {where} holds half of a surrogate pair.",
            "Accepted: any text that can be written as UTF-8.",
            "Save the text as UTF-8 again.",
        ) from error


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    # Names of several kinds: unknown ones, ones with a NUL, encodings of bytes into bytes.
    except (LookupError, ValueError, TypeError) as error:
        raise GlotError(
            f"Unknown encoding {encoding[:40]!r}.",
            "Accepted: a name that Python knows, such as utf-8.",
        ) from error


@contextmanager
def _told(path: Path, encoding: str) -> Iterator[None]:
    """What can be wrong with a file, in words."""
    _check_encoding(encoding)
    try:
        yield
    except FileNotFoundError as error:
        raise GlotError(f"There is no file {path}.", "Accepted: a file that exists.") from error
    except UnicodeDecodeError as error:
        if path.suffix.lower() == ".parquet":
            raise GlotError(
                f"{path.name} holds text that is not UTF-8.",
                "Accepted: parquet files as other programs read them.",
                "Write it again.",
            ) from error
        raise GlotError(
            f"{path.name} is not {encoding}: {_broken_byte(path, encoding)} cannot be read.",
            f"Accepted: a file in {encoding}.",
            "Save it as UTF-8, or name its encoding with --encoding (such as latin-1).",
        ) from error
    except GlotError:
        raise
    # What parsers of other houses raise on a hostile file; a reader's cancelling is none of these.
    except PARSERS as error:
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
    alive()
    if suffix == ".parquet":
        return read_parquet(path, alive)
    _refuse_binary(path)
    if suffix == ".jsonl":
        return _read_json_lines(path, encoding, alive)
    return read_delimited(path, encoding, alive)


def _read_json_lines(path: Path, encoding: str, alive: Callable[[], None]) -> pd.DataFrame:
    """One JSON object, or list, a line; values stay what they are: "007" a text, and dates too.

    Raises:
        GlotError: all lines together have too many names.
        ValueError: a line is no JSON object.
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    names: set[str] = set()
    with path.open(encoding=encoding) as file:
        for number, line in enumerate(file, start=1):
            if number % PORTION == 0:
                alive()
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number:,} is no JSON: {error}") from error
            if isinstance(row, list):
                row = {str(place): cell for place, cell in enumerate(row)}
            if not isinstance(row, dict):
                raise ValueError(f"line {number:,} is no JSON object")
            names.update(row)
            check_columns(path, len(names))
            _check_unicode(path, [*row, *row.values()], f"line {number:,}")
            rows.append(row)
    return pd.DataFrame(rows)


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
    wanted = f"column {asked[:40]!r}" if asked else f"column named {' or '.join(usual)}"
    shown = ", ".join(name[:40] for name in names[:12])
    raise GlotError(
        f"There is no {wanted}; the columns are {shown}.",
        "Accepted: the name of one of them.",
        f"Name it with {option}.",
    )


def texts_of(frame: pd.DataFrame, column: str) -> list[str]:
    """The column as strings; missing cells become empty ones."""
    cells = frame[column]
    return ["" if none else str(cell) for cell, none in zip(cells, cells.isna(), strict=True)]


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
