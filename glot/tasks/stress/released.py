"""The stress test with the properties of the script published beside the paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from glot.tasks.stress.templates import RELEASED
from glot.tasks.stress.texts import Protocol, Sample, Streams, Surroundings, draw, fill
from glot.tasks.stress.words import NOUNS, RELEASED_NOISE

N_WORDS = 128


class ReleasedProtocol(Protocol):
    """Properties reproduced, in words of our own: neither templates nor noise are the script's.

    int(128·ratio) words from a noise list of 100 that itself contains "not"; the signal phrase,
    cut to the remaining share of the 128 words but **not** filled up to it, goes in at a random
    place. Negatives' phrases have 24 words, positives' 13. So a text has int(128·ratio) + 24 or
    + 13 words: 49 or 38 at ratio 0.2, 126 or 115 at 0.8, and its length alone gives the label
    away. At 0.9 the share is 13 words, all texts have 128, and the leak is gone. That the phrase
    is cut to its share and not filled up is our reading of why length leaks at low ratios only.
    """

    name = "released"
    labels = ("one without the other", "both")
    ratios = (0.2, 0.5, 0.8, 0.9)
    sizes: ClassVar = {"train": 2_000, "test": 500}
    wordfreq = False

    def longest(self, ratio: float) -> int:
        """Words of a negative, the longer class."""
        phrase = max(len(template.split()) for template, _ in RELEASED)
        return min(N_WORDS, int(N_WORDS * ratio) + phrase)

    def surroundings(
        self, n_phrase: int, ratio: float, noise: np.random.Generator, n_words: int = 0
    ) -> Surroundings:
        """As the class says; `n_words` stands for its 128."""
        length = n_words or N_WORDS
        n_noise = int(length * ratio)
        words = draw(noise, RELEASED_NOISE, n_noise)
        start = int(noise.integers(n_noise, endpoint=True))
        return Surroundings(words[:start], words[start:], min(n_phrase, length - n_noise))

    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, one by one."""
        for index in range(n):
            phrase, label = fill(streams.signal, RELEASED, NOUNS)
            made = self.surroundings(len(phrase), ratio, streams.noise)
            yield Sample(made.around(phrase), label, index, made.signal)
