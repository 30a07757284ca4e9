"""What a head said of each row of a reported split, kept beside its checkpoint without any text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.errors import GlotError
from glot.files import disk_told, whole
from glot.metrics import METRICS, interval

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.tasks.base import Task

FILE = "predictions.parquet"
NOTE = b"glot.reported"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reported:
    """Predictions on N rows, in the order in which the task gives them.

    Texts are not kept: who has the file finds them again, and `digest` tells whether they are the
    same.

    Attributes:
        split: the reported split.
        metrics: names in `glot.metrics.METRICS`, the selecting one first.
        classes: class names; empty where numbers are predicted.
        digest: of the rows (`LabelledTexts.digest`).
        labels: (N,) class numbers, or numbers.
        predicted: (N,) likewise.
        certainty: (N,) probability of the predicted class; of numbers, all NaN.
    """

    split: str
    metrics: tuple[str, ...]
    classes: tuple[str, ...]
    digest: str
    labels: Floats
    predicted: Floats
    certainty: Floats

    def __post_init__(self) -> None:
        sizes = {len(self.labels), len(self.predicted), len(self.certainty)}
        if len(sizes) != 1 or not sizes.isdisjoint({0}):
            raise GlotError(
                f"Predictions, labels and certainties of {sorted(sizes)} rows.",
                "Accepted: as many of each, and at least one.",
            )

    def score(self, metric: str = "") -> float:
        """A metric, by default the selecting one, times 100."""
        return METRICS[metric or self.metrics[0]](self.labels.tolist(), self.predicted.tolist())

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the selecting metric."""
        return interval(self.metrics[0], self.labels.tolist(), self.predicted.tolist())

    def confusion(self) -> npt.NDArray[np.int64]:
        """(C, C) rows by label (down) and predicted class (across)."""
        n = len(self.classes)
        cells = self.labels.astype(int) * n + self.predicted.astype(int)
        return np.bincount(cells, minlength=n * n).reshape(n, n)

    def errors(self) -> list[int]:
        """Places of the rows told wrong, the surest first; of numbers all, the farthest first."""
        if self.classes:
            wrong = np.flatnonzero(self.labels != self.predicted)
            order = np.argsort(-self.certainty[wrong], kind="stable")
        else:
            wrong = np.arange(len(self.labels))
            order = np.argsort(-np.abs(self.labels - self.predicted), kind="stable")
        return [int(place) for place in wrong[order]]

    def name(self, value: float) -> str:
        """A label or prediction for people."""
        return self.classes[int(value)] if self.classes else f"{value:.4g}"

    def write(self, folder: Path) -> None:
        """Write `FILE` into a checkpoint's folder.

        Raises:
            GlotError: it cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        about = {"split": self.split, "metrics": self.metrics, "classes": self.classes}
        note = {NOTE: json.dumps({**about, "digest": self.digest}).encode()}
        columns = {name: getattr(self, name) for name in ("labels", "predicted", "certainty")}
        told = disk_told(
            f"Predictions could not be written to {folder}",
            "Free space, then train again: what is finished is not repeated.",
        )
        with told, whole(folder / FILE) as aside:
            pq.write_table(pa.table(columns).replace_schema_metadata(note), aside)

    @classmethod
    def read(cls, folder: Path) -> Reported:
        """The inverse of `write`.

        Raises:
            GlotError: the file is missing or broken.
        """
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(folder / FILE)
            told: dict[str, Any] = json.loads(table.schema.metadata[NOTE])
            values = {
                name: table[name].to_numpy().astype(np.float64)
                for name in ("labels", "predicted", "certainty")
            }
            return cls(
                told["split"],
                tuple(told["metrics"]),
                tuple(told["classes"]),
                told["digest"],
                **values,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GlotError(
                f"There are no readable predictions in {folder}: {error}.",
                f"Accepted: {FILE} as training writes it.",
                "Train the head again.",
            ) from error


def report_rows(
    trained: TrainedHead, task: Task, backbone: Backbone, data: Path | None, n: int
) -> Reported:
    """What a head says of the first reported split of its task.

    Args:
        trained: a head that predicts classes or numbers.
        task: its task.
        backbone: its backbone; states that the store holds are not computed again.
        data: local folder of labelled data; None asks the hub.
        n: at most so many rows, drawn as `train_head` draws them; 0: all.

    Raises:
        GlotError: the data is not there, or the head searches for pairs.
    """
    import torch

    from glot.training.batches import evaluation_batches
    from glot.training.data import evaluation_rows, with_states
    from glot.training.evaluation import EVALUATION_BATCH, sentence_vectors
    from glot.training.store import StateStore

    if task.kind == "contrastive":
        raise GlotError(
            f"Predictions of {task.name}, whose heads search.",
            "Accepted: tasks with classes or numbers to predict.",
        )
    name = task.evaluation_splits[0]
    rows = evaluation_rows(task, data, n, (name,))[name]
    store = StateStore(backbone, trained.card.max_tokens, trained.card.layer)
    split = with_states(task, rows, store, lambda _: None)
    predicted, certainty = np.zeros(len(rows)), np.full(len(rows), np.nan)
    head = trained.head.eval()
    with torch.inference_mode():
        for batch in evaluation_batches(split.lengths, EVALUATION_BATCH):
            outputs = head(*sentence_vectors(head, split, batch, backbone.device)).float()
            predicted[batch] = head.predict(outputs).double().cpu().numpy()
            if task.labels:
                certainty[batch] = outputs.softmax(-1).max(-1).values.double().cpu().numpy()
    labels = np.asarray(rows.labels, dtype=np.float64)
    return Reported(name, task.metrics, task.labels, rows.digest(), labels, predicted, certainty)
