"""Published data sets: a local folder of parquet files, or the hub by the `datasets` library."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glot.errors import GlotError
from glot.tasks.base import LabelledTexts


@dataclass(frozen=True)
class Published:
    """Reads one data set.

    A local folder holds `<task>/<split>.parquet` with the columns `text` (or `text_a` and
    `text_b`) and `label`, the labels numbered as the task numbers them.

    Attributes:
        repository: of the hub.
        configuration: of the hub's repository; None where it has only one.
        splits: our split name → the hub's.
        columns: the hub's column of texts, or its two columns of a pair.
        label_names: the hub's own names of the classes in our order; checked, because the
            numbering differs between data sets. Empty for numbers that are predicted.
        rows: makes (text, other, label) rows of one row of the hub, where columns are not enough.
        grouped: rows that share their first text never part when train is cut.
    """

    repository: str
    configuration: str | None
    splits: Mapping[str, str]
    columns: tuple[str, ...] = ("text",)
    label_names: tuple[str, ...] = ()
    rows: Callable[[dict[str, Any]], Iterable[tuple[str, str, float]]] | None = None
    grouped: bool = False

    @property
    def pairs(self) -> bool:
        """Whether rows are pairs."""
        return len(self.columns) == 2

    def read(self, task: str, split: str, folder: Path | None) -> LabelledTexts:
        """See `glot.tasks.base.Reader`; rows with a blank text are left out, and counted."""
        if folder is None:
            triples, source = self._from_hub(task, split)
        else:
            triples, source = self._from_folder(task, split, folder)
        # Of single texts, the second column is the first again.
        whole = [row for row in triples if row[0].strip() and row[1].strip()]
        if len(whole) < len(triples):
            source += f", {len(triples) - len(whole)} rows with a blank text left out"
        if any(not math.isfinite(label) for *_, label in whole):
            raise GlotError(
                f"{task}/{split} holds rows without a label.", "Accepted: a label in every row."
            )
        texts = tuple(row[0] for row in whole)
        number = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        return LabelledTexts(
            texts=texts,
            labels=tuple(row[2] for row in whole),
            source=source,
            others=tuple(row[1] for row in whole) if self.pairs else (),
            groups=tuple(number[text] for text in texts) if self.grouped else (),
        )

    def _from_folder(
        self, task: str, split: str, folder: Path
    ) -> tuple[list[tuple[str, str, float]], str]:
        import pandas as pd

        path = folder / task / f"{split}.parquet"
        columns = ["text_a", "text_b", "label"] if self.pairs else ["text", "label"]
        try:
            frame = pd.read_parquet(path, columns=columns)
            labels = frame["label"].astype(float).tolist()
        except FileNotFoundError as error:
            files = ", ".join(f"{task}/{name}.parquet" for name in self.splits)
            raise GlotError(
                f"No data at {path}.",
                f"Accepted: a folder with {files}.",
                "Set --data or GLOT_DATA, or leave both out to use the hub.",
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise GlotError(
                f"Cannot read {path}: {' '.join(str(error).split())[:200]}",
                f"Accepted: parquet with the columns {', '.join(columns)}; labels are numbers.",
            ) from error
        first, *second = (frame[name].fillna("").astype(str).tolist() for name in columns[:-1])
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        rows = list(zip(first, second[0] if second else first, labels, strict=True))
        return rows, f"{task}/{split}.parquet sha256 {checksum[:16]}"

    def _from_hub(self, task: str, split: str) -> tuple[list[tuple[str, str, float]], str]:
        from datasets import load_dataset

        try:
            found = load_dataset(self.repository, self.configuration, split=self.splits[split])
        except Exception as error:
            # Each network and hub library has errors of its own; all mean: no data.
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise GlotError(
                f"The data set {self.repository} {self.configuration or ''} could not be had: "
                f"{reason}.",
                "Accepted: a reachable hub, or a local folder of parquet files.",
                f"Set --data or GLOT_DATA to a folder with {task}/{split}.parquet.",
            ) from error
        source = f"{self.repository} {self.configuration or 'default'} {self.splits[split]}"
        if self.rows is not None:
            return [triple for row in found for triple in self.rows(row)], source
        self._check_names(found.features["label"])
        first, *second = (list(found[name]) for name in self.columns)
        labels = [float(label) for label in found["label"]]
        return list(zip(first, second[0] if second else first, labels, strict=True)), source

    def _check_names(self, feature: Any) -> None:
        """Refuse a hub data set that numbers its classes in another order than ours."""
        names = tuple(getattr(feature, "names", None) or ())
        if names and self.label_names and names != self.label_names:
            raise GlotError(
                f"{self.repository} numbers its classes {', '.join(names)}.",
                f"Accepted: {', '.join(self.label_names)}.",
                "The data set has changed; use a local folder with --data.",
            )


def glue(
    configuration: str,
    columns: tuple[str, ...],
    label_names: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
) -> Published:
    """A data set of the GLUE benchmark on the hub."""
    return Published(
        repository="nyu-mll/glue",
        configuration=configuration,
        splits=splits or {"train": "train", "dev": "validation"},
        columns=columns,
        label_names=label_names,
    )
