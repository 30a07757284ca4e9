"""Parquet files of strangers: what they unpack to is looked at before it is unpacked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError
from glot.tasks.limits import check_columns
from glot.tasks.splits import nobody

if TYPE_CHECKING:
    import pandas as pd

# A table that fills more is no table of labelled texts, or not one for this machine.
MAX_BYTES = 2 * 1024**3
MAX_ROWS = 10_000_000
# Rows that are looked at together.
PORTION = 8_192
# Prints how many cells the columns say that they have.
COUNTING = """
import sys
import pyarrow.parquet as pq
told = pq.read_metadata(sys.argv[1])
groups = [told.row_group(i) for i in range(told.num_row_groups)]
print(sum(group.column(i).num_values for group in groups for i in range(group.num_columns)))
"""


def read_parquet(path: Path, alive: Callable[[], None] = nobody) -> pd.DataFrame:
    """A parquet file as a table, unless it unpacks to more than `MAX_BYTES`.

    A few kilobytes can stand for terabytes: pages are compressed, and a text that repeats is
    stored once. So the file's own account is read first, and then texts are read as numbers into
    a list of the distinct ones, whose sizes are added up before any of them is repeated.

    Args:
        path: the file.
        alive: called again and again; what it raises ends the reading.

    Raises:
        GlotError: it unpacks to more, or holds more than `MAX_ROWS` rows.
        ValueError: it is no parquet file (pyarrow's own error).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = pq.read_metadata(path)
    check_columns(path, told.num_columns)
    groups = [told.row_group(i) for i in range(told.num_row_groups)]
    cells = _cells(path, told)
    if told.num_rows > MAX_ROWS or cells > MAX_ROWS * 100:
        raise GlotError(
            f"{path.name} says that it holds {told.num_rows:,} rows with {cells:,} cells.",
            f"Accepted: at most {MAX_ROWS:,} rows.",
            "Write a part of it to another file.",
        )
    _check(path, sum(group.total_byte_size for group in groups))
    schema = pq.read_schema(path)
    texts = [field.name for field in schema if _is_text(field.type)]
    file = pq.ParquetFile(path, read_dictionary=texts)
    parts, size = [], 0
    for batch in file.iter_batches(batch_size=PORTION):
        size += sum(_unpacked(column) for column in batch.columns)
        alive()
        _check(path, size)
        parts.append(batch)
    table = pa.Table.from_batches(parts, schema=parts[0].schema if parts else schema)
    frame: pd.DataFrame = table.cast(schema).to_pandas()
    return frame


def _cells(path: Path, told: Any) -> int:
    """Cells that the file says it has: columns of lists have more of them than rows.

    pyarrow ends the whole process where what a column says of itself is broken, so another
    process asks the columns, and only where there are lists.

    Raises:
        ValueError: a column's account is broken.
    """
    columns = range(told.num_columns)
    if not any(told.schema.column(i).max_repetition_level for i in columns):
        return int(told.num_rows * told.num_columns)
    asked = subprocess.run(
        [sys.executable, "-I", "-c", COUNTING, str(path.absolute())],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise ValueError("what one of its columns says of itself is broken")
    return int(asked.stdout)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return any(
        check(kind)
        for check in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def _unpacked(column: Any) -> int:
    """Bytes that a column fills once its repeated values are written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_dictionary(column.type) and _is_text(column.type.value_type)):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary)
    total = pc.sum(pc.take(lengths, column.indices).cast(pa.int64())).as_py()
    return int(total or 0) + 8 * len(column)


def _check(path: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise GlotError(
            f"{path.name} has {path.stat().st_size:,} bytes and unpacks to {size:,} or more.",
            f"Accepted: files that unpack to at most {MAX_BYTES:,} bytes.",
            "Write the columns and rows that you need to another file.",
        )
