"""A small training run of the stress test behind the page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from app.services import jobs, models
from glot.experiments.tried_settings import Trial
from glot.plots.palette import title

if TYPE_CHECKING:
    from glot.experiments.row import Row

PREFIX = "stress-run "
# Shares of the bar: until token states are there, and until training is over.
STATES, FITTED = 0.4, 0.9


@dataclass(frozen=True)
class Moment:
    """One thing that a run has found on its way.

    Attributes:
        at: passes over the training texts so far.
        loss: of a step's batch; None after an epoch.
        validation: accuracy after an epoch, in percent; None after a step.
    """

    at: float
    loss: float | None = None
    validation: float | None = None


def start(trial: Trial, backbone: str) -> jobs.Job:
    """The job of these settings; its result is a ledger row that is in no ledger.

    Args:
        trial: what to train.
        backbone: name of the backbone.
    """

    def work(job: jobs.Job) -> Row:
        from glot.experiments.tried import try_head

        job.report(0.0, f"Loading {backbone}")
        model = models.backbone(backbone)
        return try_head(trial, model, _Listener(job, trial))

    key = PREFIX + json.dumps([backbone, asdict(trial)])
    name = f"{title(trial.pooler)} on {trial.n_texts:,} texts of {trial.task}, {backbone}"
    return jobs.start(key, name, work, "long")


def settings_of(job: jobs.Job) -> tuple[str, Trial]:
    """Backbone and settings that a job was started with."""
    backbone, settings = json.loads(job.key.removeprefix(PREFIX))
    return backbone, Trial(**settings)


def curves(job: jobs.Job) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(losses, scores) of a run so far, as `glot.plots.stress_own.run_figure` takes them."""
    moments: list[Moment] = list(job.points)
    losses = [(each.at, each.loss) for each in moments if each.loss is not None]
    scores = [(each.at, each.validation) for each in moments if each.validation is not None]
    return losses, scores


class _Listener:
    """Makes of a run's events the job's progress and points."""

    def __init__(self, job: jobs.Job, trial: Trial) -> None:
        self.job, self.trial = job, trial
        self.fitting = False

    def __call__(self, event: dict[str, Any]) -> None:
        if event["stage"] == "states":
            share = event["done"] / max(event["of"], 1)
            at = FITTED + (1 - FITTED) * share if self.fitting else STATES * share
            self.job.report(at, f"Token states of {event['done']:,} of {event['of']:,} texts")
            return
        self.fitting = True
        epoch, epochs = event["epoch"], self.trial.epochs
        if "validation" in event:
            self.job.points.append(Moment(epoch + 1.0, validation=event["validation"]))
            at, told = epoch + 1.0, f"validation accuracy {event['validation']:.1f} %"
        else:
            at = epoch + event["step"] / event["steps"]
            self.job.points.append(Moment(at, loss=event["loss"]))
            told = f"loss {event['loss']:.3f}"
        share = STATES + (FITTED - STATES) * at / epochs
        self.job.report(share, f"Epoch {min(epoch + 1, epochs)} of {epochs}, {told}")
