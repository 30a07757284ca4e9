"""Nearly complete graphs: what all hear of all without a pass over all pairs.

At low τ nearly every pair of a decoder's token states has an edge: they share a direction. Then
few tokens are *apart*, such that every missing edge is one of theirs; all others hear each other.
What a token hears of those is the same list for every listener but for its scores, and a score
a_j + b_i depends on the listener in one way only: whether it is positive, where LeakyReLU bends.
With sources sorted, what is above the bend and what is below it are running sums, made once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import leaky_relu, normalize, pad

from glot.graph.forms.dense import NEGATIVE_SLOPE, NO_EDGE

# At most this share of a sentence's tokens may be apart: each of them costs a row of pairs.
APART = 1 / 8
# Missing edges that are worth listing, a token.
GAPS = 32
# Tokens that are asked first how many edges they lack.
PROBED = 32
# Who lacks an edge to so many of these is apart, whatever else.
OFTEN = 0.25
# Pairs looked at in one go: 4 MiB of float32.
PAIRS = 2**20
# Cosines to the centre must be this much above what proves an edge: more than rounding, and
# enough where two right angles make τ = −1, whose cosine is flat.
MARGIN = 0.01


class NearlyComplete:
    """One sentence's graph where few tokens lack an edge.

    Args:
        apart: (k,) int64, tokens such that every pair without an edge has one of them.
        edges: (k, n) float32, 1 where a token apart has an edge or its self-loop, else 0.
    """

    def __init__(self, apart: torch.Tensor, edges: torch.Tensor) -> None:
        self.apart = apart
        self.edges = edges
        joined = torch.ones(edges.shape[1], dtype=torch.bool, device=edges.device)
        joined[apart] = False
        self.joined = joined.nonzero().flatten()

    @classmethod
    def found(cls, unit: torch.Tensor, tau: float) -> NearlyComplete | None:
        """The graph at τ, or None where more tokens are apart than pays, or there is none at all.

        Tokens within half the angle of τ from the sentence's mean direction are within the whole
        angle of each other, so all pairs of them have an edge: often that spares to look at any.

        Args:
            unit: (n, d) float32, states of length 1.
            tau: threshold, compared in float32.
        """
        most, tau = int(APART * len(unit)), float(np.float32(tau))
        if not len(unit):
            return None
        # Not at lower precision, where similarities flip near τ.
        with torch.autocast(unit.device.type, enabled=False):
            far = _far_from_the_centre(unit, tau)
            apart = far if len(far) <= most else _cover(unit, tau, most)
            return None if apart is None else cls(apart, _edges(unit, apart, tau))

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """Σ_{j∈N(i)} u_j: (n, width) → (n, width), summed in float32 or wider."""
        summed = wide(states)
        with torch.autocast(states.device.type, enabled=False):
            edges = self.edges.to(summed.dtype)
            total = summed[self.joined].sum(dim=0) + edges[:, self.joined].mT @ summed[self.apart]
            return self._together(total, edges @ summed).to(states.dtype)

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Σ_j α_ij u_j: see `glot.types.Neighbours.attend`, for one sentence."""
        summed = wide(states)
        with torch.autocast(states.device.type, enabled=False):
            if not len(self.apart):
                return _of_all(summed, source, target)[0].to(states.dtype)
            joined = self.joined
            heard, level = _of_all(summed[joined], source[joined], target[joined])
            heard = self._with_apart(heard, level, summed[self.apart], source, target)
            return self._together(heard, self._by_apart(summed, source, target)).to(states.dtype)

    def _with_apart(
        self,
        heard: torch.Tensor,
        level: torch.Tensor,
        apart: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
    ) -> torch.Tensor:
        """What joined tokens hear of each other and of those apart, whose states are given."""
        score = leaky_relu(target[self.joined][:, None] + source[self.apart], NEGATIVE_SLOPE)
        score = score - (1 - self.edges[:, self.joined].mT) * NO_EDGE
        weight = torch.cat([level[:, None], score], dim=1).softmax(dim=1).to(heard.dtype)
        return weight[:, :1] * heard + weight[:, 1:] @ apart

    def _by_apart(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """What tokens apart hear, (k, width)."""
        score = leaky_relu(target[self.apart][:, None] + source, NEGATIVE_SLOPE)
        score = score - (1 - self.edges) * NO_EDGE
        return score.softmax(dim=1).to(states.dtype) @ states

    def _together(self, joined: torch.Tensor, apart: torch.Tensor) -> torch.Tensor:
        """Results of tokens joined, (n − k or 1, width), and apart, (k, width) → (n, width)."""
        joined = joined.expand(len(self.joined), -1)
        if not len(self.apart):
            return joined
        out = joined.new_empty(self.edges.shape[1], joined.shape[1])
        return out.index_copy(0, self.joined, joined).index_copy(0, self.apart, apart)


def wide(states: torch.Tensor) -> torch.Tensor:
    """Float32 or wider, so that long sums lose nothing."""
    return states.to(torch.promote_types(states.dtype, torch.float32))


def _of_all(
    states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """What n tokens hear of each other where every pair has an edge.

    Args:
        states: (n, width).
        source: (n,).
        target: (n,).

    Returns:
        (n, width), and (n,): log Σ_j exp of each listener's scores.
    """
    heard, level = _OfAll.apply(states, source, target)  # type: ignore[no-untyped-call]
    return heard, level


class _OfAll(torch.autograd.Function):
    """The softmax-weighted sum over all, and its logarithmic weight, by running sums.

    α_ij is a product of what j has and what i has, on either side of LeakyReLU's bend; so is its
    gradient, whose sums over listeners run along sorted targets.
    """

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        top, rising = source.max(), source.argsort()
        values = pad(states, (0, 1), value=1.0)
        steep, flat = _factors(source - top)
        above = _Sums(steep, flat, values, rising)
        # The best score of each listener. Beside a positive one, what is flat weighs less.
        best = top + target
        level = leaky_relu(best, NEGATIVE_SLOPE)
        positive, others = above.at(source[rising], target)
        total = positive + (-(1 - NEGATIVE_SLOPE) * best.relu()).exp()[:, None] * others
        weight = total[:, -1:]
        out, level = total[:, :-1] / weight, level + weight[:, 0].log()
        ctx.save_for_backward(values, source, target, out, level, positive.div_(weight))
        return out, level

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, to_out: torch.Tensor, to_level: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        values, source, target, out, level, positive = ctx.saved_tensors
        # ∂/∂e_ij is α_ij times the product of this with v_j and 1.
        owed = torch.cat([to_out, (to_level - (to_out * out).sum(dim=1))[:, None]], dim=1)
        top, rising = source.max(), target.argsort()
        best = top + target
        below = _Sums((best - level).exp(), (NEGATIVE_SLOPE * best - level).exp(), owed, rising)
        steep, flat = _factors(source - top)
        by_steep, by_flat = below.at(target[rising], source)
        by_steep.mul_(steep[:, None])
        by_flat.mul_(flat[:, None])
        to_source = (values * by_steep).sum(dim=1) + NEGATIVE_SLOPE * (values * by_flat).sum(dim=1)
        # All of a listener's together are what its level is owed.
        to_positive = (owed * positive).sum(dim=1)
        to_target = (1 - NEGATIVE_SLOPE) * to_positive + NEGATIVE_SLOPE * to_level
        return by_steep.add_(by_flat)[:, :-1], to_source, to_target


def _factors(below_top: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What a source's weight holds of it above the bend of LeakyReLU, and below."""
    return below_top.exp(), (NEGATIVE_SLOPE * below_top).exp()


class _Sums:
    """Σ of weighted vectors over those whose score with a token is positive, and over the others.

    Args:
        steep: (n,) weights where a score is positive.
        flat: (n,) weights where it is not.
        vectors: (n, width).
        rising: (n,) their order by what they add to a score.
    """

    def __init__(
        self, steep: torch.Tensor, flat: torch.Tensor, vectors: torch.Tensor, rising: torch.Tensor
    ) -> None:
        # Row c of one: the c highest; of the other: the c lowest.
        self.highest = _running(steep, vectors, rising.flip(0))
        self.lowest = _running(flat, vectors, rising)

    def at(self, rising: torch.Tensor, added: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The two sums for tokens that add so much, beside what the vectors' own add, sorted."""
        low = torch.searchsorted(rising, -added, right=True)
        return self.highest[len(rising) - low], self.lowest[low]


def _running(weight: torch.Tensor, vectors: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """(n + 1, width): row c is the sum over the first c."""
    out = vectors.new_zeros(len(vectors) + 1, vectors.shape[1])
    torch.mul(vectors[order], weight[order][:, None], out=out[1:])
    return torch.cumsum(out, dim=0, out=out)


def _far_from_the_centre(unit: torch.Tensor, tau: float) -> torch.Tensor:
    """Tokens that the mean direction cannot vouch for, (k,)."""
    centre = normalize(unit.mean(dim=0), dim=0)
    least = math.cos(math.acos(max(-1.0, min(1.0, tau))) / 2) + MARGIN
    return (~(unit @ centre >= least)).nonzero().flatten()


def _cover(unit: torch.Tensor, tau: float, most: int) -> torch.Tensor | None:
    """At most `most` tokens that all missing edges meet; None if there are too many of either."""
    if not _looks_complete(unit, tau):
        return None
    length, found, room = len(unit), [], GAPS * len(unit)
    rows = max(1, PAIRS // length)
    for top in range(0, length, rows):
        gaps = unit[top : top + rows] @ unit[top:].mT <= tau
        pairs = gaps.triu_(1).nonzero() + top
        room -= len(pairs)
        if room < 0:
            return None
        found.append(pairs)
    one, other = torch.cat(found).unbind(dim=1)
    if not len(one):
        return one
    lacking = torch.bincount(one, minlength=length) + torch.bincount(other, minlength=length)
    order = lacking.argsort(descending=True, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(length, device=order.device)
    n_apart = int(torch.minimum(rank[one], rank[other]).max()) + 1
    return order[:n_apart].sort().values if n_apart <= most else None


def _looks_complete(unit: torch.Tensor, tau: float) -> bool:
    """Whether a few tokens, asked for their edges, lack but few, or always the same ones."""
    asked = torch.linspace(0, len(unit) - 1, min(PROBED, len(unit)), device=unit.device).long()
    gaps = unit[asked] @ unit.mT <= tau
    usual = gaps.float().mean(dim=1) < OFTEN
    others = gaps[usual][:, gaps.float().mean(dim=0) < OFTEN].sum(dim=1).float()
    strange = 1 - float(usual.float().mean()) + float((others > 0).float().mean())
    return strange <= 2 * APART and float(others.mean()) <= 2 * GAPS


def _edges(unit: torch.Tensor, apart: torch.Tensor, tau: float) -> torch.Tensor:
    """(k, n): see `NearlyComplete`; symmetric to the last bit among the k themselves."""
    edges = (unit[apart] @ unit.mT).clamp_(max=1).gt(tau).to(unit.dtype)
    among = edges[:, apart].triu(1)
    edges[:, apart] = among + among.mT
    edges[torch.arange(len(apart), device=apart.device), apart] = 1
    return edges
