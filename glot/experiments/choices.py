"""What decides on the strict stress test (ours): one choice at a time, from the same start.

One seed each, to see where accuracy comes from; what is chosen by validation from here is
measured with every seed by `stress`, under the regime `chosen`.
"""

from __future__ import annotations

from dataclasses import replace

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, ALL_EDGES, Cell, Experiment, Scope
from glot.experiments.bench import Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.space import Point

TABLE = "ours"
TASK = "stress-strict-0.9"
LR = 1e-3
EPOCHS = 4
SAMPLE = Sample(n_train=10_000, n_validation=1000, n_evaluation=2000)
# Every fifth block of a deep backbone, every one of a shallow one.
STEPS = {6: 1}
START = {
    "deepsets": PoolerConfig("deepsets"),
    "glot": PoolerConfig("glot"),
    ALL_EDGES: ABLATIONS[ALL_EDGES],
}


def cells(scope: Scope) -> list[Cell]:
    """Layers first, then everything else at the last layer."""
    layers = range(0, scope.n_layers, STEPS.get(scope.n_layers, 5))
    plans = [
        _plan(f"{method}, layer {layer}", pooler, layer)
        for layer in layers
        for method, pooler in START.items()
    ]
    plans += [_plan(method, pooler) for method, pooler in _variants().items()]
    one_seed = replace(scope, seeds=scope.seeds[:1])
    return [cell for plan in plans for cell in plan.cells(one_seed)]


def _variants() -> dict[str, PoolerConfig]:
    """Each setting changed on its own; what has no graph has no graph's settings."""
    found = dict(START)
    for tau in (0.0, 0.1, 0.3, 0.8):
        found[f"glot, tau {tau:g}"] = PoolerConfig("glot", tau=tau)
    for conv in ("gcn", "gin", "sage"):
        found[f"glot, {conv}"] = PoolerConfig("glot", conv=conv)
        found[f"glot, {conv}, all edges"] = PoolerConfig("glot", conv=conv, tau=-1.0)
    for tau in (0.1, 0.3):
        found[f"glot, centred, tau {tau:g}"] = PoolerConfig("glot", similarity="centred", tau=tau)
    changes = {
        "K 4": {"layers": 4},
        "width 256": {"width": 256},
        "projection 256": {"projection": 256},
    }
    for method, pooler in START.items():
        for name, change in changes.items():
            found[f"{method}, {name}"] = replace(pooler, **change)  # type: ignore[arg-type]
    return found


def _plan(method: str, pooler: PoolerConfig, layer: int | None = None) -> HeadPlan:
    return HeadPlan(
        "choices",
        TABLE,
        TASK,
        (Point(pooler, LR),),
        method=method,
        regime="fixed",
        sample=SAMPLE,
        epochs=EPOCHS,
        layer=layer,
    )


CHOICES = Experiment(
    "choices", "What decides on the strict stress test", TABLE, cells, backbones=("minilm",)
)
