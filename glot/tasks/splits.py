"""Cutting a validation split from train, without leaks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glot.errors import GlotError
from glot.tasks.base import LabelledTexts

# Longer texts are compared whole only: their phrases would take memory with the square of this.
MAX_PHRASE_WORDS = 64


def cut_validation(train: LabelledTexts, n: int, seed: int) -> tuple[LabelledTexts, LabelledTexts]:
    """Split train into a training and a validation part that share no phrase.

    SST-2's train rows are phrases of sentences that are rows too, so a random cut would put
    parts of validation sentences into training. Here validation is drawn from texts that are
    part of no other text, and every row that is a phrase of a validation text, or equal to one,
    leaves training.

    Args:
        train: all training rows.
        n: number of validation rows.
        seed: of the draw.

    Returns:
        (training part, validation part).

    Raises:
        GlotError: fewer than 2·n whole texts to draw from.
    """
    words = [tuple(text.lower().split()) for text in train.texts]
    rows = set(words)
    inner = {phrase for text in rows for phrase in _phrases(text) if phrase in rows}
    whole = sorted({text: i for i, text in enumerate(words) if text not in inner}.values())
    if len(whole) < 2 * n:
        raise GlotError(
            f"{n} validation rows from {len(whole)} whole texts.",
            f"Accepted: at most {len(whole) // 2}.",
            "Lower --n-validation.",
        )
    chosen = np.random.default_rng(seed).permutation(whole)[:n].tolist()
    taken = {words[i] for i in chosen}
    taken |= {phrase for text in taken.copy() for phrase in _phrases(text) if phrase in rows}
    kept = [i for i, text in enumerate(words) if text not in taken]
    return train.take(kept), train.take(sorted(chosen))


def _phrases(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All runs of words shorter than the text itself."""
    length = len(words)
    if length > MAX_PHRASE_WORDS:
        return
    for start in range(length):
        for end in range(start + 1, length + 1):
            if end - start < length:
                yield words[start:end]
