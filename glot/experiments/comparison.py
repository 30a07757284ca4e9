"""Two methods on the same examples, and all methods on one scale (paper, appendix C, Figure 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glot.errors import GlotError
from glot.experiments.row import Row, unpack_hits

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 1_000
LEVEL = 0.95
# Figure 4's task categories.
CATEGORIES = {
    "single sentence": ("cola", "sst2"),
    "similarity and paraphrase": ("stsb", "mrpc", "qqp"),
    "inference": ("mnli", "qnli", "rte", "wnli"),
}
# What Table 1 reports of a task; accuracy of the others.
METRICS = {"cola": "matthews", "stsb": "spearman", "mrpc": "f1", "qqp": "f1"}


@dataclass(frozen=True)
class PairedDifference:
    """How much better one method is than another, on the same examples with the same seeds.

    Right or wrong is all that is kept of an example, so a difference over examples is one of
    accuracy, whatever the rows' own metric; that of the seeds is always in the rows' metric.

    Attributes:
        difference: mean over seeds (and examples), in points of `metric`.
        low: lower end of its 95 % interval; None with fewer than two to draw from.
        high: upper end.
        metric: `accuracy` over examples, else the rows' metric.
        over: what is drawn for the interval: `seeds and examples`, `examples` (of a single seed)
            or `seeds`.
        n_seeds: seeds that both methods were run with.
        n_examples: examples of the reported split.
        seed_metric: the rows' metric.
        seed_mean: mean over the seeds of the difference in `seed_metric`.
        seed_min: the smallest.
        seed_max: the largest.
    """

    difference: float
    low: float | None
    high: float | None
    metric: str
    over: str
    n_seeds: int
    n_examples: int
    seed_metric: str
    seed_mean: float
    seed_min: float
    seed_max: float


def paired_difference(rows_a: Sequence[Row], rows_b: Sequence[Row]) -> PairedDifference:
    """Method a minus method b, paired by seed and, where rows hold `hits`, by example.

    Args:
        rows_a: of one method, one row a seed.
        rows_b: of another, on the same task, split, metric and backbone.

    Raises:
        GlotError: the rows are of different things, a seed comes twice, or none is in both.
    """
    about = {(row.task, row.split, row.metric, row.backbone) for row in (*rows_a, *rows_b)}
    if len(about) != 1:
        raise GlotError(
            f"Rows of {len(about)} tasks, splits, metrics or backbones.",
            "Accepted: two methods' rows of one task, split, metric and backbone.",
        )
    a, b = _by_seed(rows_a), _by_seed(rows_b)
    seeds = [seed for seed in a if seed in b]
    if not seeds:
        raise GlotError(
            f"Seeds {sorted(a)} and {sorted(b)}.", "Accepted: at least one seed in common."
        )
    by_seed = np.array([a[seed].value - b[seed].value for seed in seeds])
    metric = a[seeds[0]].metric
    paired = [row for seed in seeds for row in (a[seed], b[seed])]
    over_examples = all(row.hits for row in paired) and len({row.n_eval for row in paired}) == 1
    values = _by_example(a, b, seeds) if over_examples else by_seed[:, None]
    low, high = crossed_interval(values)
    return PairedDifference(
        difference=float(values.mean()),
        low=low,
        high=high,
        metric="accuracy" if over_examples else metric,
        over=_drawn(values.shape),
        n_seeds=len(seeds),
        n_examples=a[seeds[0]].n_eval,
        seed_metric=metric,
        seed_mean=float(by_seed.mean()),
        seed_min=float(by_seed.min()),
        seed_max=float(by_seed.max()),
    )


def crossed_interval(
    values: npt.NDArray[np.float64], seed: int = 42
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % percentile bootstrap interval of a mean over seeds and examples.

    Seeds and examples are drawn independently of each other, so that the interval is as wide as
    both make it: other seeds would have given other heads, other examples another test set. A
    dimension of size 1 is left as it is.

    Args:
        values: (S, N), one row a seed, one column an example.
        seed: of the draws.

    Returns:
        The ends; None where there is nothing to draw from.
    """
    from scipy.stats import bootstrap

    drawn = [np.arange(size) for size in values.shape if size > 1]
    if not drawn:
        return None, None

    def statistic(*indices: npt.NDArray[np.int64]) -> float:
        left = iter(indices)
        picked = [next(left) if size > 1 else np.zeros(1, np.int64) for size in values.shape]
        return float(values[np.ix_(*picked)].mean())

    bounds = bootstrap(
        drawn,
        statistic,
        vectorized=False,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(bounds.low), float(bounds.high)


def _drawn(shape: tuple[int, ...]) -> str:
    """What an interval over values of this shape draws from, in words."""
    names = [name for name, size in zip(("seeds", "examples"), shape, strict=True) if size > 1]
    return " and ".join(names) or "nothing"


def group_of(task: str, protocol: str) -> str:
    """What a task stands under in a table: its protocol, else Figure 4's category, else nothing."""
    if protocol:
        return f"{protocol} protocol"
    return next((name for name, tasks in CATEGORIES.items() if task in tasks), "")


def z_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Each method's z-score, averaged within task categories (paper, appendix C, Figure 4).

    z = (score − μ) / σ over the methods of one backbone, task and split (σ of the population; 0
    where all methods are equal). MNLI's two splits count as one task. A task that some of the
    methods were not measured on is left out, for its μ would be another one's.

    Args:
        scores: columns backbone, method, task, split, metric, value, and regime where there are
            several, as in `glot.experiments.tables.summary` or `glot.experiments.paper`. Tasks
            and metrics that Figure 4 does not have are left out.

    Returns:
        Columns backbone, regime (where given), method, category, z, tasks (how many).
    """
    category = {task: name for name, tasks in CATEGORIES.items() for task in tasks}
    wanted = scores["task"].map(METRICS).fillna("accuracy") == scores["metric"]
    chosen = scores[wanted].assign(category=scores["task"].map(category))
    chosen = chosen.dropna(subset=["category"])
    setting = [name for name in ("backbone", "regime") if name in chosen]
    every = chosen.groupby(setting)["method"].transform("nunique")
    one = chosen.groupby([*setting, "task", "split"])
    chosen = chosen.assign(
        complete=one["method"].transform("nunique") == every,
        mean=one["value"].transform("mean"),
        deviation=one["value"].transform("std", ddof=0),
    )
    chosen = chosen[chosen["complete"]]
    spread = chosen["deviation"].where(chosen["deviation"] > 0, 1.0)
    chosen = chosen.assign(z=(chosen["value"] - chosen["mean"]) / spread)
    keys = [*setting, "method", "category"]
    tasks = chosen.groupby([*keys, "task"], sort=False)["z"].mean()
    found: pd.DataFrame = (
        tasks.groupby(level=keys, sort=False).agg(z="mean", tasks="size").reset_index()
    )
    return found


def _by_seed(rows: Sequence[Row]) -> dict[int, Row]:
    found = {row.seed: row for row in rows}
    if len(found) != len(rows):
        raise GlotError(
            f"{len(rows)} rows of {len(found)} seeds.", "Accepted: one row of each seed."
        )
    return found


def _by_example(
    a: dict[int, Row], b: dict[int, Row], seeds: Sequence[int]
) -> npt.NDArray[np.float64]:
    """(S, N) each seed's and example's difference, in percentage points."""
    each = [
        np.array(unpack_hits(a[seed]), dtype=float) - np.array(unpack_hits(b[seed]), dtype=float)
        for seed in seeds
    ]
    found: npt.NDArray[np.float64] = 100.0 * np.stack(each)
    return found
