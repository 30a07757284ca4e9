"""The stress test as the paper writes it (section B.4, Algorithm 2)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from glot.tasks.stress.templates import PAPER
from glot.tasks.stress.texts import Protocol, Sample, Streams, Surroundings, draw, fill
from glot.tasks.stress.vocabulary import large_vocabulary
from glot.tasks.stress.words import NOUNS

N_WORDS = 256


class PaperProtocol(Protocol):
    """Algorithm 2, in words: L = 256, L_D = ⌊L·ratio⌋ distractors, L_S = L − L_D signal words.

    The signal is a phrase cut to L_S words or, when shorter, **filled up with distractors** to
    L_S; L_D more distractors go around it, the signal starting at a random place in 0 … L_D. A
    phrase has seven words, so at every ratio up to 0.97 a text is those plus 249 distractors:
    as written, the ratio hardly changes the task. It only widens the range of places where the
    phrase may start. Beyond, phrases are cut, and lose what their label says.

    Train and test share templates and nouns. Phrases of the two classes differ in words ("not",
    "also"), so a bag-of-words classifier solves the task.
    """

    name = "paper"
    labels = ("one without the other", "both")
    ratios = (0.2, 0.5, 0.8, 0.9)
    sizes: ClassVar = {"train": 10_000, "test": 2_000}
    wordfreq = True

    def longest(self, ratio: float) -> int:
        """L, at every ratio."""
        return N_WORDS

    def surroundings(
        self, n_phrase: int, ratio: float, noise: np.random.Generator, n_words: int = 0
    ) -> Surroundings:
        """As the class says; `n_words` is L."""
        length = n_words or N_WORDS
        n_distractors = math.floor(length * ratio)
        n_signal = length - n_distractors
        kept = min(n_phrase, n_signal)
        vocabulary = large_vocabulary()
        filling = draw(noise, vocabulary, n_signal - kept)
        distractors = draw(noise, vocabulary, n_distractors)
        start = int(noise.integers(n_distractors, endpoint=True))
        return Surroundings(distractors[:start], filling + distractors[start:], kept)

    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, one by one."""
        for index in range(n):
            phrase, label = fill(streams.signal, PAPER, NOUNS)
            made = self.surroundings(len(phrase), ratio, streams.noise)
            yield Sample(made.around(phrase), label, index, made.signal)
