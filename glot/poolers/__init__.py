"""Poolers: token states → one vector. A new one is a file here and a line in this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.registry import Registry

if TYPE_CHECKING:
    from glot.config import PoolerConfig
    from glot.poolers.base import Pooler

POOLERS = Registry(
    "pooler",
    {
        "mean": "glot.poolers.mean:MeanPooler",
        "adapool": "glot.poolers.adapool:AdaPooler",
        "glot": "glot.poolers.glot:GlotPooler",
    },
)


def build_pooler(config: PoolerConfig, in_width: int) -> Pooler:
    """A pooler with fresh weights for token states of width `in_width`."""
    pooler: Pooler = POOLERS.get(config.name)(config, in_width)
    return pooler
