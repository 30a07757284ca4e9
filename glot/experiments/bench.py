"""What the cells of one run share: backbone, data, token states, ledger."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from glot.backbones.base import Backbone
from glot.config import PoolerConfig, TrainConfig
from glot.experiments.base import Scope
from glot.experiments.ledger import Ledger, append_rows, read_ledger
from glot.experiments.row import Row
from glot.paths import cache_folder
from glot.provenance import device_name, provenance
from glot.tasks import get_task
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.splits import MOST, cut_unseen
from glot.tasks.stress_test import Generated
from glot.training.data import EVALUATION_SEED, Parts, Split, cut, draw, evaluation_rows
from glot.training.data import with_states as rows_with_states
from glot.training.pooled import pooled_ahead
from glot.training.store import StateStore

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Sample:
    """How much of a task's data is used; 0 means all, or the paper's number (B.3).

    Attributes:
        n_train: rows to learn from.
        n_search: rows that a trial of a search learns from; 0: `n_train`.
        n_validation: rows to choose by; 0: a tenth, at most 1,000.
        n_evaluation: rows of each reported split.
        max_tokens: texts are cut to this many tokens; 0: as the task says.
        unseen: share of the stress test's nouns and templates that validation alone has (see
            `glot.tasks.splits.cut_unseen`); 0: validation is made of those of training.
    """

    n_train: int = 0
    n_search: int = 0
    n_validation: int = 0
    n_evaluation: int = 0
    max_tokens: int = 0
    unseen: float = 0.0

    @property
    def n_drawn(self) -> int:
        """Rows to draw, so that there are `n_train` and a validation part beside them."""
        n = self.n_train + (self.n_validation or min(MOST, self.n_train // 10))
        # Of three traits, so many rows have none that is held out; a tenth more for chance.
        return math.ceil(1.1 * n / (1 - self.unseen) ** 3) if self.unseen else n


QUICK = Sample(n_train=48, n_search=32, n_validation=16, n_evaluation=32, max_tokens=64)


@dataclass(eq=False)
class Bench:
    """One run's working place.

    Attributes:
        scope: what is run.
        backbone: the scope's.
        data: local folder of labelled data; None asks the hub.
        report: hears of progress, as dicts with a `stage` key.
        results: the ledger's folder; None: the project's.
        heads: folder that trained heads of the first seed are kept in; None: they are not.
    """

    scope: Scope
    backbone: Backbone
    data: Path | None
    report: Report
    results: Path | None = None
    heads: Path | None = None

    def __post_init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Device, threads, versions, commit and date, as a row's fields."""
        told = provenance(device_name(self.backbone.device))
        names = ("device", "threads", "versions", "commit", "date")
        return {name: told[name] for name in names}

    def ledger(self, experiment: str) -> Ledger:
        """The experiment's rows so far."""
        return read_ledger(experiment, self.results)

    def record(self, rows: list[Row]) -> None:
        """Append rows to the ledger."""
        append_rows(rows, self.results)

    def scratch(self, key: str) -> Path:
        """Folder of one cell's half-finished work."""
        return cache_folder() / "experiments" / key.replace("/", "--")

    def task(self, name: str, sample: Sample) -> Task:
        """A task; generated ones make as many texts as the sample needs."""
        task = get_task(name)
        if sample.max_tokens:
            task = replace(task, max_tokens=sample.max_tokens)
        if isinstance(task.reader, Generated) and sample.n_train:
            n = sample.n_drawn + sample.n_drawn % 2
            reader = replace(task.reader, n_train=n, n_test=sample.n_evaluation)
            task = replace(task, reader=reader)
        return task

    def parts(self, name: str, sample: Sample, seed: int) -> Parts:
        """Training and validation rows of one seed.

        A sample is drawn before validation is cut from it, so all seeds share its token states.
        """

        def make() -> Parts:
            task = self.task(name, sample)
            everything = self._once(("train", name, sample), lambda: task.load("train", self.data))
            if sample.unseen:
                train, validation = cut_unseen(everything, sample.unseen, seed)
                return Parts(draw(train, sample.n_train, seed), validation)
            if sample.n_train and not isinstance(task.reader, Generated):
                everything = draw(everything, sample.n_drawn, EVALUATION_SEED)
            config = TrainConfig(n_train=sample.n_train, n_validation=sample.n_validation)
            return cut(everything, task, config, seed)

        return self._once(("parts", name, sample, seed), make)  # type: ignore[no-any-return]

    def search_rows(self, name: str, sample: Sample, seed: int) -> LabelledTexts:
        """The training rows that a trial of a search learns from."""
        return draw(self.parts(name, sample, seed).train, sample.n_search, seed)

    def reported(self, name: str, sample: Sample) -> dict[str, LabelledTexts]:
        """Rows of each reported split."""
        task = self.task(name, sample)
        return self._once(  # type: ignore[no-any-return]
            ("reported", name, sample),
            lambda: evaluation_rows(task, self.data, sample.n_evaluation),
        )

    def split(
        self,
        name: str,
        sample: Sample,
        rows: LabelledTexts,
        pooler: PoolerConfig,
        layer: int | None,
    ) -> Split:
        """Rows with their token states, or with vectors where the pooler learns nothing."""
        task = self.task(name, sample)
        key = (name, rows.digest(), layer, task.max_tokens)
        whole = self._once(("split", *key), lambda: self._with_states(task, rows, layer))
        return self._once(("pooled", *key, pooler), lambda: pooled_ahead(whole, pooler))  # type: ignore[no-any-return]

    def _with_states(self, task: Task, rows: LabelledTexts, layer: int | None) -> Split:
        store = self._once(
            ("store", task.max_tokens, layer),
            lambda: StateStore(self.backbone, task.max_tokens, layer),
        )
        return rows_with_states(
            task, rows, store, lambda event: self.report({"stage": "states", **event})
        )

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]
