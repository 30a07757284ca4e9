"""Distractors: words of the package wordfreq, which is loaded when they are first asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from glot.errors import GlotError
from glot.tasks.stress.templates import STRICT
from glot.tasks.stress.words import (
    ANIMALS,
    NEAR_NOUNS,
    NEGATION,
    OBJECTS,
    SIGNAL_STEMS,
    VULGAR_STEMS,
    VULGAR_WORDS,
)

N_LARGE = 20_000
N_COMMON = 2_500
MIN_LETTERS = 3


def wordfreq_version() -> str:
    """The version whose word list is in use: another one may give other texts."""
    return f"wordfreq {version('wordfreq')}"


@lru_cache(maxsize=1)
def large_vocabulary() -> tuple[str, ...]:
    """English words by falling frequency: the top 20,000 without numbers and vulgar words.

    Raises:
        GlotError: the package wordfreq is not installed.
    """
    return _top(N_LARGE)


@lru_cache(maxsize=1)
def signal_free_vocabulary() -> tuple[str, ...]:
    """The strict protocol's distractors: common words (top 2,500) that are no signal words.

    Three letters or more. Common words are single tokens in most tokenizers, so that a share of
    words is a share of tokens.

    Raises:
        GlotError: the package wordfreq is not installed.
    """
    signal = _signal_words()
    return tuple(
        word
        for word in _top(N_COMMON)
        if len(word) >= MIN_LETTERS and word not in signal and not word.startswith(SIGNAL_STEMS)
    )


def _signal_words() -> set[str]:
    """Nouns (both numbers), template words, negation, and what comes near them."""
    nouns = {
        number
        for category in (ANIMALS, OBJECTS)
        for split in category.values()
        for noun in split
        for number in noun
    }
    templates = {
        word for orders in STRICT.values() for template in orders.all() for word in template.split()
    }
    return nouns.union(templates, NEAR_NOUNS, NEGATION)


def _top(n: int) -> tuple[str, ...]:
    """The plain words among the `n` most frequent ones."""
    try:
        from wordfreq import top_n_list
    except ImportError as error:
        raise GlotError(
            "The package wordfreq is not installed.",
            "The stress test draws its distractors from its word list.",
            "Install it with: pip install wordfreq==3.1.1",
        ) from error
    return tuple(
        word
        for word in top_n_list("en", n)
        if word.isascii()
        and word.isalpha()
        and word not in VULGAR_WORDS
        and not word.startswith(VULGAR_STEMS)
    )
