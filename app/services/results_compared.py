"""What the graph adds, for Benchmarks: comparisons whose intervals are drawn in the background."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.services import jobs
from app.services.jobs import Job
from app.services.results import Board, Wanted

if TYPE_CHECKING:
    from glot.experiments.comparisons import Comparison

# Seconds that a page waits for intervals before it says that they are on their way.
WAIT = 0.4


def comparisons(board: Board) -> Job:
    """What the graph adds, by experiment: a job whose result are `Comparison`s.

    Intervals take seconds the first time; then they lie on disk, and the job is done at once.
    """
    from glot.experiments.kept_comparisons import kept_comparisons

    def work(job: Job) -> Any:
        def told(done: int, of: int) -> None:
            job.report(done / of, f"{done} of {of} places")

        return kept_comparisons(board.rows, board.experiment, told)

    job = jobs.start(
        f"comparisons of {board.experiment} {board.stamp}", "Drawing 95 % intervals", work
    )
    end = time.monotonic() + WAIT
    while not job.over and time.monotonic() < end:
        time.sleep(0.01)
    return job


def compared(found: Sequence[Comparison], board: Board, wanted: Wanted) -> list[Comparison]:
    """Those comparisons that lie in the part of the table that is shown."""
    groups = dict(board.lines[["task", "group"]].itertuples(index=False, name=None))
    return [
        each
        for each in found
        if (not wanted.backbones or each.backbone in wanted.backbones)
        and wanted.regime in ("", each.regime)
        and wanted.group in ("", groups.get(each.task))
    ]
