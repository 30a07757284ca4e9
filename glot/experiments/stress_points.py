"""The stress test's ledger rows as points of a curve: accuracy at a ratio, and what fails there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.experiments.base import ABLATIONS
from glot.experiments.paper import numbers_of
from glot.experiments.row import Row, unpack_hits
from glot.poolers import POOLERS
from glot.tasks.stress import LABELS, RATIOS, StressTexts, generate

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT = "stress"
# The highest ratio of the paper, and the one whose heads ship.
SHIPPED_RATIO = 0.9
# Regimes that `glot reproduce stress` measures of each protocol, and at which ratios; the first
# is the one to look at first.
PLANNED: dict[str, dict[str, tuple[float, ...]]] = {
    "strict": {"chosen": RATIOS["strict"], "searched": (0.9,), "fixed": (0.9,)},
    "paper": {"searched": RATIOS["paper"], "fixed": RATIOS["paper"]},
    "released": {"searched": RATIOS["released"], "fixed": (0.9,)},
}
REGIMES = {
    "chosen": "settings chosen on nouns and templates that training has not seen",
    "searched": "settings searched for on validation texts like those of training",
    "fixed": "the paper's settings, nothing searched for",
    "tried": "a run of your own from this page, not part of the ledger",
}


@dataclass(frozen=True)
class StressPoint:
    """One method at one distractor ratio.

    Attributes:
        method: as the ledger names it.
        ratio: distractor ratio.
        rows: one for each seed, by seed.
    """

    method: str
    ratio: float
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """Names it in links: `glot@0.9`."""
        return f"{self.method}@{self.ratio:g}"

    @property
    def values(self) -> tuple[float, ...]:
        """Accuracy of each seed, in percent."""
        return tuple(row.value for row in self.rows)


@dataclass(frozen=True)
class SeedCounts:
    """How many of each class a seed's head told right and wrong.

    Attributes:
        seed: of weights and order.
        right: of class 0 and of class 1.
        wrong: of class 0 and of class 1: told to be of the other class.
    """

    seed: int
    right: tuple[int, int]
    wrong: tuple[int, int]


@dataclass(frozen=True)
class Failure:
    """A test text that some seeds' heads told wrong.

    Attributes:
        number: of the text in the test split, from 0.
        text: the text.
        signal: (start, end) of the signal phrase in `text.split()`.
        label: class number; all these heads said the other one.
        seeds: of the heads that were wrong.
    """

    number: int
    text: str
    signal: tuple[int, int]
    label: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Inspection:
    """A point's confusion counts and failing texts.

    Attributes:
        labels: class names.
        n_eval: texts of the test split.
        counts: of each seed.
        failures: those that most seeds fail first.
    """

    labels: tuple[str, ...]
    n_eval: int
    counts: tuple[SeedCounts, ...]
    failures: tuple[Failure, ...]


def stress_points(
    rows: Iterable[Row], protocol: str, backbone: str, regime: str, ablations: bool = True
) -> tuple[StressPoint, ...]:
    """Points by method: poolers in the order of their list, ablations last; each by ratio.

    Args:
        rows: of the experiment `stress`, as `glot.experiments.tables.current` gives them.
        protocol: of the stress test.
        backbone: name of the backbone.
        regime: see `REGIMES`.
        ablations: whether heads on random and on all edges are among them.
    """
    found: dict[tuple[str, float], dict[int, Row]] = {}
    for row in rows:
        place = (row.protocol, row.backbone, row.regime, row.split, row.metric)
        if place != (protocol, backbone, regime, "test", "accuracy") or row.ratio is None:
            continue
        if ablations or row.method not in ABLATIONS:
            found.setdefault((row.method, row.ratio), {})[row.seed] = row
    order = (*POOLERS.names(), *ABLATIONS)
    return tuple(
        StressPoint(method, ratio, tuple(row for _, row in sorted(found[method, ratio].items())))
        for method, ratio in sorted(found, key=lambda key: (order.index(key[0]), key[1]))
        if method in order
    )


def point_frame(points: Sequence[StressPoint]) -> pd.DataFrame:
    """Points as `glot.plots.stress` takes them.

    Returns:
        Columns name, method, pooler, ratio, value (mean over the seeds), low, high (of the
        seeds), deviation (0 with one seed), seeds, texts.
    """
    import pandas as pd

    records = [
        {
            "name": point.name,
            "method": point.method,
            "pooler": point.rows[0].pooler,
            "ratio": point.ratio,
            "value": mean(point.values),
            "low": min(point.values),
            "high": max(point.values),
            "deviation": stdev(point.values) if len(point.values) > 1 else 0.0,
            "seeds": len(point.values),
            "texts": point.rows[0].n_eval,
        }
        for point in points
    ]
    columns = [
        "name",
        "method",
        "pooler",
        "ratio",
        "value",
        "low",
        "high",
        "deviation",
        "seeds",
        "texts",
    ]
    return pd.DataFrame(records, columns=columns)


def paper_curves(backbone: str) -> pd.DataFrame:
    """The paper's Table 7 of one of its backbones: columns method, pooler, ratio, value."""
    import pandas as pd

    records = [(n.method, n.pooler, n.ratio, n.value) for n in numbers_of(EXPERIMENT, backbone)]
    return pd.DataFrame(records, columns=["method", "pooler", "ratio", "value"])


