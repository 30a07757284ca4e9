"""The readout: score → π → weighted sum (paper, equation 3)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear

from glot.poolers.base import masked_softmax, weighted_sum
from glot.types import Pooled

MIN_WIDTH = 128


class Readout(nn.Module):
    """m_i = vᵀ tanh(W u_i + b) + c, π = softmax over valid tokens, z = Σ π_i u_i.

    W maps D → max(128, D/2). The constant c, which the published code has, cancels in the
    softmax; it is kept so that reference weights fit one to one.

    The token vectors come in parts that stand side by side in u_i, one after each layer. The
    first of them, the token states, is never copied; where they are frozen, no gradient is
    computed for them, which would be three quarters of all that the states get.

    Args:
        width: D, the width of the token vectors u_i.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner_width = max(MIN_WIDTH, width // 2)
        self.score = nn.Sequential(
            nn.Linear(width, self.inner_width), nn.Tanh(), nn.Linear(self.inner_width, 1)
        )

    def forward(self, parts: list[torch.Tensor], mask: torch.Tensor) -> Pooled:
        """Read out parts (B or 1, L, ·) of the states, mask (B, L) or (1, L) bool."""
        weights = masked_softmax(self._scores(parts), mask)
        return Pooled(embedding=weighted_sum(weights, parts), weights=weights)

    def _scores(self, parts: list[torch.Tensor]) -> torch.Tensor:
        """m_i, (B, L)."""
        inner, last = self.score[0], self.score[2]
        assert isinstance(inner, nn.Linear)
        assert isinstance(last, nn.Linear)
        first, rest = parts[0], parts[1:]
        if not rest:
            rest = [first.new_empty(*first.shape[:2], 0)]
        others = torch.cat(rest, dim=-1) if len(rest) > 1 else rest[0]
        if len(first) < len(others):
            # One sentence on many graphs: what the graphs do not change is computed once.
            wide, narrow = inner.weight.split_with_sizes([first.shape[-1], others.shape[-1]], dim=1)
            shared = linear(first, 2 * wide, 2 * inner.bias)
            hidden = linear(others, 2 * narrow).add_(shared).sigmoid()
            score = hidden @ (2 * last.weight[0]) - last.weight.sum()
        else:
            flat = first.flatten(0, 1), others.flatten(0, 1)
            score = _Scores.apply(  # type: ignore[no-untyped-call]
                *flat, inner.weight, inner.bias, last.weight[0], _autocast_type(first)
            ).view(first.shape[:2])
        return score + last.bias


class _Scores(torch.autograd.Function):
    """vᵀ tanh(W [x ‖ u] + b) for tokens x (N, d), u (N, r): (N,).

    tanh a = 2σ(2a) − 1, and σ takes a fifth of tanh's time on a CPU. Products are made in place,
    and the gradient of x only where it is asked for; autograd would do neither.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        u: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        v: torch.Tensor,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        x, u, w = (tensor.to(dtype) for tensor in (x, u, weight))
        d = x.shape[1]
        # The bias last: addmm copies what it adds to, the bias for every token, first.
        inner = torch.mm(x, w[:, :d].mT).addmm_(u, w[:, d:].mT)
        sigma = torch.add((2 * bias).to(dtype), inner, alpha=2, out=inner).sigmoid_()
        ctx.save_for_backward(x, u, w, v, sigma)
        return (sigma @ (2 * v).to(dtype)).to(v.dtype) - v.sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, u, w, v, sigma = ctx.saved_tensors
        d, dtype = x.shape[1], x.dtype
        to_v = 2 * (gradient.to(dtype) @ sigma).to(v.dtype) - gradient.sum()
        # tanh′(a) = 4σ(1 − σ)
        inner = torch.addcmul(sigma, sigma, sigma, value=-1)
        inner.mul_((4 * v).to(dtype)).mul_(gradient.to(dtype)[:, None])
        to_weight = torch.cat([inner.mT @ x, inner.mT @ u], dim=1).to(v.dtype)
        to_bias = inner.sum(dim=0, dtype=v.dtype)
        to_x = inner @ w[:, :d] if ctx.needs_input_grad[0] else None
        to_u = inner @ w[:, d:] if ctx.needs_input_grad[1] else None
        return to_x, to_u, to_weight, to_bias, to_v, None


def _autocast_type(states: torch.Tensor) -> torch.dtype:
    """What products are made in: autocast's type where it is on, else that of the states."""
    device = states.device.type
    if torch.is_autocast_enabled(device):
        return torch.get_autocast_dtype(device)
    return states.dtype
