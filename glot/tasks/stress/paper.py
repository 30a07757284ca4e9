"""The stress test as the paper writes it (section B.4, Algorithm 2)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from glot.tasks.stress.templates import PAPER
from glot.tasks.stress.texts import Protocol, Sample, Streams, draw, fill
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

    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, one by one."""
        vocabulary = large_vocabulary()
        n_distractors = math.floor(N_WORDS * ratio)
        n_signal = N_WORDS - n_distractors
        for index in range(n):
            phrase, label = fill(streams.signal, PAPER, NOUNS)
            phrase = phrase[:n_signal]
            signal = phrase + draw(streams.noise, vocabulary, n_signal - len(phrase))
            distractors = draw(streams.noise, vocabulary, n_distractors)
            start = int(streams.noise.integers(n_distractors, endpoint=True))
            words = distractors[:start] + signal + distractors[start:]
            yield Sample(words, label, index, (start, start + len(phrase)))
