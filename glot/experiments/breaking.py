"""At which distractor ratio heads stop telling a phrase right: the stress test on one phrase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glot.errors import GlotError
from glot.tasks.stress import LABELS
from glot.tasks.stress.own_phrase import around_phrase

if TYPE_CHECKING:
    import pandas as pd

    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead

# A head breaks where fewer of its draws are right: half way from guessing to all of them.
BROKEN_BELOW = 75.0
MAX_DRAWS = 100


@dataclass(frozen=True)
class OwnTest:
    """A stress test of one's own phrases.

    Attributes:
        protocol: puts the distractors.
        phrases: the phrase of class 0 and that of class 1; one of them may be empty.
        ratios: distractor ratios, in the order in which they are told.
        draws: texts of each phrase at each ratio.
        n_words: see `around_phrase`.

    Raises:
        GlotError: nothing to test, or too many draws.
    """

    protocol: str
    phrases: tuple[str, str]
    ratios: tuple[float, ...]
    draws: int = 20
    n_words: int = 0

    def __post_init__(self) -> None:
        if not any(phrase.strip() for phrase in self.phrases):
            raise GlotError(
                "Both phrases are empty.",
                f"Accepted: a phrase of {' or '.join(LABELS[self.protocol])}, or both.",
                "Write one, or take a pair of the test's.",
            )
        if not 1 <= self.draws <= MAX_DRAWS:
            raise GlotError(f"{self.draws} draws.", f"Accepted: 1 to {MAX_DRAWS}.")

    def texts(self, ratio: float, draws: int = 0) -> tuple[tuple[str, int, tuple[int, int]], ...]:
        """(text, label, signal) of each draw at a ratio, phrase after phrase.

        Args:
            ratio: distractor ratio.
            draws: how many of each phrase; 0: all.

        Raises:
            GlotError: see `around_phrase`.
        """
        made = [
            around_phrase(self.protocol, phrase, label, ratio, draws or self.draws, self.n_words)
            for label, phrase in enumerate(self.phrases)
            if phrase.strip()
        ]
        return tuple(
            drawn
            for part in made
            for drawn in zip(part.texts, part.labels, part.signals, strict=True)
        )


@dataclass(frozen=True)
class Broken:
    """What heads made of phrases.

    Attributes:
        shares: columns pooler, ratio, value (share of the draws that are right, in percent),
            first, second (that of each class; missing where there is no phrase of it), draws.
        breaks: pooler → the lowest ratio from which fewer than `BROKEN_BELOW` are right; None
            where there is none.
        n_full: texts that fill the backbone's context.
    """

    shares: pd.DataFrame
    breaks: dict[str, float | None]
    n_full: int


def break_heads(
    test: OwnTest,
    backbone: Backbone,
    heads: Mapping[str, TrainedHead],
    told: Callable[[float], None],
) -> Broken:
    """Run heads on a phrase among more and more distractors.

    Args:
        test: phrases, ratios and draws.
        backbone: the heads' own.
        heads: pooler → head of a stress test of the same classes.
        told: hears of the share that is done.

    Raises:
        GlotError: no heads, or a phrase or ratio that the protocol cannot express.
    """
    import pandas as pd

    # Loads torch, which a page that only writes phrases does without.
    from glot.heads.predict import predict_classes

    if not heads:
        raise GlotError("No heads to run.", "Accepted: at least one head of this stress test.")
    drawn = [(ratio, *each) for ratio in test.ratios for each in test.texts(ratio)]
    predicted = predict_classes([text for _, text, _, _ in drawn], backbone, heads, told)
    ratios = np.array([ratio for ratio, *_ in drawn])
    labels = np.array([label for _, _, label, _ in drawn])
    records = []
    for pooler, classes in predicted.classes.items():
        right = 100.0 * (classes == labels)
        for ratio in test.ratios:
            here = ratios == ratio
            of_class = [right[here & (labels == label)] for label in range(2)]
            records.append(
                {
                    "pooler": pooler,
                    "ratio": ratio,
                    "value": float(right[here].mean()),
                    "first": float(of_class[0].mean()) if len(of_class[0]) else None,
                    "second": float(of_class[1].mean()) if len(of_class[1]) else None,
                    "draws": int(here.sum()),
                }
            )
    shares = pd.DataFrame(records)
    breaks = {
        str(pooler): _first_break(list(zip(part["ratio"], part["value"], strict=True)))
        for pooler, part in shares.groupby("pooler", sort=False)
    }
    return Broken(shares, breaks, predicted.n_full)


def _first_break(curve: Sequence[tuple[float, float]]) -> float | None:
    """The lowest ratio at which too few draws are right."""
    return min((ratio for ratio, value in curve if value < BROKEN_BELOW), default=None)
