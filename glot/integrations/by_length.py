"""A batch that somebody else padded, pooled in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable

import torch

from glot.backbones.batching import exact_batches
from glot.types import Pooled

# Padded tokens that cost a pooler on a CPU no more than a call of its own does. On two x86-64 cores
# a GLOT pooler takes 3 µs a token and over 1 ms a call; 128, 256 and 1,024 were slower.
SPARED = 512


def pooled_by_length(
    pooler: Callable[[torch.Tensor, torch.Tensor], Pooled],
    states: torch.Tensor,
    mask: torch.Tensor,
) -> Pooled:
    """`pooler(states, mask)`; on a CPU, short texts are not pooled at the length of long ones.

    Args:
        pooler: any, called with states and mask.
        states: (B, L, d).
        mask: (B, L), 0 at padding; the pooler gets it so, or as bool. A text without a token is
            pooled at one that is padding.
    """
    # Of a batch so small that no part of it is worth a call, not even the padding is counted.
    if states.device.type != "cpu" or mask.numel() <= 2 * SPARED or _padding(mask) <= SPARED:
        return pooler(states, mask)
    mask = mask.bool()
    lengths = mask.sum(dim=1).clamp(min=1).tolist()
    batches = list(exact_batches(lengths, "cpu", SPARED))
    # Each text's tokens, in their order, then its padding, wherever that stood.
    places = (~mask).byte().argsort(dim=1, stable=True)
    embedding, weights = [], []
    for batch in batches:
        length = lengths[batch[0]]
        rows = torch.tensor(batch)
        own = places[rows, :length]
        pooled = pooler(states[rows[:, None], own], mask[rows[:, None], own])
        embedding.append(pooled.embedding)
        none = pooled.weights.new_zeros(len(batch), mask.shape[1])
        weights.append(none.scatter(1, own, pooled.weights))
    order = torch.tensor([row for batch in batches for row in batch]).argsort()
    return Pooled(torch.cat(embedding)[order], torch.cat(weights)[order])


def _padding(mask: torch.Tensor) -> int:
    return mask.numel() - int(torch.count_nonzero(mask))
