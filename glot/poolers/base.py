"""What every pooler shares: its contract, the checks on its input, the readout's last steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import isfinite

import torch
from torch import nn
from torch.nn.functional import one_hot, rms_norm

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.types import Pooled, check_states

# Of more tokens than these, the sum of a softmax in float32 may miss 1 by more than 1e-6.
MANY = 4096
# Beside the mean square of a state's values, so that a state of zeros stays one.
RMS_EPSILON = 1e-6


class Pooler(nn.Module, ABC):
    """Token states (B, L, d) with a mask (B, L) → `Pooled`.

    Args:
        config: the settings.
        in_width: d, the width of the token states.

    Attributes:
        out_width: D, the width of the sentence vector.
        uses_graph: whether τ changes the result.
    """

    uses_graph = False

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__()
        self.config = config
        self.in_width = in_width
        self.out_width = in_width

    def forward(
        self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor | None = None
    ) -> Pooled:
        """Pool a batch.

        Args:
            hidden: (B, L, d) token states; what stands at padding does not matter.
            mask: (B, L), non-zero at valid tokens; every sentence has at least one.
            tau: instead of the configured threshold; (T,) thresholds with B = 1 pool one
                sentence on T graphs and give a batch of T.

        Raises:
            GlotError: the shapes disagree with each other or with the pooler's width, a
                sentence has no valid token, or what comes out is not finite. While training,
                weights that diverged are left to the loop to tell: it knows the step.
        """
        if hidden.dim() != 3 or mask.shape != hidden.shape[:2]:
            raise GlotError(
                f"Token states {tuple(hidden.shape)} with a mask {tuple(mask.shape)}.",
                "Accepted: (B, L, d) with (B, L).",
            )
        if hidden.shape[2] != self.in_width:
            raise GlotError(
                f"Token states of width {hidden.shape[2]}.",
                f"This {self.config.name} pooler takes width {self.in_width}.",
                "Use the backbone that the pooler was made for.",
            )
        mask = mask.bool()
        states = self._clean(hidden, mask)
        pooled = self.pool(states, mask, self.config.tau if tau is None else tau)
        if not _is_finite(pooled):
            self._tell_of_overflow()
        return pooled

    def _clean(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States in the weights' type, 0 at padding; those that are not finite are told of."""
        states = hidden.to(self.dtype)
        if not bool(mask.all()):
            valid = mask[..., None].to(states.dtype)
            # A copy in another format is ours to write to.
            states = states * valid if states is hidden else states.mul_(valid)
        # One sum tells of NaN anywhere. To look at every state would cost ten times as much,
        # and is done where the sum calls for it: padding may hold what it likes.
        if not bool(mask.any(dim=1).all()) or not bool(states.sum().isfinite()):
            check_states(hidden, mask)
            states = states.masked_fill(~mask[..., None], 0.0)
        return states

    def scaled(self, hidden: torch.Tensor) -> torch.Tensor:
        """X as all but the graph reads it, (B, L, d): see `PoolerConfig.norm`."""
        if self.config.norm == "none":
            return hidden
        return rms_norm(hidden, hidden.shape[-1:], eps=RMS_EPSILON)

    def _tell_of_overflow(self) -> None:
        if not self.training:
            raise GlotError(
                f"The {self.config.name} pooler makes NaN or infinite values of finite states.",
                "Accepted: finite weights, and states that do not overflow them.",
                "Load backbone and head in float32, or train the head again at a lower lr.",
            )

    def n_parameters(self) -> int:
        """Number of trainable parameters, counted."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights; float32 for a pooler that has none."""
        return next((weight.dtype for weight in self.parameters()), torch.float32)

    @abstractmethod
    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """`forward` after its checks: mask is bool, states are 0 at padding, not yet `scaled`."""


def _is_finite(pooled: Pooled) -> bool:
    # A sum tells of NaN and infinity anywhere; where it overflows itself, each value is looked at.
    parts = pooled.embedding, pooled.weights
    if isfinite(sum(float(part.detach().sum()) for part in parts)):
        return True
    return all(bool(part.isfinite().all()) for part in parts)


def masked_softmax(score: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax over the valid tokens of each sentence: score (B, L), mask (B, L) → π (B, L).

    In float32 at least: weights that are rounded to bfloat16 sum to 1 within 0.002 only.
    """
    wide = torch.promote_types(score.dtype, torch.float32)
    weights = score.masked_fill(~mask, float("-inf")).softmax(dim=-1, dtype=wide)
    if weights.shape[-1] > MANY:
        weights = weights / weights.sum(dim=-1, keepdim=True, dtype=torch.float64).to(wide)
    return weights


def weighted_sum(weights: torch.Tensor, parts: list[torch.Tensor]) -> torch.Tensor:
    """Z = Σ_i π_i u_i: weights (B, L), u_i in parts (B or 1, L, ·) side by side → (B, D)."""
    return torch.cat([_sum_of(weights, part) for part in parts], dim=-1)


def _sum_of(weights: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    if len(states) == 1:
        return weights.to(states.dtype) @ states[0]
    return (weights[:, None, :].to(states.dtype) @ states).squeeze(1)


def one_token(hidden: torch.Tensor, position: torch.Tensor) -> Pooled:
    """Z is the state of one token, π is one-hot: hidden (B, L, d), position (B,) int64."""
    weights = one_hot(position, hidden.shape[1]).to(hidden.dtype)
    rows = torch.arange(len(hidden), device=hidden.device)
    return Pooled(embedding=hidden[rows, position], weights=weights)
