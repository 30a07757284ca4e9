"""What a task is, and where its labelled texts come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from glot.errors import GlotError


@dataclass(frozen=True)
class LabelledTexts:
    """One split of a single-sentence classification task.

    Attributes:
        texts: N texts.
        labels: N class numbers.
        source: where they came from, for provenance; no machine path.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    source: str

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise GlotError(f"{len(self.texts)} texts with {len(self.labels)} labels.", "One each.")

    def take(self, rows: list[int]) -> LabelledTexts:
        """The given rows, in the given order."""
        return LabelledTexts(
            tuple(self.texts[i] for i in rows), tuple(self.labels[i] for i in rows), self.source
        )

    def digest(self) -> str:
        """sha256 over all texts and labels, 16 digits."""
        digest = hashlib.sha256()
        for text, label in zip(self.texts, self.labels, strict=True):
            digest.update(f"{label}\t{text}\n".encode(errors="surrogatepass"))
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Task:
    """A single-sentence classification task.

    Attributes:
        name: short name.
        title: for people.
        labels: class names; a class number is an index into them.
        metric: name of a function in `glot.metrics`.
        max_tokens: texts are cut to this many tokens (paper, B.3).
        evaluation_split: the labelled split that is reported, once.
        hub: (repository, configuration) for the `datasets` library.
        hub_splits: our split name → the hub's.
        text_column: the hub's column of texts.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    metric: str
    max_tokens: int
    evaluation_split: str
    hub: tuple[str, str]
    hub_splits: dict[str, str]
    text_column: str

    def load(self, split: str, folder: Path | None = None) -> LabelledTexts:
        """One split, from a local folder of parquet files or from the hub.

        Args:
            split: `train` or the evaluation split.
            folder: holds `<task>/<split>.parquet` with columns `text` and `label`; None asks
                the hub through the `datasets` library.

        Raises:
            GlotError: the data is not there, or its columns or labels are not as expected.
        """
        texts, labels, source = (
            self._from_folder(split, folder) if folder else self._from_hub(split)
        )
        bad = sorted({label for label in labels if label not in range(len(self.labels))})
        if bad or not texts:
            raise GlotError(
                f"{self.name}/{split} holds {len(texts)} texts and the labels {bad}.",
                f"Accepted labels: 0 to {len(self.labels) - 1} ({', '.join(self.labels)}).",
                "GLUE's test splits have no labels: use the dev split.",
            )
        return LabelledTexts(tuple(texts), tuple(labels), source)

    def _from_folder(self, split: str, folder: Path) -> tuple[list[str], list[int], str]:
        import pandas as pd

        path = folder / self.name / f"{split}.parquet"
        try:
            frame = pd.read_parquet(path, columns=["text", "label"])
        except FileNotFoundError as error:
            raise GlotError(
                f"No data at {path}.",
                f"Accepted: a folder with {self.name}/train.parquet and "
                f"{self.name}/{self.evaluation_split}.parquet.",
                "Set --data or GLOT_DATA, or leave both out to use the hub.",
            ) from error
        except (OSError, ValueError) as error:
            raise GlotError(
                f"Cannot read {path}: {error}", "Accepted: parquet with columns text and label."
            ) from error
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        source = f"{self.name}/{split}.parquet sha256 {checksum[:16]}"
        return frame["text"].tolist(), frame["label"].astype(int).tolist(), source

    def _from_hub(self, split: str) -> tuple[list[str], list[int], str]:
        from datasets import load_dataset

        repository, configuration = self.hub
        try:
            rows = load_dataset(repository, configuration, split=self.hub_splits[split])
        except Exception as error:
            # Each network and hub library has errors of its own; all mean: no data.
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise GlotError(
                f"The data set {repository}/{configuration} could not be had: {reason}.",
                "Accepted: a reachable hub, or a local folder of parquet files.",
                f"Set --data or GLOT_DATA to a folder with {self.name}/{split}.parquet.",
            ) from error
        source = f"{repository} {configuration} {self.hub_splits[split]}"
        return list(rows[self.text_column]), [int(label) for label in rows["label"]], source
