"""Heads: a pooler with a task layer, and the checkpoint files that hold them.

A new task layer is a file here and a line in this list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.registry import Registry

if TYPE_CHECKING:
    from glot.config import PoolerConfig
    from glot.heads.base import Head
from glot.heads.config import HeadConfig

HEADS = Registry(
    "head",
    {
        "classifier": "glot.heads.classifier:ClassifierHead",
        "regression": "glot.heads.regression:RegressionHead",
        "similarity": "glot.heads.similarity:SimilarityHead",
        "contrastive": "glot.heads.contrastive:ContrastiveHead",
    },
)


def build_head(pooler: PoolerConfig, in_width: int, config: HeadConfig) -> Head:
    """A head with fresh weights for token states of width `in_width`."""
    head: Head = HEADS.get(config.name)(pooler, in_width, config)
    return head
