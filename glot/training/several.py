"""Heads of several poolers on one task, one after another; a finished one is not trained again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from glot.files import disk_told, write_whole
from glot.heads.checkpoint import TrainedHead, load_head
from glot.tasks.own import OwnFile
from glot.training.reported import Reported, report_rows
from glot.training.run import Job, Report, train_head

# Beside the checkpoints while not all of them are there.
MARK = ".several.json"


@dataclass(frozen=True)
class Finished:
    """A trained head and what it says of the reported split.

    Nothing of a head that searches, nor of a single one on a task that is no file of the user's:
    its card tells what it scores.
    """

    trained: TrainedHead
    reported: Reported | None


def train_several(
    jobs: Sequence[Job],
    report: Report,
    train: Callable[[Job, Report], TrainedHead] = train_head,
) -> dict[str, Finished]:
    """Train each pooler's head; of a user's own file its predictions are written beside it.

    A call that is made again after it was cut off goes on where it was: heads that are finished
    are loaded, and the one that was under way resumes (`train_head`).

    Args:
        jobs: one for each pooler, of one task, backbone and setting, in folders side by side.
        report: hears of progress, as dicts with `pooler` beside what `train_head` tells.
        train: does what `train_head` does.

    Returns:
        By the pooler's name.

    Raises:
        GlotError: see `train_head`.
    """
    mark = _Mark(jobs)
    found = {}
    for job in jobs:
        name = job.pooler.name

        def told(event: dict[str, object], name: str = name) -> None:
            report({**event, "pooler": name})

        ready = name in mark.done()
        trained = load_head(job.out, job.backbone) if ready else train(job, told)
        own = isinstance(job.task.reader, OwnFile)
        wanted = (own or len(jobs) > 1) and job.task.kind != "contrastive"
        found[name] = Finished(trained, _reported(job, trained) if wanted else None)
        mark.add(name)
    mark.remove()
    return found


def _reported(job: Job, trained: TrainedHead) -> Reported:
    told = report_rows(trained, job.task, job.backbone, job.data, job.config.n_evaluation)
    if isinstance(job.task.reader, OwnFile):
        told.write(job.out)
    return told


class _Mark:
    """Which of several heads are finished, on disk while others are not.

    Args:
        jobs: all of them. A single one needs no mark: `train_head` resumes by itself.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        first = jobs[0]
        self.path: Path | None = first.out.parent / MARK if len(jobs) > 1 else None
        self.key = _key(jobs) if self.path else ""
        if first.fresh:
            self.remove()

    def done(self) -> list[str]:
        """Names of the poolers whose heads are finished."""
        try:
            kept = json.loads(self.path.read_text()) if self.path else {}
            return list(kept["done"]) if kept.get("key") == self.key else []
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []

    def add(self, name: str) -> None:
        if self.path is None:
            return
        done = [*self.done(), name]
        kept = {"key": self.key, "done": list(dict.fromkeys(done))}
        with disk_told(
            f"Training cannot write to {self.path.parent}",
            "Free space and run the same command again: it goes on where it was.",
        ):
            write_whole(self.path, json.dumps(kept))

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _key(jobs: Sequence[Job]) -> str:
    """A digest of all that the outcome depends on."""
    first = jobs[0]
    told = [
        first.backbone.fingerprint,
        str(first.backbone.dtype),
        first.task.name,
        [first.task.load(name, first.data).digest() for name in first.task.splits],
        [job.pooler.to_dict() for job in jobs],
        [job.head_config().to_dict() for job in jobs],
        asdict(first.config),
        first.layer,
        first.seeds,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
