"""Does a ranking of tokens say what the score hangs on? Numbers from taking tokens away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glot.attributions.units import Floats, Units
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.attributions.scored import Scored

# Up to so many units each step takes one away; of more units it takes several, so that there are
# as many steps. Multiples of 20: 5 %, 10 %, 20 % and 50 % are steps themselves. Each step by
# `text` is a text for the backbone to read, so there are fewer of them, and of random rankings.
MOST_STEPS = {"pooling": 40, "text": 20}
DRAWS = {"pooling": 10, "text": 4}
SEED = 0

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curves:
    """Scores while units go, or come, in the order of a ranking (Petsiuk et al., 2018, RISE).

    Attributes:
        units: U, the number of units that can be taken away.
        gone: (S,) numbers of units taken away, the highest ranked first, from 0 to U − 1.
        deletion: (S,) f(x without them).
        there: (T,) numbers of units that are there, the highest ranked first, from 1 to U.
        insertion: (T,) f(x with these alone).

    Raises:
        GlotError: the shapes disagree, or a curve is empty.
    """

    units: int
    gone: Places
    deletion: Floats
    there: Places
    insertion: Floats

    def __post_init__(self) -> None:
        shapes = self.gone.shape, self.deletion.shape, self.there.shape, self.insertion.shape
        if shapes[0] != shapes[1] or shapes[2] != shapes[3] or not len(self.gone):
            raise GlotError(f"Curves of shapes {shapes}.", "Accepted: as many scores as steps.")

    @property
    def score(self) -> float:
        """f(x), of the whole text."""
        return float(self.deletion[0])

    def top(self, share: float) -> int:
        """How many units the highest ranked share makes: at least one, at most U − 1."""
        return max(1, min(int(share * self.units + 0.5), self.units - 1))

    def comprehensiveness(self, share: float) -> float:
        """f(x) − f(x without the top units): high where a ranking names what is needed.

        DeYoung et al. (2020), ERASER, equation 1, with the top share of units for the rationale.
        NaN for a single unit.
        """
        return self._fall(share, self.gone, self.deletion)

    def sufficiency(self, share: float) -> float:
        """f(x) − f(the top units alone): near 0 where a ranking names what is enough.

        DeYoung et al. (2020), ERASER, equation 2. NaN for a single unit.
        """
        return self._fall(share, self.there, self.insertion)

    @property
    def aopc(self) -> float:
        """Area over the perturbation curve: the mean over all steps k of f(x) − f(x⁽ᵏ⁾).

        x⁽ᵏ⁾ is the text without its k highest ranked units, k from 0 (Samek et al., 2017,
        equation 12, for one text). The last unit stays: no head pools nothing.
        """
        return float(np.mean(self.score - self.deletion))

    @property
    def deletion_area(self) -> float:
        """Mean height of the deletion curve, by trapezoids: low where a ranking is good."""
        return _area(self.gone, self.deletion)

    @property
    def insertion_area(self) -> float:
        """Mean height of the insertion curve, by trapezoids: high where a ranking is good."""
        return _area(self.there, self.insertion)

    def _fall(self, share: float, steps: Places, scores: Floats) -> float:
        if self.units < 2:
            return float("nan")
        # Where steps take several units, the nearest step stands for the share.
        near = int(np.abs(steps - self.top(share)).argmin())
        return self.score - float(scores[near])


def ranking(values: Floats, units: Units) -> Places | None:
    """Removable units, the highest attribution first; of equal ones the left first.

    None where all values are equal, as those of mean pooling are, or unknown: they rank nothing.
    """
    places = np.flatnonzero(units.removable & np.isfinite(values))
    found = values[places]
    if len(places) < 2 or np.allclose(found, found[0], rtol=1e-6, atol=0):
        return None
    order: Places = places[np.argsort(-found, kind="stable")]
    rest = np.setdiff1d(np.flatnonzero(units.removable), order)
    return np.concatenate([order, rest])


def random_rankings(units: Units, draws: int) -> list[Places]:
    """Rankings that know nothing of the text: what every number is held against."""
    places = np.flatnonzero(units.removable)
    random = np.random.default_rng(SEED)
    return [random.permutation(places) for _ in range(draws)] if len(places) > 1 else []


def curves(
    scored: Scored, units: Units, rankings: Sequence[Places], removal: str = "pooling"
) -> list[Curves]:
    """Deletion and insertion curves of rankings, all of them scored together.

    Args:
        scored: the text in its head.
        units: its tokens or words.
        rankings: each holds every removable unit once.
        removal: `pooling` or `text`, see `glot.attributions.scored.Scored.without`.
    """
    removable = int(units.removable.sum())
    steps = _steps(removable, MOST_STEPS[removal])
    gone, there = steps[steps < removable], steps[steps > 0]
    away = [order[:k] for order in rankings for k in gone]
    away += [order[k:] for order in rankings for k in there]
    scores = scored.without(units.kept([each.tolist() for each in away]), removal)
    deletion, insertion = np.split(scores, [len(rankings) * len(gone)])
    return [
        Curves(removable, gone, falling, there, rising)
        for falling, rising in zip(
            deletion.reshape(len(rankings), -1), insertion.reshape(len(rankings), -1), strict=True
        )
    ]


def kendall(values: Floats, others: Floats) -> float | None:
    """Kendall's τ-b of two rows over the units where both are known; None where one ranks nothing.

    1: both rank alike, 0: as unlike as chance, −1: in opposite orders (Kendall, 1945).
    """
    from scipy.stats import kendalltau

    known = np.isfinite(values) & np.isfinite(others)
    if known.sum() < 2:
        return None
    found = float(kendalltau(values[known], others[known]).statistic)
    return None if np.isnan(found) else found


def _steps(units: int, most: int) -> Places:
    """Numbers of units, from 0 to all of them."""
    many = min(units, most)
    return np.unique(np.floor(np.arange(many + 1) * units / max(many, 1) + 0.5).astype(np.int64))


def _area(steps: Places, scores: Floats) -> float:
    if len(steps) < 2:
        return float(scores[0])
    return float(np.trapezoid(scores, steps) / (steps[-1] - steps[0]))
