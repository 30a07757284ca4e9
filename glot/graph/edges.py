"""Edges at a threshold τ: S_ij > τ, strictly; self-loops always (design, section 3.1)."""

from __future__ import annotations

import torch

from glot.config import check_tau


def thresholds(tau: float | torch.Tensor, device: torch.device) -> torch.Tensor:
    """τ in the type and shape that similarities are compared with.

    It is compared in float32, the type of the similarities, as in every other part of the
    project: in another type, counts differ at ties.

    Args:
        tau: one threshold or (T,).
        device: of the similarities.

    Returns:
        (1, 1, 1) or (T, 1, 1) float32.

    Raises:
        GlotError: a τ is NaN or outside [−1, 1].
    """
    return checked(tau).to(device)[:, None, None]


def checked(tau: float | torch.Tensor) -> torch.Tensor:
    """One threshold, or (T,), as (T,) float32 when each lies where similarities do.

    Raises:
        GlotError: a τ is NaN or outside [−1, 1].
    """
    if not isinstance(tau, torch.Tensor):
        check_tau(tau)
        return torch.tensor([tau], dtype=torch.float32)
    values = tau.to(torch.float32).reshape(-1)
    if len(values):
        check_tau(float(values.min()))
        check_tau(float(values.max()))
    return values


def adjacency(
    similarity: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor
) -> torch.Tensor:
    """Dense adjacency with self-loops.

    Args:
        similarity: (B, L, L) float32.
        mask: (B, L) bool.
        tau: one threshold, or (T,) thresholds with B = 1, which gives T graphs of one sentence.

    Returns:
        (B, L, L) or (T, L, L) bool. Padded tokens keep their self-loop alone.

    Raises:
        GlotError: a τ is NaN or outside [−1, 1].
    """
    threshold = thresholds(tau, similarity.device)
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

    Raises:
        GlotError: τ is NaN or outside [−1, 1].
    """
    real = adjacency(similarity, mask, tau) & mask[:, :, None]
    sentence, source, target = real.nonzero(as_tuple=True)
    number = mask.flatten().cumsum(0) - 1
    length = mask.shape[1]
    return torch.stack([number[sentence * length + source], number[sentence * length + target]])
