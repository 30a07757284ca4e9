"""The stress test without shortcuts: minimal pairs, fixed length, unseen nouns and templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glot.errors import GlotError
from glot.tasks.stress.templates import STRICT
from glot.tasks.stress.texts import Protocol, Sample, Streams, Surroundings, draw
from glot.tasks.stress.vocabulary import signal_free_vocabulary
from glot.tasks.stress.words import ANIMALS, OBJECTS

PHRASE_WORDS = 5
# At this ratio a text has 5,000 words.
MAX_RATIO = 0.999


class StrictProtocol(Protocol):
    """Minimal pairs: the same words, the phrase at the same place, only its two nouns swapped.

    A phrase of five words names an animal and an object and says that one is there and the
    other is not; the label is the category of the one that is there. Its words alone, their
    number, or the order of the categories tell nothing: a pair holds the same words under both
    labels, and templates that name the present noun first alternate, pair by pair, with
    templates that name it last. Distractors fill the text up to round(5 / (1 − ratio)) words.

    No phrase occurs twice in a split. Train and test share no noun and no template.
    """

    name = "strict"
    labels = ("animal", "object")
    ratios = (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)
    sizes: ClassVar = {"train": 8_000, "test": 2_000}
    wordfreq = True

    def longest(self, ratio: float) -> int:
        """Words of every text: 5 at ratio 0, 50 at 0.9, 500 at 0.99.

        Raises:
            GlotError: the ratio is above 0.999, or above 0 yet too low for one distractor.
        """
        n_words = round(PHRASE_WORDS / (1 - ratio)) if ratio <= MAX_RATIO else 0
        if n_words == 0 or (ratio > 0 and n_words == PHRASE_WORDS):
            raise GlotError(
                f"The strict protocol cannot express the distractor ratio {ratio:g}.",
                f"Accepted: 0, and 0.1 to {MAX_RATIO} (its phrase has {PHRASE_WORDS} words).",
                f"Choose one of {', '.join(f'{known:g}' for known in self.ratios)}.",
            )
        return n_words

    def surroundings(
        self, n_phrase: int, ratio: float, noise: np.random.Generator, n_words: int = 0
    ) -> Surroundings:
        """So many distractors that they are the ratio's share of the words, rounded."""
        self.longest(ratio)
        n_distractors = round(n_phrase / (1 - ratio)) - n_phrase
        distractors = draw(noise, signal_free_vocabulary(), n_distractors)
        start = int(noise.integers(n_distractors, endpoint=True))
        return Surroundings(distractors[:start], distractors[start:], n_phrase)

    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, pair by pair.

        Raises:
            GlotError: `n` is odd, or more than the split has different phrases.
        """
        for group, pair in enumerate(_pairs(split, n, streams.signal)):
            made = self.surroundings(PHRASE_WORDS, ratio, streams.noise)
            for label, phrase in enumerate(pair.phrases):
                yield Sample(made.around(phrase), label, group, made.signal, pair.traits)


@dataclass(frozen=True)
class Pair:
    """A minimal pair.

    Attributes:
        phrases: the phrase in which the animal is there, and the one in which the object is.
        traits: template, animal and object.
    """

    phrases: tuple[list[str], list[str]]
    traits: tuple[str, str, str]


def _pairs(split: str, n: int, rng: np.random.Generator) -> Iterator[Pair]:
    """Pairs whose orders of the two nouns take turns.

    Drawn without replacement; a smaller `n` gives the first pairs of a larger one.
    """
    orders = (STRICT[split].had_first, STRICT[split].lacked_first)
    animals, objects = ANIMALS[split], OBJECTS[split]
    shape = (len(orders[0]), len(animals), len(objects))
    n_each = int(np.prod(shape))
    n_most = 2 * len(orders) * n_each
    if n % 2 or n > n_most:
        raise GlotError(
            f"{n} texts of the strict protocol's {split} split.",
            f"Accepted: an even number up to {n_most:,} (two texts to a pair).",
            "Choose an even number in that range.",
        )
    shuffled = [np.unravel_index(rng.permutation(n_each), shape) for _ in orders]
    for pair in range(n // 2):
        order, turn = pair % 2, pair // 2
        template, first, second = (int(index[turn]) for index in shuffled[order])
        words = orders[order][template]
        animal, thing = animals[first].plural, objects[second].plural
        phrases = (
            words.format(had=animal, lacked=thing).split(),
            words.format(had=thing, lacked=animal).split(),
        )
        yield Pair(phrases, (words, animal, thing))
