"""Points of a search: the paper's settings, and draws from its grid (Table 6).

Every pooler gets the same number of points, whatever it has to tune.
"""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from glot.config import PoolerConfig

# Table 6, with 0 for no projection, which the paper's final settings have (B.2).
LEARNING_RATES = (1e-3, 2e-4, 2e-5)
GRID: dict[str, tuple[Any, ...]] = {
    "weight_decay": (0.0, 1e-5, 5e-5),
    "layers": (2, 4),
    "width": (64, 128, 256),
    "jumping_knowledge": ("cat", "max", "mean", "none"),
    "projection": (0, 128, 256, 512),
    "tau": (0.1, 0.3, 0.6),
}
LAYERED = ("layers", "width", "jumping_knowledge", "projection")
# What of the grid a pooler has at all; the others have only the optimizer's part.
OWN = {
    "adapool": ("width",),
    "mlp": LAYERED,
    "deepsets": LAYERED,
    "glot": (*LAYERED, "tau"),
}


@dataclass(frozen=True)
class Point:
    """What one trial is trained with.

    Attributes:
        pooler: settings of the pooler.
        lr: learning rate.
        weight_decay: of Adam.
        layer: of the backbone; None: the plan's.
    """

    pooler: PoolerConfig
    lr: float
    weight_decay: float = 0.0
    layer: int | None = None

    def record(self) -> dict[str, Any]:
        """The point as plain values."""
        own = {"lr": self.lr, "weight_decay": self.weight_decay, "layer": self.layer}
        return {**asdict(self.pooler), **own}


def paper_point(pooler: PoolerConfig) -> Point:
    """The paper's fixed optimizer settings (B.1)."""
    return Point(pooler, 2e-4)


def points(pooler: PoolerConfig, draws: int) -> tuple[Point, ...]:
    """The points of a search: each learning rate with `pooler` as it is, then random ones.

    Args:
        pooler: the starting point.
        draws: how many random points of the grid to add. Learning rates take turns; what the
            pooler has of the rest is drawn, the same at every call.
    """
    random = np.random.default_rng(zlib.crc32(pooler.name.encode()))
    chosen = [Point(pooler, lr) for lr in LEARNING_RATES]
    for number in range(draws):
        names = ("weight_decay", *OWN.get(pooler.name, ()))
        drawn = {name: GRID[name][int(random.integers(len(GRID[name])))] for name in names}
        decay = drawn.pop("weight_decay")
        lr = LEARNING_RATES[number % len(LEARNING_RATES)]
        chosen.append(Point(replace(pooler, **drawn), lr, decay))
    return tuple(chosen)


def every_point(pooler: PoolerConfig) -> tuple[Point, ...]:
    """The whole grid: every combination of what the pooler has of it.

    Args:
        pooler: what the grid does not name stays as it is here.
    """
    names = OWN.get(pooler.name, ())
    axes = (LEARNING_RATES, GRID["weight_decay"], *(GRID[name] for name in names))
    return tuple(
        Point(replace(pooler, **dict(zip(names, own, strict=True))), lr, decay)
        for lr, decay, *own in product(*axes)
    )
