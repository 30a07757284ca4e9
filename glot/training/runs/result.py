"""What came of a run: its table, and what its heads said of each reported row."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError
from glot.heads.checkpoint import CARD, README, WEIGHTS
from glot.tasks.own import own_task
from glot.training.compared import ComparedHead
from glot.training.reported import Reported

if TYPE_CHECKING:
    import pandas as pd

    from glot.tasks.base import LabelledTexts
    from glot.training.runs.folder import Run


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        table: one line a pooler.
        rows: the reported rows.
        classes: class names; empty where numbers are predicted.
        reported: predictions by pooler, on these rows.
    """

    table: tuple[ComparedHead, ...]
    rows: LabelledTexts
    classes: tuple[str, ...]
    reported: dict[str, Reported]

    def frame(self, pooler: str) -> pd.DataFrame:
        """A pooler's predictions beside the texts: text, label, predicted and more."""
        import pandas as pd

        own = self.reported[pooler]
        columns: dict[str, Any] = {"text": self.rows.texts}
        if self.rows.others:
            columns["text_b"] = self.rows.others
        if self.classes:
            columns["label"] = [own.name(value) for value in own.labels]
            columns["predicted"] = [own.name(value) for value in own.predicted]
            columns["probability"] = own.certainty
        else:
            columns |= {"label": own.labels, "predicted": own.predicted}
        return pd.DataFrame(columns)


def read_result(run: Run) -> Result:
    """What came of a finished run.

    Raises:
        GlotError: a head or the copy of the data is gone, or was changed.
    """
    from glot.training.data import evaluation_rows

    table = _table(run)
    task = own_task(run.data, run.request.columns, run.test)
    (rows,) = evaluation_rows(task, None, run.request.n_evaluation).values()
    reported = {line.pooler: Reported.read(run.checkpoint(line.pooler)) for line in table}
    for name, own in reported.items():
        if own.digest != rows.digest():
            raise GlotError(
                f"The predictions of {name} are of other rows than the run's data.",
                "Accepted: heads and data as the run left them.",
                "Train again from the file.",
            )
    return Result(table, rows, task.labels, reported)


def _table(run: Run) -> tuple[ComparedHead, ...]:
    try:
        return tuple(ComparedHead(**line) for line in run.state().table)  # type: ignore[arg-type]
    except TypeError as error:
        raise GlotError(
            f"The table of the run {run.name} cannot be read.",
            "Accepted: state.json as the run left it.",
            "Train again from the file.",
        ) from error


def head_zip(folder: Path) -> bytes:
    """A checkpoint as one file: weights, settings and model card; none of the user's rows.

    Raises:
        GlotError: the checkpoint is not there.
    """
    content = io.BytesIO()
    try:
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in (WEIGHTS, CARD, README):
                archive.write(folder / name, f"{folder.name}/{name}")
    except OSError as error:
        raise GlotError(
            f"The head in {folder} cannot be read: {error}.",
            "Accepted: a checkpoint as training writes it.",
            "Train it again.",
        ) from error
    return content.getvalue()
