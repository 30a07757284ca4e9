"""Curves of training for TensorBoard: an option, and training does not know of it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError
from glot.extras import need
from glot.heads.checkpoint import TrainedHead, checkpoint_folder
from glot.poolers import POOLERS
from glot.training.run import Job, Report, train_head

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def check_tracking(folder: Path) -> None:
    """Check that curves can be written, before a model is loaded for them.

    Raises:
        GlotError: TensorBoard is not installed, or the folder cannot be written to.
    """
    need("tensorboard", "--track writes its files.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlotError(
            f"--track {folder} cannot be written to: {error.strerror}.",
            "Accepted: a folder that you may write to.",
            "Name another one.",
        ) from error


def train_tracked(job: Job, report: Report, folder: Path) -> TrainedHead:
    """`train_head`, with its curves written to a folder.

    Args:
        job: see `train_head`.
        report: hears of progress, too.
        folder: what `tensorboard --logdir` is given; trainings share it.

    Raises:
        GlotError: see `train_head` and `check_tracking`.
    """
    check_tracking(folder)
    with TensorBoardReport(job, folder) as tracker:
        trained = train_head(job, several(report, tracker))
        tracker.finish(trained)
    return trained


def several(*reports: Report) -> Report:
    """One listener that tells others, in their order."""

    def tell(event: dict[str, Any]) -> None:
        for report in reports:
            report(event)

    return tell


class TensorBoardReport:
    """Writes the loss of every step and the validation score of every epoch of every run.

    A run's folder is `<folder>/<backbone>/<task>/<pooler>/seed-…,lr-…,tau-…`. A training that is
    resumed goes on where it was stopped: steps that are done again take the place of the old ones.

    Args:
        job: what is trained.
        folder: of all trainings.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._root = checkpoint_folder(job.backbone.name, job.task.name, job.pooler.name, folder)
        self._uses_graph = POOLERS.get(job.pooler.name).uses_graph
        self._writers: dict[str, SummaryWriter] = {}

    def __enter__(self) -> TensorBoardReport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def __call__(self, event: dict[str, Any]) -> None:
        """Hear of progress: see `glot.training.run.train_head`."""
        if event["stage"] != "fit":
            return
        name = self._name(event["seed"], event["lr"], event["tau"])
        if "validation" in event:
            writer = self._writer(name)
            writer.add_scalar("validation", event["validation"], event["epoch"] + 1)
            return
        step = event["epoch"] * event["steps"] + event["step"]
        self._writer(name, step).add_scalar("loss", event["loss"], step)

    def finish(self, trained: TrainedHead) -> None:
        """Write settings and scores of every run, and what the kept heads score when reported.

        Args:
            trained: what came of the job.
        """
        card, first = trained.card, self._job.config.seed
        kept = self._name(first, card.training["lr"], card.pooler.tau)
        reported = self._reported(card.metrics)
        for run in card.training["search"]:
            scores = [epoch["validation"] for epoch in run["history"]]
            best = max(scores, default=card.metrics["validation"])
            name = self._name(first, run["lr"], run["tau"])
            self._settle(name, first, run, best, reported[0] if name == kept else {})
        over = card.metrics.get("seeds", {"seeds": [first], "validation": []})
        chosen = {"lr": card.training["lr"], "tau": card.pooler.tau}
        for i, seed in enumerate(over["seeds"][1:], start=1):
            name = self._name(seed, chosen["lr"], chosen["tau"])
            self._settle(name, seed, chosen, over["validation"][i], reported[i])

    def _reported(self, metrics: dict[str, Any]) -> list[dict[str, float]]:
        """For each seed, the selecting metric on the reported splits."""
        metric, splits = metrics["metric"], metrics["evaluation"]
        if "seeds" not in metrics:
            return [{f"{split} {metric}": scores[metric] for split, scores in splits.items()}]
        over = metrics["seeds"]
        return [
            {f"{split} {metric}": over[split]["values"][i] for split in splits}
            for i in range(len(over["seeds"]))
        ]

    def _settle(
        self, name: str, seed: int, run: dict[str, Any], best: float, reported: dict[str, float]
    ) -> None:
        settings = {
            "backbone": self._job.backbone.name,
            "task": self._job.task.name,
            "pooler": self._job.pooler.name,
            "seed": seed,
            "lr": run["lr"],
            **({"tau": run["tau"]} if self._uses_graph else {}),
        }
        scores = {"best validation": best, **reported}
        # Beside the curves: by default they would get a folder, and a colour, of their own.
        self._writer(name).add_hparams(settings, scores, run_name=".")

    def _name(self, seed: int, lr: float, tau: float) -> str:
        return f"seed-{seed},lr-{lr:g}" + (f",tau-{tau:g}" if self._uses_graph else "")

    def _writer(self, name: str, step: int | None = None) -> SummaryWriter:
        """A run's writer; what an earlier writer said of this step and later ones is dropped."""
        from torch.utils.tensorboard import SummaryWriter

        if name not in self._writers:
            self._writers[name] = SummaryWriter(str(self._root / name), purge_step=step)
        return self._writers[name]
