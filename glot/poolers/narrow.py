"""GLOT's large products in bfloat16, made ready for inference on a processor.

Of short texts a pooler's products are done sooner than the casts, copies and small steps between
them. Autocast casts every weight in every call, and every operand of every product; here weights
are cast once, those that meet the token states stand in one matrix, and what is small stays in
float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Self

import torch
from torch import nn
from torch.nn.functional import linear

from glot.convs.gat import GATConv
from glot.graph.forms.choose import neighbours
from glot.poolers.base import masked_softmax, weighted_sum
from glot.poolers.glot import GlotPooler
from glot.types import Pooled

# Up to so many tokens a text, attention in float32 costs no more than the casts that it spares.
SHORT = 64


@dataclass(frozen=True)
class _Layer:
    """What `GATConv` holds, as it is used here.

    Attributes:
        weight: (width, width) bfloat16, transposed; of the first layer it is in `of_states`.
        attention: (2, width) float32, a_src and a_dst.
        edge: the scalar c.
        bias: (width,) float32.
    """

    weight: torch.Tensor
    attention: torch.Tensor
    edge: float
    bias: torch.Tensor

    @classmethod
    def of(cls, conv: GATConv) -> Self:
        edge = 0.0
        if conv.lin_edge is not None and conv.att_edge is not None:
            edge = float(conv.lin_edge @ conv.att_edge)
        vectors = torch.stack([conv.att_src, conv.att_dst])
        return cls(conv.lin.weight.mT.bfloat16(), vectors, edge, conv.bias.clone())


class NarrowGlot:
    """A `GlotPooler` as it stands, for short texts whose token states are in bfloat16.

    The same sums in another order: similarities, τ, attention and both weighted sums in float32;
    the layers' and the readout's products in bfloat16. It does not follow the pooler's weights
    when they change, and knows no gradient.

    Args:
        pooler: one that `of` accepts.
    """

    def __init__(self, pooler: GlotPooler) -> None:
        self.pooler = pooler
        with torch.no_grad():
            weights = pooler.state_dict()
            inner = weights["readout.score.0.weight"]
            bias = weights["readout.score.0.bias"]
            into = weights.get("projection.weight")
            self.layers = [_Layer.of(conv) for conv in pooler.convs if isinstance(conv, GATConv)]
            of_states, of_layers = inner.tensor_split([pooler.widths[0]], dim=1)
            # tanh a = 2σ(2a) − 1, as in `Readout`; what it adds to every score, the softmax drops.
            first = weights["convs.0.lin.weight"]
            self.into = None if into is None else into.bfloat16()
            self.of_states = torch.cat([first, 2 * of_states]).bfloat16()
            self.bias = torch.cat([bias.new_zeros(len(first)), 2 * bias]).bfloat16()
            self.of_layers = (2 * of_layers).mT.bfloat16()
            self.last = weights["readout.score.2.weight"][0].bfloat16()

    @classmethod
    def of(cls, pooler: nn.Module) -> Self | None:
        """A pooler's narrow form, where it has one: with GAT layers that are all joined."""
        if not isinstance(pooler, GlotPooler) or not pooler.convs:
            return None
        config = pooler.config
        known = config.conv == "gat" and config.jumping_knowledge == "cat"
        return cls(pooler) if known else None

    def __call__(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled | None:
        """Pool a batch.

        Args:
            hidden: (B, L, d) bfloat16; what stands at padding does not matter.
            mask: (B, L) bool.

        Returns:
            What the pooler would give, but for rounding; None for long texts, and for all that
            only the pooler itself can tell of or get over: other shapes, sentences without a
            token, states that are not finite or make such.
        """
        batch, length, width = hidden.shape
        if length > SHORT or mask.shape != (batch, length) or width != self.pooler.in_width:
            return None
        pooled = self._pooled(hidden, mask)
        # Whatever is not finite ends up in the sum, also from padding, whose weights are 0.
        return pooled if isfinite(float(pooled.embedding.sum())) else None

    def _pooled(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled:
        wide = hidden.float()
        config = self.pooler.config
        graphs = neighbours(wide, mask, config.tau, config.similarity)
        flat = hidden.flatten(0, 1)
        if self.into is not None:
            flat = linear(flat, self.into)
            wide = flat.view(*mask.shape, -1).float()
        product = linear(flat, self.of_states, self.bias)
        width = config.width
        h, inner = product[:, :width], product[:, width:]
        found: list[torch.Tensor] = []
        for layer in self.layers:
            if found:
                h = found[-1].flatten(0, 1).bfloat16() @ layer.weight
            states = h.float()
            source, target = (layer.attention @ states.mT).view(2, *mask.shape)
            states = states.view(*mask.shape, width)
            of_neighbours = graphs.attend(states, source, target + layer.edge)
            found.append(of_neighbours.add_(layer.bias).relu_())
        joined = torch.cat(found, dim=-1)
        inner = torch.addmm(inner, joined.flatten(0, 1).bfloat16(), self.of_layers).sigmoid_()
        score = torch.mv(inner, self.last).float().mul_(2).view(mask.shape)
        weights = masked_softmax(score, mask)
        return Pooled(weighted_sum(weights, [wide, joined]), weights)
