"""Settings of a small run of the stress test: checked without torch."""

from __future__ import annotations

from dataclasses import dataclass

from glot.config import check_tau
from glot.errors import GlotError
from glot.poolers import POOLERS
from glot.tasks.stress import longest_text

REGIME = "tried"
LEARNING_RATES = (1e-3, 2e-4)
MIN_TEXTS, MAX_TEXTS = 100, 2000
MAX_EPOCHS = 10
# Texts of the test split that the head is scored on: the published script's number.
N_TEST = 500


@dataclass(frozen=True)
class Trial:
    """What a small run trains.

    Attributes:
        protocol: of the stress test.
        ratio: distractor ratio.
        pooler: name of the pooler.
        n_texts: texts to learn from; a tenth as many more choose the epoch.
        epochs: passes over them.
        lr: learning rate.
        layer: of the backbone; None: the last.
        tau: threshold τ of a pooler with a graph.
        seed: of weights and order.

    Raises:
        GlotError: a setting that cannot run.
    """

    protocol: str
    ratio: float
    pooler: str = "glot"
    n_texts: int = 500
    epochs: int = 4
    lr: float = 1e-3
    layer: int | None = None
    tau: float = 0.6
    seed: int = 42

    def __post_init__(self) -> None:
        longest_text(self.protocol, self.ratio)
        POOLERS.get(self.pooler)
        check_tau(self.tau)
        _check_range("training texts", self.n_texts, MIN_TEXTS, MAX_TEXTS)
        _check_range("epochs", self.epochs, 1, MAX_EPOCHS)
        if not 0 < self.lr < 1:
            raise GlotError(
                f"A learning rate of {self.lr:g}.",
                "Accepted: a number above 0 and below 1.",
                "The paper takes 0.0002.",
            )

    @property
    def task(self) -> str:
        """Name of the task."""
        return f"stress-{self.protocol}-{self.ratio:g}"

    @property
    def n_words(self) -> int:
        """Words of the longest text."""
        return longest_text(self.protocol, self.ratio)


def _check_range(name: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise GlotError(
            f"{given:,} {name}.",
            f"Accepted: {least:,} to {most:,}.",
            "Larger runs are for the command line: glot reproduce stress.",
        )
