"""Settings of a task layer; without torch, so that cards are read before it is loaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from glot.errors import GlotError


@dataclass(frozen=True)
class HeadConfig:
    """Which task layer.

    Attributes:
        name: a name in `glot.heads.HEADS`.
        pairs: whether it takes two sentence vectors.
        n_classes: C, of a classifier; 0 for the others.
    """

    name: str = "classifier"
    pairs: bool = False
    n_classes: int = 0

    def __post_init__(self) -> None:
        if self.name == "classifier" and self.n_classes < 2:
            raise GlotError(f"A classifier of {self.n_classes} classes.", "Accepted: from 2.")
        if self.name in ("similarity", "contrastive") and not self.pairs:
            raise GlotError(
                f"The head {self.name} on single texts.",
                "Accepted: tasks with pairs of texts.",
                "Choose classifier or regression.",
            )

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)
