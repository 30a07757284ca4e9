"""Rows of trials that may be ended before their last epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glot.experiments.row import Row

# The regime of a trial that was ended early.
STOPPED = "stopped"
# The stage of an event that brings the row of a trial that would end there.
TRIAL = "trial"

Report = Callable[[dict[str, Any]], None]


def told_rows(report: Report, unfinished: Row, epochs: int) -> Report:
    """A report of the training loop that tells the row so far after every epoch but the last.

    Args:
        report: hears of everything, and of the row as a dict with `stage` `TRIAL`, `epoch` (from
            1) and `row`.
        unfinished: the row without what training finds.
        epochs: of a trial that is not stopped.
    """
    began = time.perf_counter()

    def tell(event: dict[str, Any]) -> None:
        report(event)
        done = event["epoch"] + 1
        if "validation" not in event or done == epochs:
            return
        found = {"best_epoch": event["best_epoch"], "validation": event["best"], "stopped": done}
        row = replace(
            unfinished,
            value=event["best"],
            settings={**unfinished.settings, **found},
            seconds=round(unfinished.seconds + time.perf_counter() - began, 2),
        )
        report({"stage": TRIAL, "epoch": done, "row": row})

    return tell
