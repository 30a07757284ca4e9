"""Which columns of a user's file hold the texts and the labels: a guess, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from glot.tasks.files import texts_of
from glot.tasks.own import LABEL, OTHER, TEXT, OwnColumns

if TYPE_CHECKING:
    import pandas as pd

# Two columns that hold pairs of texts where both are there.
PAIRS = (
    ("text_a", "text_b"),
    ("sentence1", "sentence2"),
    ("text1", "text2"),
    ("question1", "question2"),
    ("premise", "hypothesis"),
    ("query", "passage"),
    ("question", "answer"),
    ("anchor", "positive"),
    ("first", "second"),
)
LABELS = (*LABEL, "stars", "rating", "category", "sentiment", "intent", "topic", "y")
# Rows that are looked at where names tell nothing.
LOOKED_AT = 2_000


@dataclass(frozen=True)
class Guess:
    """Columns of a file, those that were asked for among them.

    Attributes:
        columns: with names filled in where a guess could be made.
        reasons: why each was chosen, in words.
    """

    columns: OwnColumns
    reasons: tuple[str, ...]


def guess_columns(frame: pd.DataFrame, asked: OwnColumns | None = None) -> Guess:
    """Fill in the columns that were not asked for.

    Usual names come first, in any case of letters. Else the texts are the column with the longest
    cells, and the labels that with the fewest different ones.

    Args:
        frame: the table.
        asked: what is known already; it stays as it is.
    """
    asked = asked or OwnColumns()
    names = [str(name) for name in frame.columns]
    text, other, why = _texts(frame, names, asked)
    label = asked.label or _named(names, LABELS, taken=(text, other))
    if label and not asked.label:
        why.append(f"labels from “{label}”: its name is a usual one")
    if not label and (label := _fewest(frame, names, (text, other))):
        n = frame[label].astype(str).nunique()
        why.append(f"labels from “{label}”: it has {n:,} different values only")
    return Guess(replace(asked, text=text, other=other, label=label), tuple(why))


def _texts(
    frame: pd.DataFrame, names: Sequence[str], asked: OwnColumns
) -> tuple[str, str, list[str]]:
    if not asked.text and not asked.other and not asked.single:
        for first, second in PAIRS:
            a, b = _named(names, (first,)), _named(names, (second,))
            if a and b:
                return a, b, [f"pairs of texts from “{a}” and “{b}”: their names go together"]
    other = asked.other or ("" if asked.single else _named(names, OTHER, taken=(asked.text,)))
    taken = (other, asked.label)
    if asked.text:
        return asked.text, other, []
    if text := _named(names, TEXT, taken):
        return text, other, [f"texts from “{text}”: its name is a usual one"]
    if text := _longest(frame, names, taken):
        return text, other, [f"texts from “{text}”: its cells are the longest"]
    return "", other, []


def _named(names: Sequence[str], usual: Sequence[str], taken: Sequence[str] = ()) -> str:
    """The first usual name that is there, as the file writes it."""
    for wanted in usual:
        for name in names:
            if name == wanted and name not in taken:
                return name
    lower = {name.lower().strip(): name for name in reversed(names) if name not in taken}
    return next((lower[wanted] for wanted in usual if wanted in lower), "")


def _longest(frame: pd.DataFrame, names: Sequence[str], taken: Sequence[str]) -> str:
    sizes = {}
    # Once: a table may have thousands of columns.
    head = frame.head(LOOKED_AT)
    for name in names:
        if name in taken:
            continue
        cells = texts_of(head, name)
        # Cells without a blank between words are names, numbers or dates.
        if sum(" " in cell.strip() for cell in cells) * 2 > len(cells):
            sizes[name] = sum(map(len, cells))
    return max(sizes, key=sizes.__getitem__, default="")


def _fewest(frame: pd.DataFrame, names: Sequence[str], taken: Sequence[str]) -> str:
    counts = {}
    head = frame.head(LOOKED_AT)
    for name in names:
        if name in taken:
            continue
        cells = [cell.strip() for cell in texts_of(head, name)]
        different = len(set(cells) - {""})
        if 2 <= different <= max(2, len(cells) // 2):
            counts[name] = different
    return min(counts, key=counts.__getitem__, default="")
