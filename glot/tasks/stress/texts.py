"""What passes between the parts of the stress test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glot.errors import GlotError


@dataclass(frozen=True)
class StressTexts:
    """One split of the stress test at one distractor ratio.

    Attributes:
        texts: N texts, words joined by single blanks.
        labels: N class numbers, 0 or 1.
        groups: N numbers. The two members of a minimal pair share one, and stand side by side;
            elsewhere each text has its own. A validation split must not tear groups apart.
        signals: N (start, end) of the signal phrase in `text.split()`, end exclusive.
        source: protocol, split, ratio, number, seed and generator version, for provenance.
        traits: what each signal phrase is made of, such as (template, animal, object), for a
            validation split of unseen ones; empty where train and test share everything.

    Raises:
        GlotError: the sequences differ in length.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    groups: tuple[int, ...]
    signals: tuple[tuple[int, int], ...]
    source: str
    traits: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        for name in ("labels", "groups", "signals", *(["traits"] if self.traits else [])):
            if len(getattr(self, name)) != len(self.texts):
                raise GlotError(
                    f"{len(self.texts)} texts with {len(getattr(self, name))} {name}.", "One each."
                )


@dataclass(frozen=True)
class Sample:
    """One text before it is joined: its words, and where among them the signal phrase stands.

    The other fields are those of `StressTexts`.
    """

    words: list[str]
    label: int
    group: int
    signal: tuple[int, int]
    traits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """The distractors of one text, drawn for a phrase of a known number of words.

    Attributes:
        before: words in front of the phrase.
        after: words behind it.
        kept: how many words of the phrase there is room for.
    """

    before: list[str]
    after: list[str]
    kept: int

    @property
    def signal(self) -> tuple[int, int]:
        """(start, end) of the phrase in the words, end exclusive."""
        return len(self.before), len(self.before) + self.kept

    def around(self, phrase: Sequence[str]) -> list[str]:
        """The words of the text: the phrase, cut to what is kept, among its distractors."""
        return [*self.before, *phrase[: self.kept], *self.after]


@dataclass(frozen=True)
class Streams:
    """Two streams of random numbers, so that a set holds the same signals at every ratio.

    Attributes:
        signal: draws templates and nouns.
        noise: draws distractors and positions.
    """

    signal: np.random.Generator
    noise: np.random.Generator


class Protocol(ABC):
    """One way of making the texts.

    Attributes:
        name: short name.
        labels: class names; a class number is an index into them.
        ratios: the distractor ratios of its experiment; others in [0, 1) work too.
        sizes: how many texts each split has by default.
        wordfreq: whether its distractors come from the package wordfreq.
    """

    name: ClassVar[str]
    labels: ClassVar[tuple[str, str]]
    ratios: ClassVar[tuple[float, ...]]
    sizes: ClassVar[dict[str, int]]
    wordfreq: ClassVar[bool]

    @abstractmethod
    def longest(self, ratio: float) -> int:
        """Number of words of the longest text; a ratio beyond it raises `GlotError`."""

    @abstractmethod
    def surroundings(
        self, n_phrase: int, ratio: float, noise: np.random.Generator, n_words: int = 0
    ) -> Surroundings:
        """Distractors for a phrase, by the protocol's rule.

        Args:
            n_phrase: its number of words.
            ratio: distractor ratio.
            noise: draws distractors and the place.
            n_words: L, the length that the rule starts from; 0: the protocol's own. Without
                effect where ratio and phrase decide the length.
        """

    @abstractmethod
    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, one by one."""


def draw(rng: np.random.Generator, vocabulary: Sequence[str], n: int) -> list[str]:
    """`n` words, uniformly and with replacement."""
    return [vocabulary[i] for i in rng.integers(len(vocabulary), size=n).tolist()]


def fill(
    rng: np.random.Generator, templates: Sequence[tuple[str, int]], nouns: Sequence[str]
) -> tuple[list[str], int]:
    """A random template with two different nouns in place, as words, and its label."""
    template, label = templates[int(rng.integers(len(templates)))]
    x, y = rng.choice(len(nouns), size=2, replace=False).tolist()
    return template.format(x=nouns[x], y=nouns[y]).split(), label


def character_range(text: str, signal: tuple[int, int]) -> tuple[int, int]:
    """Where a signal phrase stands in the characters of a text of the stress test.

    Args:
        text: words joined by single blanks.
        signal: (start, end) of the phrase in `text.split()`, end exclusive.

    Returns:
        (start, end) in characters, end exclusive; equal where the phrase has no word left.
    """
    words = text.split()
    start = len(" ".join([*words[: signal[0]], ""]))
    return start, start + len(" ".join(words[signal[0] : signal[1]]))
