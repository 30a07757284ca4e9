"""Edges at a threshold τ: S_ij > τ, strictly; self-loops always (design, section 3.1)."""

from __future__ import annotations

import torch


def adjacency(
    similarity: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor
) -> torch.Tensor:
    """Dense adjacency with self-loops.

    τ is compared in float32, the type of the similarities, as every other part of the project
    does: in another type, counts differ at ties.

    Args:
        similarity: (B, L, L) float32.
        mask: (B, L) bool.
        tau: one threshold, or (T,) thresholds with B = 1, which gives T graphs of one sentence.

    Returns:
        (B, L, L) or (T, L, L) bool. Padded tokens keep their self-loop alone, so that no row
        is empty and softmax over it is defined.
    """
    threshold = torch.as_tensor(tau, dtype=torch.float32, device=similarity.device)
    if threshold.dim():
        threshold = threshold[:, None, None]
    both_valid = mask[:, :, None] & mask[:, None, :]
    eye = torch.eye(mask.shape[1], dtype=torch.bool, device=similarity.device)
    return ((similarity > threshold) & both_valid) | eye


def edge_index(similarity: torch.Tensor, mask: torch.Tensor, tau: float) -> torch.Tensor:
    """Edge list of a batch in torch-geometric's form.

    Args:
        similarity: (B, L, L) float32.
        mask: (B, L) bool.
        tau: threshold.

    Returns:
        (2, E) int64 over the valid tokens of the batch, numbered in a row, sentence after
        sentence; both directions and self-loops, sorted by source then target.
    """
    real = adjacency(similarity, mask, tau) & mask[:, :, None]
    sentence, source, target = real.nonzero(as_tuple=True)
    number = mask.flatten().cumsum(0) - 1
    length = mask.shape[1]
    return torch.stack([number[sentence * length + source], number[sentence * length + target]])
