"""One text seen by every head at every τ of a grid. NumPy only: it loads without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from glot.errors import GlotError
from glot.graph.statistics import GraphStatistics, statistics_at
from glot.graph.timeline import GraphTimeline

Floats = npt.NDArray[np.float32]

# τ from 0 to 1 in hundredths. Rounded, so that 0.6 is the float nearest to 0.6.
TAU_GRID = np.round(np.linspace(0.0, 1.0, 101), 2)


@dataclass(frozen=True)
class Prediction:
    """A head's answer: the label, and the probability of each label."""

    label: str
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Explanation:
    """Token graph, token weights and predictions of one text.

    Attributes:
        text: the text.
        tokens: its L token strings.
        offsets: (start, end) of each token in the text; (0, 0) for added tokens.
        backbone: the backbone's name.
        task: the task's name.
        labels: C class names; empty where numbers or pairs are predicted.
        poolers: the poolers that fit the backbone, in the order in which they are shown.
        upper: (L (L − 1) / 2,) similarities above the diagonal, of the graph that is shown.
        positions: (L, 2), fixed places of the tokens in the drawing.
        taus: (T,) the grid.
        weights: pooler → (T, L) token weights π.
        probabilities: pooler → (T, C), of heads that tell classes.
        values: pooler → (T,), of heads that predict a number.
        training_tau: τ that the GLOT head was trained with, if there is one.
        n_cut: tokens of the text that did not fit.
        notes: what the reader must know: cut texts, missing heads.
        layer: the backbone's layer whose graph is shown; None: the last.
        n_layers: number of the backbone's blocks.
        similarity: kind of the graph that is shown and that the heads with a graph are run on.
        special_tokens: whether the tokens that the backbone adds take part; where they do not,
            they are not among `tokens`.
        principal: (L, 2) in [−1, 1], the tokens on the first two principal components of the
            shown layer's states; zeros where they were not worked out.
        trained_similarity: kind of graph that the GLOT head was trained with, if there is one.
        special: places among `tokens` of those that the backbone added.
    """

    text: str
    tokens: tuple[str, ...]
    offsets: tuple[tuple[int, int], ...]
    backbone: str
    task: str
    labels: tuple[str, ...]
    poolers: tuple[str, ...]
    upper: Floats
    positions: Floats
    taus: npt.NDArray[np.float64]
    weights: dict[str, Floats]
    probabilities: dict[str, Floats]
    values: dict[str, Floats] = field(default_factory=dict)
    training_tau: float | None = None
    n_cut: int = 0
    notes: tuple[str, ...] = field(default=())
    layer: int | None = None
    n_layers: int = 0
    similarity: str = "cosine"
    special_tokens: bool = True
    principal: Floats = field(default_factory=lambda: np.empty((0, 2), dtype=np.float32))
    trained_similarity: str | None = None
    special: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.tokens)
        if not self.principal.size:
            object.__setattr__(self, "principal", np.zeros((n, 2), dtype=np.float32))
        shapes = {
            "upper": (self.upper.shape, (n * (n - 1) // 2,)),
            "positions": (self.positions.shape, (n, 2)),
            "principal": (self.principal.shape, (n, 2)),
            **{f"weights of {k}": (v.shape, (len(self.taus), n)) for k, v in self.weights.items()},
            **{f"values of {k}": (v.shape, (len(self.taus),)) for k, v in self.values.items()},
        }
        for name, (given, expected) in shapes.items():
            if given != expected:
                raise GlotError(f"{name} has shape {given}.", f"Accepted: {expected}.")
        if not set(self.special) <= set(range(n)):
            raise GlotError(f"special is {self.special}.", f"Accepted: places of {n} tokens.")

    def row(self, tau: float) -> int:
        """The grid's row for τ.

        Raises:
            GlotError: τ is not on the grid; values between its points are never made up.
        """
        near = int(np.abs(self.taus - tau).argmin())
        if abs(self.taus[near] - tau) > 1e-9:
            raise GlotError(f"τ = {tau}.", f"Accepted: the grid, such as {self.taus[near]:g}.")
        return near

    def statistics(self, tau: float) -> GraphStatistics:
        """Edges, density, components of the token graph at τ (any from −1 to 1)."""
        return statistics_at(self.timeline, tau)

    @cached_property
    def timeline(self) -> GraphTimeline:
        """The token graph at every τ: edges sorted, components merged, once for a text."""
        return GraphTimeline.of(self.upper, len(self.tokens))

    def edges(self, tau: float) -> npt.NDArray[np.int64]:
        """(E, 2) undirected edges at τ (any from −1 to 1), strongest first."""
        return self.timeline.edges(tau)

    def value(self, pooler: str, tau: float) -> float | None:
        """The number that a pooler's head predicts at τ; None where there is none."""
        values = self.values.get(pooler)
        return None if values is None else float(values[self.row(tau)])

    def prediction(self, pooler: str, tau: float) -> Prediction | None:
        """The class that a pooler's head tells at τ; None where there is no such head."""
        if pooler not in self.probabilities:
            return None
        values = self.probabilities[pooler][self.row(tau)]
        return Prediction(
            label=self.labels[int(values.argmax())],
            probabilities=dict(zip(self.labels, values.tolist(), strict=True)),
        )
