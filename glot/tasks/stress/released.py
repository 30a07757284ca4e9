"""The stress test with the properties of the script published beside the paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from glot.tasks.stress.templates import RELEASED
from glot.tasks.stress.texts import Protocol, Sample, Streams, draw, fill
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

    def samples(self, split: str, ratio: float, n: int, streams: Streams) -> Iterator[Sample]:
        """The texts, one by one."""
        n_noise = int(N_WORDS * ratio)
        for index in range(n):
            phrase, label = fill(streams.signal, RELEASED, NOUNS)
            phrase = phrase[: N_WORDS - n_noise]
            noise = draw(streams.noise, RELEASED_NOISE, n_noise)
            start = int(streams.noise.integers(n_noise, endpoint=True))
            words = noise[:start] + phrase + noise[start:]
            yield Sample(words, label, index, (start, start + len(phrase)))
