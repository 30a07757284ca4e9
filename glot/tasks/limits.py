"""How wide a table of labelled texts may be."""

from __future__ import annotations

from pathlib import Path

from glot.errors import GlotError

# Every column is looked at for texts and labels, which of a million takes minutes.
MAX_COLUMNS = 1_000


def check_columns(path: Path, n: int) -> None:
    """Check how many columns a file has, before a table is made of them.

    Raises:
        GlotError: more than `MAX_COLUMNS`.
    """
    if n > MAX_COLUMNS:
        raise GlotError(
            f"{path.name} has {n:,} columns or more.",
            f"Accepted: at most {MAX_COLUMNS:,}.",
            "Write the columns of texts and labels to a file of their own.",
        )
