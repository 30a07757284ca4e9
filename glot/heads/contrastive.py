"""Symmetric in-batch contrast of pairs at temperature 0.07 (paper, B.3, MTEB's training stage)."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, normalize

from glot.heads.base import Head

TEMPERATURE = 0.07


class ContrastiveHead(Head):
    """cos(z_a, z_b) of all pairs of a batch; no weights of its own.

    Labels are numbers of groups: rows that share a query or a passage have the same one, and
    are not held against each other.
    """

    kinds = ("contrastive",)

    def forward(self, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        """Cosine similarities (B, B), first texts by second texts."""
        assert b is not None
        return normalize(a, dim=-1) @ normalize(b, dim=-1).mT

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean of both directions' cross-entropies: each text must find its other half."""
        own = torch.arange(len(outputs), device=outputs.device)
        same = (labels[:, None] == labels[None, :]) & (own[:, None] != own[None, :])
        logits = (outputs / TEMPERATURE).masked_fill(same, float("-inf"))
        return (cross_entropy(logits, own) + cross_entropy(logits.mT, own)) / 2

    def predict(self, outputs: torch.Tensor) -> torch.Tensor:
        """The similarity of each pair's own two texts."""
        return outputs.diagonal()
