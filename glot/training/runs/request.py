"""What a run is to do, as it is kept on disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError, quoted
from glot.poolers import POOLERS
from glot.tasks.own import OwnColumns

FORMAT = 1
MAX_EPOCHS = 1_000


@dataclass(frozen=True)
class Request:
    """One run: heads of several poolers on one file.

    Attributes:
        task: the name that the heads will have, in checkpoints' folders.
        file: name of the copy of the data.
        title: the file's name as the user has it.
        digests: sha256 of the data's files, by name.
        columns: how to read them.
        backbone: its name.
        poolers: names, in the order of training.
        test_file: name of the copy of the test file; empty: a fifth is cut off.
        epochs: passes over the training part.
        lr: learning rate.
        tau: threshold of poolers with a graph.
        batch_size: rows per step.
        n_train: learn from at most so many rows; 0: all.
        n_evaluation: report on at most so many rows; 0: all.
        seed: of weights, cuts and order.
    """

    task: str
    file: str
    title: str
    digests: dict[str, str]
    columns: OwnColumns
    backbone: str
    poolers: tuple[str, ...]
    test_file: str = ""
    epochs: int = 10
    lr: float = 1e-3
    tau: float = 0.6
    batch_size: int = 16
    n_train: int = 0
    n_evaluation: int = 0
    seed: int = 42
    config: TrainConfig = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._check_names()
        if not self.poolers or len(set(self.poolers)) < len(self.poolers):
            raise GlotError(
                f"Poolers {', '.join(map(str, self.poolers))[:200] or 'none'}.",
                "Accepted: at least one, each once.",
            )
        for name in self.poolers:
            POOLERS.get(name)
        if not 1 <= self.epochs <= MAX_EPOCHS:
            raise GlotError(f"{self.epochs} epochs.", f"Accepted: from 1 to {MAX_EPOCHS:,}.")
        # Made here, so that bad settings are refused before anything is written.
        config = TrainConfig(
            lr=(self.lr,),
            tau=(self.tau,),
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=self.seed,
            n_train=self.n_train,
            n_evaluation=self.n_evaluation,
        )
        object.__setattr__(self, "config", config)

    def _check_names(self) -> None:
        for name in ("task", "file", "title", "backbone", "test_file"):
            if not isinstance(getattr(self, name), str):
                raise GlotError(f"{name} {quoted(getattr(self, name))}.", "Accepted: a text.")
        if not isinstance(self.digests, dict):
            raise GlotError(f"digests {quoted(self.digests)}.", "Accepted: an object.")
        # Heads and data lie, and are deleted, under these names.
        for name in (self.task, self.file, self.test_file, *self.digests):
            if name in (".", "..") or "\0" in name or Path(name).name != name:
                raise GlotError(f"The name {quoted(name)}.", "Accepted: a name without a folder.")

    def pooler(self, name: str) -> PoolerConfig:
        """Settings of one of the poolers."""
        return PoolerConfig(name, tau=self.tau)

    def to_json(self) -> str:
        """The request as JSON."""
        values = asdict(self)
        del values["config"]
        return json.dumps({"format": FORMAT, **values}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Request:
        """The inverse of `to_json`.

        Raises:
            GlotError: it is none, or of another format.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            if values.pop("format") != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            values["columns"] = OwnColumns(**values["columns"])
            values["poolers"] = tuple(values["poolers"])
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GlotError(
                f"The request of a run cannot be read: {str(error)[:300]}.",
                "Accepted: request.json as it was written.",
                "Delete the run, and start it again from the file.",
            ) from error
