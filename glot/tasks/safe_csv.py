"""CSV files that a spreadsheet may open: no cell of theirs is run as a formula."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What makes spreadsheets take a cell for a formula, or for more than one cell.
OPENING = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(OPENING) else text


def safe_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8, every text in it and every column's name made safe.

    Numbers stay as they are, also negative ones.

    Args:
        frame: columns of numbers and of texts.
    """
    safe = frame.rename(columns=lambda name: safe_cell(str(name)))
    safe = safe.map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell)
    # All texts in quotes: a lone carriage return inside one would begin a row, and a cell, of its
    # own.
    text = safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
    return bytes(text.encode("utf-8", errors="surrogatepass"))
