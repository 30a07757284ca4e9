"""Heads with known weights for the tests of attributions."""

from __future__ import annotations

import torch

from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead
from glot.heads.config import HeadConfig


def trained(backbone, task_layer=None, labels=("no", "yes"), layer=None, task="sst2", **settings):
    """A head with random weights; heads of numbers have no labels.

    `settings` are the pooler's: a small GLOT at τ = 0.1, unless they say otherwise.
    """
    torch.manual_seed(1)
    task_layer = task_layer or HeadConfig(n_classes=2)
    labels = labels if task_layer.name == "classifier" else ()
    config = PoolerConfig(**({"name": "glot", "width": 4, "tau": 0.1} | settings))
    head = build_head(config, backbone.width, task_layer).eval().requires_grad_(False)
    card = HeadCard(
        backbone.name,
        backbone.fingerprint,
        backbone.width,
        task,
        labels,
        config,
        task_layer.name,
        task_layer.pairs,
        layer,
    )
    return TrainedHead(head, card)
