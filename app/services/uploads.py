"""How much of a reader's file the server takes (`glot.operation.settings`)."""

from __future__ import annotations

from glot.errors import GlotError
from glot.operation.read import settings

MEGABYTE = 1_000_000


def most_megabytes(page: int) -> int:
    """Millions of bytes that a file may have.

    Args:
        page: what the page itself can do with.
    """
    return min(page, settings().upload_mb)


def check_size(name: str, content: bytes, page: int) -> None:
    """Refuse a file that is too large, whichever way it came.

    Raises:
        GlotError: it has more bytes than may be.
    """
    most = most_megabytes(page) * MEGABYTE
    if len(content) > most:
        raise GlotError(
            f"{name} has {len(content):,} bytes.",
            f"Accepted: at most {most:,} bytes.",
            "Open a part of it, or use the command line, which has no such limit.",
        )


def check_rows(name: str, rows: int) -> None:
    """Refuse a table that is too long.

    Raises:
        GlotError: it has more rows than may be.
    """
    most = settings().upload_rows
    if rows > most:
        raise GlotError(
            f"{name} has {rows:,} rows.",
            f"Accepted: at most {most:,} rows (upload_rows).",
            "Open a part of it, or use the command line, which has no such limit.",
        )
