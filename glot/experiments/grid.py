"""The whole grid of Table 6 (paper, B.1) for GLOT, where other experiments draw a few points of it.

Thousands of trials a task: work for a cluster (`glot reproduce grid --ray`), which may stop those
early that others have left behind (ASHA). Such a trial is a row of the regime `stopped`, and the
rows of the chosen head, regime `grid`, tell how many there were. Without a cluster no trial is
stopped, so the point that is chosen may differ.
"""

from __future__ import annotations

from glot.config import PoolerConfig
from glot.experiments.base import Cell, Experiment, Scope
from glot.experiments.glue import sample_of
from glot.experiments.head_plan import HeadPlan
from glot.experiments.space import every_point

TABLE = "Table 6"
TASKS = ("cola", "stsb", "rte")
# With η = 3 trials are weighed after epochs 1 and 3.
EPOCHS = 9
FACTOR = 3


def cells(scope: Scope) -> list[Cell]:
    """Task by task: every point of the grid, then the best one with every seed."""
    plans = [
        HeadPlan(
            "grid",
            TABLE,
            task,
            every_point(PoolerConfig("glot")),
            regime="grid",
            sample=sample_of(scope.backbone),
            epochs=EPOCHS,
            halving=FACTOR,
        )
        for task in TASKS
    ]
    return [cell for plan in plans for cell in plan.cells(scope)]


GRID = Experiment("grid", "The grid of settings", TABLE, cells)
