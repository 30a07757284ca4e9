"""Heads with random weights on tiny models."""

from __future__ import annotations

from pathlib import Path

import torch

from glot.backbones import load_backbone
from glot.backbones.base import Backbone
from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead
from glot.heads.config import HeadConfig
from tests.unit.backbones.tiny import save_tiny


def tiny_backbone(folder: Path, name: str) -> Backbone:
    where = folder if folder.is_dir() and any(folder.iterdir()) else save_tiny(name, folder)
    return load_backbone(str(where), device="cpu", dtype="float32")


def random_head(
    backbone: Backbone, pooler: str = "glot", layer: int | None = None, max_tokens: int = 0
) -> TrainedHead:
    torch.manual_seed(7)
    config = PoolerConfig(pooler, width=8, tau=0.3)
    head = build_head(config, backbone.width, HeadConfig("contrastive", pairs=True))
    card = HeadCard(
        backbone=backbone.name,
        fingerprint=backbone.fingerprint,
        width=backbone.width,
        task="own",
        labels=(),
        pooler=config,
        head="contrastive",
        pairs=True,
        layer=layer,
        max_tokens=max_tokens,
    )
    return TrainedHead(head.eval().requires_grad_(False), card)
