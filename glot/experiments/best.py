"""Which numbers of a table are its best: those that the seeds cannot tell apart from the highest.

Numbers are held against each other where they were made alike: in one column, on one backbone,
under one regime of ours or in one table of the paper's; ours and the paper's never meet. Of ours
the highest is marked, and with it every number whose difference to it Welch's t-test over the
seeds does not tell from zero at 5 %. A number without a spread (the paper's, a single seed) is
marked only where it is the highest or equals it. Costs are not marked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glot.experiments.tables import records_of

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.05
BLOCK = ["source", "backbone", "regime", "task", "split", "metric"]
# Costs are no contest, and a number that tells another one's spread is none either.
COSTS = (
    "train_ms",
    "train_mib",
    "inference_ms",
    "inference_mib",
    "parameters",
    "graph_ms",
    "backbone_ms",
    "overhead_percent",
    "gpu_memory_gb",
    "runtime_ms",
    "runtime_std_ms",
    "runtime_s",
    "runtime_std_s",
    "max_context",
    "graph_construction_ms",
    "graph_std_ms",
    "total_runtime_ms",
    "total_std_ms",
)


def best(frame: pd.DataFrame) -> pd.Series:
    """Whether each line of a summary is among the best of its block.

    Args:
        frame: with the columns of `glot.experiments.tables.COLUMNS`; lines without a value are
            never marked, nor is a line that has nothing beside it.

    Returns:
        A truth value for each line, with the frame's index.
    """
    import pandas as pd

    marked = pd.Series(False, index=frame.index)
    measured = frame[frame["value"].notna() & ~frame["metric"].isin(COSTS)]
    for _, block in measured.groupby(BLOCK, sort=False):
        if len(block) > 1:
            marks = _marks(records_of(block))
            marked |= pd.Series(marks, index=block.index).reindex(marked.index, fill_value=False)
    return marked


def _marks(lines: Sequence[dict[str, Any]]) -> list[bool]:
    top = max(lines, key=lambda line: line["value"])
    return [line["value"] == top["value"] or not _apart(top, line) for line in lines]


def _apart(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two different means are told apart, by Welch's test where both have a spread."""
    # Not `scipy.stats`, which takes a second to load.
    from scipy.special import stdtr

    deviations = a["deviation"], b["deviation"]
    if not all(math.isfinite(d) for d in deviations) or not any(deviations):
        return True
    shares = [line["deviation"] ** 2 / line["seeds"] for line in (a, b)]
    squares = sum(s**2 / (line["seeds"] - 1) for s, line in zip(shares, (a, b), strict=True))
    t = abs(a["value"] - b["value"]) / math.sqrt(sum(shares))
    return bool(2 * stdtr(sum(shares) ** 2 / squares, -t) < ALPHA)