def paper_backbones() -> tuple[str, ...]:
    """Backbones of the paper's Table 7, in its order."""
    return tuple(dict.fromkeys(number.backbone for number in numbers_of(EXPERIMENT)))


def missing_ratios(points: Sequence[StressPoint], protocol: str, regime: str) -> tuple[float, ...]:
    """Planned ratios of a protocol and regime that no point is at."""
    here = {point.ratio for point in points}
    planned = PLANNED[protocol].get(regime, ())
    return tuple(ratio for ratio in planned if ratio not in here)


def measure_command(backbone: str, protocol: str, regime: str, ratio: float | None = None) -> str:
    """What would measure the points of one ratio, or of a whole protocol."""
    place = f"stress-{protocol}-" + ("" if ratio is None else f"{ratio:g}/")
    only = f"--only {place} --only {regime}"
    return f"glot reproduce {EXPERIMENT} --backbone {backbone} {only}"


def split_of(row: Row) -> StressTexts:
    """The test texts that a row was measured on, made again, in the order of its `hits`.

    Raises:
        GlotError: the row is none of the stress test.
    """
    if row.ratio is None or row.protocol not in LABELS or row.split != "test":
        raise GlotError(
            f"The row {row.cell} ({row.split}).", "Accepted: rows of the stress test's test split."
        )
    return generate(row.protocol, "test", row.ratio, row.n_eval)


def inspect(point: StressPoint) -> Inspection:
    """Confusion counts and failing texts of a point.

    The ledger keeps which examples were right; with two classes that tells what was predicted.
    Seeds that were scored on another number of texts than most are left out.

    Raises:
        GlotError: no row keeps its `hits`.
    """
    sizes = Counter(row.n_eval for row in point.rows if row.hits)
    if not sizes:
        raise GlotError(
            f"The rows of {point.name} do not say which texts were right.",
            "Accepted: rows with hits, as `glot reproduce stress` writes them.",
        )
    n_eval = sizes.most_common(1)[0][0]
    hits = {row.seed: unpack_hits(row) for row in point.rows if row.hits and row.n_eval == n_eval}
    texts = split_of(_of(point, n_eval))
    failed = [
        tuple(seed for seed, right in hits.items() if not right[number]) for number in range(n_eval)
    ]
    worst = sorted((n for n in range(n_eval) if failed[n]), key=lambda n: (-len(failed[n]), n))
    return Inspection(
        labels=LABELS[point.rows[0].protocol],
        n_eval=n_eval,
        counts=tuple(_counts(seed, right, texts.labels) for seed, right in hits.items()),
        failures=tuple(
            Failure(n, texts.texts[n], texts.signals[n], texts.labels[n], failed[n]) for n in worst
        ),
    )


def _of(point: StressPoint, n_eval: int) -> Row:
    return next(row for row in point.rows if row.n_eval == n_eval)


def _counts(seed: int, right: Sequence[bool], labels: Sequence[int]) -> SeedCounts:
    counted = Counter(zip(labels, right, strict=True))
    return SeedCounts(
        seed,
        right=(counted[0, True], counted[1, True]),
        wrong=(counted[0, False], counted[1, False]),
    )
