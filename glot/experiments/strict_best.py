"""The strict stress test at its best: a search that asks for what the test asks for.

Test texts are made of nouns and templates that training has not seen. On validation texts of
training's own nouns nearly every setting comes to 99 %, so that they cannot choose. Here trials
learn without three tenths of training's nouns and templates, and are scored on texts made of
those alone; heads are then trained on all of them, for as many epochs as the best trial took.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, POOLERS, Scope
from glot.experiments.bench import Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.space import GRID, OWN, Point
from glot.experiments.stress_points import SHIPPED_RATIO

TABLE = "Table 7, Figure 3"
RATIO = SHIPPED_RATIO
# Heads worth shipping; of the strict test these, not those of the regime `searched`.
KEPT = ("mean", "adapool", "deepsets", "glot")
# Of the paper's learning rates those that leave chance behind on this task: at 2e-5 no trial of
# the regime `searched` did.
LEARNING_RATES = (1e-3, 2e-4)
# Parts of the backbone's depth; the middle has done the binding that the end has given up again.
# Of deep backbones fewer: each layer's states are computed for themselves.
DEPTHS = (1 / 3, 1 / 2, 2 / 3, 1.0)
DEEP, DEEP_DEPTHS = 12, (1 / 2, 1.0)
DRAWS = 4
EPOCHS = 6
SAMPLE = Sample(n_train=10_000, n_validation=1000, n_evaluation=2000)
# Of backbones other than MiniLM, at other ratios than 0.9.
SMALL = Sample(n_train=2000, n_validation=200, n_evaluation=500)
SEARCHED = replace(SAMPLE, n_search=5000, unseen=0.3)


def best_plans(scope: Scope, ratio: float) -> list[HeadPlan]:
    """Every pooler under the regime `chosen`, and at ratio 0.9 every graph ablation.

    Args:
        scope: names the backbone.
        ratio: distractor ratio; settings are searched for at 0.9 alone.
    """
    configs = {name: PoolerConfig(name) for name in POOLERS}
    if ratio == RATIO:
        # What the others are held against comes first.
        configs = {name: configs[name] for name in ("deepsets", "glot")} | ABLATIONS | configs
    return [_plan(scope, ratio, method, pooler) for method, pooler in configs.items()]


def _plan(scope: Scope, ratio: float, method: str, pooler: PoolerConfig) -> HeadPlan:
    full = scope.backbone == "minilm" or ratio == RATIO
    plan = HeadPlan(
        "stress",
        TABLE,
        f"stress-strict-{ratio:g}",
        drawn_points(method, pooler, scope.n_layers),
        method="" if method in POOLERS else method,
        regime="chosen",
        sample=SAMPLE if full else SMALL,
        search_sample=SEARCHED,
        epochs=EPOCHS,
        # Of deep backbones the other search's heads ship: this one needs every text's states of
        # a second layer.
        keep=ratio == RATIO and method in KEPT and scope.n_layers <= DEEP,
    )
    if ratio == RATIO:
        return plan
    found = _plan(scope, RATIO, method, pooler)
    return replace(plan, search=found, search_sample=None)


def drawn_points(method: str, pooler: PoolerConfig, n_layers: int) -> tuple[Point, ...]:
    """Each layer with each learning rate, then random points; τ takes turns where there is one.

    Every method has as many. Only what makes an ablation is held fast.

    Args:
        method: its name; fixes the draws.
        pooler: the settings to start from.
        n_layers: of the backbone.
    """
    random = np.random.default_rng(zlib.crc32(method.encode()))
    depths = DEEP_DEPTHS if n_layers > DEEP else DEPTHS
    layers = sorted({max(1, round(depth * n_layers)) for depth in depths})
    taus = GRID["tau"] if pooler.name == "glot" and pooler.tau > 0 else (pooler.tau,)
    crossed = [(layer, lr) for lr in LEARNING_RATES for layer in layers]
    found = [
        Point(replace(pooler, tau=taus[number % len(taus)]), lr, layer=layer)
        for number, (layer, lr) in enumerate(crossed)
    ]
    for number in range(DRAWS):
        names = [name for name in OWN.get(pooler.name, ()) if name != "tau"]
        drawn = {name: _one_of(GRID[name], random) for name in names}
        layer, lr = crossed[int(random.integers(len(crossed)))]
        tau = taus[number % len(taus)]
        found.append(Point(replace(pooler, tau=tau, **drawn), lr, layer=layer))
    return tuple(found)


def _one_of(values: tuple[Any, ...], random: np.random.Generator) -> Any:
    return values[int(random.integers(len(values)))]
