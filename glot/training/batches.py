"""Which texts go into which batch."""

from __future__ import annotations

import numpy as np
import torch

# Batches per group that is sorted by length: enough to save padding, few enough to stay random.
GROUP = 50


def training_batches(
    lengths: torch.Tensor, batch_size: int, seed: int, epoch: int
) -> list[list[int]]:
    """One epoch: every row once, in random order, batches of similar length.

    The order depends on seed and epoch alone, so a resumed run goes on as it would have.

    Args:
        lengths: (N,) tokens of each text.
        batch_size: rows per batch; the last of a group may be smaller.
        seed: of the order.
        epoch: its number.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    size = lengths.numpy()
    batches: list[list[int]] = []
    for start in range(0, len(order), batch_size * GROUP):
        group = order[start : start + batch_size * GROUP]
        group = group[np.argsort(size[group], kind="stable")]
        batches += [group[i : i + batch_size].tolist() for i in range(0, len(group), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def evaluation_batches(lengths: torch.Tensor, batch_size: int) -> list[list[int]]:
    """Every row once, sorted by length."""
    order = torch.argsort(lengths, stable=True).tolist()
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
