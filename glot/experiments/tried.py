"""One small run of the stress test, measured as the experiment does and kept nowhere.

Its row has the regime `tried`: settings that a reader chose, few texts, one seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glot.backbones.base import Backbone, check_layer
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.base import Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.row import Row
from glot.experiments.space import Point
from glot.experiments.strict_best import TABLE
from glot.experiments.tried_settings import N_TEST, REGIME, Trial


@dataclass(eq=False)
class _Aside(Bench):
    """A bench whose half-finished work lies in a folder that goes when the run is over."""

    aside: Path = field(kw_only=True)

    def scratch(self, key: str) -> Path:
        """See `Bench.scratch`."""
        return self.aside / key.replace("/", "--")


def try_head(trial: Trial, backbone: Backbone, report: Callable[[dict[str, Any]], None]) -> Row:
    """Train a head and score it once on the test split; nothing is written to a ledger.

    Args:
        trial: what to train.
        backbone: gives the token states.
        report: hears of progress, as dicts with a `stage` key; what it raises ends the run.

    Returns:
        The row that `glot reproduce` would write, with the regime `tried`.

    Raises:
        GlotError: the backbone has no such layer, or its context is shorter than the texts.
    """
    check_layer(trial.layer, backbone.n_layers)
    if trial.n_words > backbone.context:
        raise GlotError(
            f"Texts of {trial.n_words} words on {backbone.name}, whose context has "
            f"{backbone.context} tokens.",
            "Accepted: texts that fit the backbone.",
            "Choose a lower ratio, or another backbone.",
        )
    pooler = PoolerConfig(trial.pooler, tau=trial.tau)
    plan = HeadPlan(
        "stress",
        TABLE,
        trial.task,
        (Point(pooler, trial.lr, layer=trial.layer),),
        regime=REGIME,
        sample=Sample(n_train=trial.n_texts, n_evaluation=N_TEST),
        epochs=trial.epochs,
    )
    scope = Scope(
        backbone.name,
        backbone.kind,
        backbone.width,
        backbone.n_layers,
        backbone.context,
        seeds=(trial.seed,),
    )
    with tempfile.TemporaryDirectory(prefix="glot-tried-") as folder:
        aside = Path(folder)
        bench = _Aside(scope, backbone, None, report, results=aside, aside=aside)
        (cell,) = plan.cells(scope)
        (row,) = cell.measure(bench)
        return row
