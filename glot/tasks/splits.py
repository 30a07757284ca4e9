"""Cutting a validation split from train, without leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from glot.errors import GlotError
from glot.tasks.base import LabelledTexts

# Longer texts are compared whole only: a text has about half the square of its words in phrases.
MAX_PHRASE_WORDS = 64
# All phrases that are looked up at the most, half a minute's work; in larger sets of texts the
# longer ones are compared whole.
MAX_PHRASES = 50_000_000
# Without a number, a tenth of train is cut off, and no more than this.
MOST = 1000
# Rows between two signs of life.
OFTEN = 5_000

Words = tuple[str, ...]
Row = TypeVar("Row")


def validation_size(train: LabelledTexts) -> int:
    """How many rows to cut off where nobody says: a tenth, at least 2, at most 1,000."""
    return min(MOST, max(2, len(train) // 10))


def nobody() -> None:
    """Hears of nothing."""


def cut_validation(
    train: LabelledTexts, n: int, seed: int, alive: Callable[[], None] = nobody
) -> tuple[LabelledTexts, LabelledTexts]:
    """Split train into a training and a validation part that share no text.

    A random cut leaks: SST-2's rows are phrases of sentences that are rows too, and pairs share
    their texts with other pairs. So every row leaves training that shares a text (or, of single
    texts, is a phrase of one) or a group with a validation row.

    Args:
        train: all training rows.
        n: number of validation rows; with groups at least so many, as groups stay whole.
        seed: of the draw.
        alive: called again and again, for a million rows take half a minute; what it raises ends
            the work.

    Returns:
        (training part, validation part).

    Raises:
        GlotError: too few rows to draw from, or nothing would be left to train on.
    """
    words = [_words(text) for text in _heard(train.texts, alive)]
    others = [_words(text) for text in _heard(train.others, alive)] or words
    limit = _phrase_limit(words)
    drawable = range(len(train)) if train.others or train.groups else _whole(words, limit, alive)
    if len(drawable) < 2 * n:
        raise GlotError(
            f"{n} validation rows from {len(drawable)} texts.",
            f"Accepted: at most {len(drawable) // 2}.",
            "Lower --n-validation, or bring more rows.",
        )
    chosen = _draw(train, drawable, n, seed)
    taken = {words[i] for i in chosen} | {others[i] for i in chosen}
    if not train.others:
        rows = set(words)
        taken |= {
            phrase for text in taken.copy() for phrase in _phrases(text, limit) if phrase in rows
        }
    groups = {train.groups[i] for i in chosen} if train.groups else set()
    kept = [
        i
        for i, pair in enumerate(_heard(zip(words, others, strict=True), alive))
        if not taken.intersection(pair) and not (groups and train.groups[i] in groups)
    ]
    if not kept:
        raise GlotError(
            f"Every row shares a text with one of {n} validation rows.",
            "Accepted: rows with different texts.",
            "Lower --n-validation, or bring more rows.",
        )
    return train.take(kept), train.take(sorted(chosen))


def cut_unseen(
    train: LabelledTexts, share: float, seed: int
) -> tuple[LabelledTexts, LabelledTexts]:
    """Split train so that validation has none of the traits that training has.

    It asks of a head what a test split of unseen traits asks. Of each kind of trait a share is
    held out; validation are the rows of held-out traits alone, and rows of both kinds are left
    out.

    Args:
        train: rows with traits.
        share: of the distinct values of each trait that is held out, above 0 and below 1.
        seed: of the draw.

    Returns:
        (training part, validation part).

    Raises:
        GlotError: rows without traits, or too few of them for two parts.
    """
    random = np.random.default_rng(seed)
    values = [sorted(set(kind)) for kind in zip(*train.traits, strict=True)]
    held = [
        {kind[i] for i in random.permutation(len(kind))[: max(1, round(share * len(kind)))]}
        for kind in values
    ]
    unseen = [[trait in out for trait, out in zip(row, held, strict=True)] for row in train.traits]
    parts = [
        train.take([i for i, row in enumerate(unseen) if not any(row)]),
        train.take([i for i, row in enumerate(unseen) if all(row)]),
    ]
    if not values or not all(len(part) for part in parts):
        raise GlotError(
            f"{len(train)} rows with {len(values)} traits each, of which a share of {share:g} is "
            "held out.",
            "Accepted: rows with traits, some of them made of held-out ones alone.",
            "Bring more rows, or hold out another share.",
        )
    return parts[0], parts[1]


def _heard(rows: Iterable[Row], alive: Callable[[], None]) -> Iterator[Row]:
    """The rows, with a sign of life every so many."""
    for number, row in enumerate(rows):
        if number % OFTEN == 0:
            alive()
        yield row


def _words(text: str) -> Words:
    return tuple(text.lower().split())


def _phrase_limit(words: list[Words]) -> int:
    """Up to how many words texts are compared by their phrases."""
    found = 0
    for length, texts in sorted(Counter(map(len, words)).items()):
        found += texts * length * (length + 1) // 2
        if length > MAX_PHRASE_WORDS or found > MAX_PHRASES:
            return length - 1
    return MAX_PHRASE_WORDS


def _whole(words: list[Words], limit: int, alive: Callable[[], None]) -> list[int]:
    """Rows that are part of no other row, each distinct text once."""
    rows = set(words)
    inner = {
        phrase for text in _heard(rows, alive) for phrase in _phrases(text, limit) if phrase in rows
    }
    return sorted({text: i for i, text in enumerate(words) if text not in inner}.values())


def _draw(train: LabelledTexts, rows: range | list[int], n: int, seed: int) -> list[int]:
    """So many rows at random; of grouped ones whole groups until there are n."""
    random = np.random.default_rng(seed)
    if not train.groups:
        return [int(i) for i in random.permutation(rows)[:n]]
    members: dict[int, list[int]] = {}
    for i in rows:
        members.setdefault(train.groups[i], []).append(i)
    chosen: list[int] = []
    for group in random.permutation(list(members)).tolist():
        if len(chosen) >= n:
            break
        chosen += members[group]
    return chosen


def _phrases(words: Words, limit: int) -> Iterator[Words]:
    """All runs of words shorter than the text itself; none of texts with more words than that."""
    length = len(words)
    if length > limit:
        return
    for start in range(length):
        for end in range(start + 1, length + 1):
            if end - start < length:
                yield words[start:end]
