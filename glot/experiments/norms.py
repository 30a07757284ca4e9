"""Token states as they are, or all at one length (ours): what a massive activation does.

Between the first blocks of a decoder and its last norm the first token's state is far longer than
all others (Sun et al., 2024, "Massive Activations in Large Language Models"): 150 times in the
middle of SmolLM2. Every sum of states is that token's then, and a token that hears it hears nobody
else. Cosine similarity does not see lengths, so the graph is the same either way; only what its
layers and the readout read is scaled (`glot.config.PoolerConfig.norm`).

The strict stress test at the middle layer; each head has the same two learning rates to choose
from, by texts of unseen nouns as under the regime `chosen` of `stress`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, NORMED, Cell, Experiment, Scope
from glot.experiments.head_plan import HeadPlan
from glot.experiments.space import Point
from glot.experiments.strict_best import EPOCHS, LEARNING_RATES, SAMPLE, SEARCHED

TABLE = "ours"
FORMS: tuple[tuple[str, Literal["none", "rms"]], ...] = (("", "none"), (NORMED, "rms"))
TASK = "stress-strict-0.9"
METHODS = {
    "mean": PoolerConfig("mean"),
    "adapool": PoolerConfig("adapool"),
    "mlp": PoolerConfig("mlp"),
    "deepsets": PoolerConfig("deepsets"),
    "glot": PoolerConfig("glot"),
    # What the search for the strict protocol chose in the middle (`glot.experiments.strict_best`).
    "glot, tau 0.1": PoolerConfig("glot", tau=0.1),
    **ABLATIONS,
}


def cells(scope: Scope) -> list[Cell]:
    """Each method on states as they are, then at one length."""
    plans = [
        _plan(scope, method + suffix, replace(pooler, norm=norm))
        for method, pooler in METHODS.items()
        for suffix, norm in FORMS
    ]
    return [cell for plan in plans for cell in plan.cells(scope)]


def _plan(scope: Scope, method: str, pooler: PoolerConfig) -> HeadPlan:
    return HeadPlan(
        "norms",
        TABLE,
        TASK,
        tuple(Point(pooler, lr) for lr in LEARNING_RATES),
        method=method,
        regime="chosen",
        sample=SAMPLE,
        search_sample=SEARCHED,
        epochs=EPOCHS,
        layer=scope.n_layers // 2,
    )


NORMS = Experiment("norms", "Token states at one length", TABLE, cells)
