"""Doing what a run asks for; done again after a kill, it goes on where it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, replace

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.heads.checkpoint import TrainedHead
from glot.poolers import for_backbone
from glot.tasks.own import own_task
from glot.training.compared import compare
from glot.training.resume import BrokenProgressError
from glot.training.run import Job, Report, train_head
from glot.training.runs.folder import Run
from glot.training.runs.pace import Pace, Standing
from glot.training.several import train_several

# Seconds between two looks of the disk at where a run stands.
WRITE_EVERY = 1.0


def carry_out(run: Run, backbone: Backbone, report: Callable[[Standing], None]) -> None:
    """Train all heads of a run; its state on disk says at any moment where it stands.

    What `report` raises ends it: half-finished work stays, and a further call resumes it.

    Args:
        run: what to do.
        backbone: of the run's name.
        report: hears where it stands, after every step.

    Raises:
        GlotError: see `glot.training.run.train_head`; the state says so too.
    """
    with run.held():
        began, before = time.monotonic(), run.state().seconds

        def spent() -> float:
            return before + time.monotonic() - began

        try:
            table = _table(run, backbone, _Told(run, report, spent))
        except GlotError as error:
            run.write(stage="failed", told=str(error), seconds=spent())
            raise
        except BaseException:
            run.write(stage="cancelled", told="Stopped", seconds=spent())
            raise
        run.write(stage="done", share=1.0, told="Done", seconds=spent(), table=table)


def _table(run: Run, backbone: Backbone, told: _Told) -> tuple[dict[str, object], ...]:
    request = run.request
    run.write(stage="running", told="Reading the file")
    run.check_data()
    task = own_task(run.data, request.columns, run.test, alive=told.alive)
    fitting = {
        each.name: each
        for each in (for_backbone(request.pooler(name), backbone.kind) for name in request.poolers)
    }
    rows = sum(len(task.load(split)) for split in task.splits)
    told.pace = Pace(tuple(fitting), request.epochs, rows)
    jobs = [
        Job(task, backbone, each, request.config, run.checkpoint(name), alive=told.alive)
        for name, each in fitting.items()
    ]
    found = train_several(jobs, told, _train)
    compared = {
        name: (each.trained.card, each.reported)
        for name, each in found.items()
        if each.reported is not None
    }
    return tuple(asdict(line) for line in compare(compared))


def _train(job: Job, report: Report) -> TrainedHead:
    """`train_head`; what was half-finished and is broken begins anew, for nobody can mend it."""
    try:
        return train_head(job, report)
    except BrokenProgressError as error:
        logging.getLogger(__name__).warning("%s It starts over.", error.given)
        return train_head(replace(job, fresh=True), report)


class _Told:
    """Passes on where a run stands, and writes it down every second."""

    def __init__(
        self, run: Run, report: Callable[[Standing], None], spent: Callable[[], float]
    ) -> None:
        self.run, self.report, self.spent = run, report, spent
        self.pace: Pace | None = None
        self.standing = Standing(run.state().share, None, "Reading the file")
        self._written = -WRITE_EVERY

    def alive(self) -> None:
        """Reading and cutting have no steps to tell of, but end where `report` raises."""
        self.report(self.standing)

    def __call__(self, event: dict[str, object]) -> None:
        assert self.pace is not None
        self.standing = standing = self.pace.hear(event)
        now = time.monotonic()
        if now - self._written >= WRITE_EVERY:
            self._written = now
            self.run.write(share=standing.share, told=standing.told, seconds=self.spent())
        self.report(standing)
