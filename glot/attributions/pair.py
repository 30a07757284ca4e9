"""Two texts seen by every head of pairs at every τ of a grid. Loads without torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glot.attributions.explanation import Explanation, Floats, Prediction
from glot.errors import GlotError

# What two explanations must share to be compared.
SHARED = ("backbone", "task", "layer", "similarity", "special_tokens", "poolers")


@dataclass(frozen=True)
class PairExplanation:
    """Two explained texts, what stands between them, and what each head makes of both.

    Attributes:
        first: the first text; L1 tokens.
        second: the second text; L2 tokens, at the same T thresholds.
        cross: (L1, L2) similarities of each token of the one with each token of the other, of the
            layer and the kind that both graphs are made of.
        labels: C class names; empty where a number is predicted.
        probabilities: pooler → (T, C), of heads that tell classes.
        values: pooler → (T,), of heads that predict a number.
        cosines: pooler → (T,) cosine of the two sentence vectors that its head pools.
        reference: cosine of the two mean token states of the last layer, which needs no training.
        scale: least and greatest number that the training labels hold; None where not known.
        notes: what the reader must know: cut texts, equal texts, broken heads.
        missing: which poolers have no trained head, and how to train one; empty when each has.

    Raises:
        GlotError: the texts were not explained alike, or shapes disagree.
    """

    first: Explanation
    second: Explanation
    cross: Floats
    labels: tuple[str, ...]
    probabilities: dict[str, Floats]
    values: dict[str, Floats]
    cosines: dict[str, Floats]
    reference: float
    scale: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    missing: str = ""

    def __post_init__(self) -> None:
        check_alike(self.first, self.second)
        rows, classes = len(self.taus), len(self.labels)
        shapes = {
            "cross": (self.cross.shape, (len(self.first.tokens), len(self.second.tokens))),
            **{
                f"probabilities of {name}": (table.shape, (rows, classes))
                for name, table in self.probabilities.items()
            },
            **{
                f"{what} of {name}": (table.shape, (rows,))
                for what, tables in (("values", self.values), ("cosines", self.cosines))
                for name, table in tables.items()
            },
        }
        for name, (given, expected) in shapes.items():
            if given != expected:
                raise GlotError(f"{name} has shape {given}.", f"Accepted: {expected}.")

    @property
    def texts(self) -> tuple[Explanation, Explanation]:
        """Both, in their order."""
        return (self.first, self.second)

    @property
    def taus(self) -> npt.NDArray[np.float64]:
        """(T,) the grid of both."""
        return self.first.taus

    @property
    def weighted(self) -> tuple[str, ...]:
        """Poolers with token weights, in the order in which they are shown."""
        return tuple(name for name in self.first.poolers if name in self.first.weights)

    def answer(self, pooler: str, tau: float) -> Prediction | float | None:
        """The class or the number that a pooler's head tells of the pair; None without a head.

        Raises:
            GlotError: τ is not on the grid.
        """
        row = self.first.row(tau)
        if pooler in self.values:
            return float(self.values[pooler][row])
        if pooler not in self.probabilities:
            return None
        shares = self.probabilities[pooler][row]
        return Prediction(
            label=self.labels[int(shares.argmax())],
            probabilities=dict(zip(self.labels, shares.tolist(), strict=True)),
        )

    def cosine(self, pooler: str, tau: float) -> float | None:
        """Cosine of the two sentence vectors of a pooler's head; None without a head.

        Raises:
            GlotError: τ is not on the grid.
        """
        table = self.cosines.get(pooler)
        return None if table is None else float(table[self.first.row(tau)])

    def links(self, above: float) -> npt.NDArray[np.int64]:
        """Pairs of tokens, one of each text, whose similarity exceeds a threshold, strictly.

        Tokens that the backbone adds to every text take no part: they are alike anywhere.

        Args:
            above: from −1 to 1, compared in float32 as τ is.

        Returns:
            (N, 2) places in the first and the second text, strongest first.
        """
        allowed = self.cross.astype(np.float32)
        allowed[list(self.first.special)] = -np.inf
        allowed[:, list(self.second.special)] = -np.inf
        rows, columns = np.nonzero(allowed > np.float32(above))
        order = np.argsort(-allowed[rows, columns], kind="stable")
        return np.stack([rows[order], columns[order]], axis=1)


def check_alike(first: Explanation, second: Explanation) -> None:
    """Refuse two explanations that differ in more than their text.

    Raises:
        GlotError: naming the first difference.
    """
    for name in SHARED:
        given = getattr(first, name), getattr(second, name)
        if given[0] != given[1]:
            raise GlotError(
                f"Two explanations with {name} {given[0]!r} and {given[1]!r}.",
                "Accepted: two texts that were explained alike.",
                "Explain both with the same settings.",
            )
    if not np.array_equal(first.taus, second.taus):
        raise GlotError("Two explanations at different thresholds.", "Accepted: one grid for both.")
