"""Heads with random weights on the fake backbone."""

from __future__ import annotations

import torch

from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead
from glot.heads.config import HeadConfig
from tests.conftest import FakeBackbone


def head_of(seed: int, width: int = 4, tau: float = 0.25) -> TrainedHead:
    """A head whose weights and card tell the seed."""
    torch.manual_seed(seed)
    fake = FakeBackbone()
    config = PoolerConfig("glot", width=width, tau=tau)
    head = build_head(config, fake.width, HeadConfig(n_classes=2)).eval()
    card = HeadCard(
        backbone=fake.name,
        fingerprint=fake.fingerprint,
        width=fake.width,
        task="sst2",
        labels=("negative", "positive"),
        pooler=config,
        training={"data": "made up", "seed": seed},
        metrics={"dev": 50.0},
    )
    return TrainedHead(head, card)
