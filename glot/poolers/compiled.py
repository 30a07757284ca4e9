"""A GLOT pooler compiled for short texts: inference on a processor, without gradients.

Of a text of a sentence's length a pooler's products are done sooner than the small operations
between them, and sooner than autocast casts their operands. Here those operations are a few
compiled functions (`glot.poolers.kernels`), and weights are cast once.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Self

import numpy as np
import torch
from torch import nn
from torch.nn.functional import linear

from glot.convs.gat import GATConv
from glot.graph.similarity import centred_states
from glot.poolers.glot import GlotPooler
from glot.types import Pooled

Array = np.ndarray[Any, Any]

_HAS_NUMBA = find_spec("numba") is not None

# Up to so many tokens a text and in a batch, and edges a token. Beyond, PyTorch's operations on all
# cores are as fast: at 32 edges a token two of them are, for texts of 64 tokens.
LENGTH, TOKENS, EDGES = 256, 2048, 32


class _Layer:
    """What `GATConv` holds, as it is used here.

    Attributes:
        weight: (width, width of the incoming states).
        source: (width,) float32, a_src.
        target: (width,) float32, a_dst.
        edge: the scalar c.
        bias: (width,) float32.
    """

    def __init__(self, conv: GATConv, dtype: torch.dtype) -> None:
        edge = 0.0
        if conv.lin_edge is not None and conv.att_edge is not None:
            edge = float(conv.lin_edge @ conv.att_edge)
        self.weight = conv.lin.weight.to(dtype, copy=True)
        self.source: Array = conv.att_src.numpy(force=True).copy()
        self.target: Array = conv.att_dst.numpy(force=True).copy()
        self.edge = np.float32(edge)
        self.bias: Array = conv.bias.numpy(force=True).copy()


class CompiledGlot:
    """A `GlotPooler` as it stands, for short texts.

    The same sums in another order: similarities, τ, attention, π and z in float32; the layers'
    and the readout's products in the token states' format. It does not follow the pooler's
    weights when they change, and knows no gradient.

    Args:
        pooler: one that `of` accepts.
        dtype: of the token states, float32 or bfloat16.
    """

    def __init__(self, pooler: GlotPooler, dtype: torch.dtype) -> None:
        self.pooler = pooler
        self.tau = np.float32(pooler.config.tau)
        self.centred = pooler.config.similarity == "centred"
        convs = [conv for conv in pooler.convs if isinstance(conv, GATConv)]
        inner, last = pooler.readout.score[0], pooler.readout.score[2]
        assert isinstance(inner, nn.Linear)
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            self.layers = [_Layer(conv, dtype) for conv in convs]
            into = getattr(pooler.projection, "weight", None)
            self.into = None if into is None else into.to(dtype, copy=True)
            of_states, of_layers = inner.weight.tensor_split([pooler.widths[0]], dim=1)
            # tanh a = 2σ(2a) − 1, as in `Readout`; what it adds to every score, the softmax drops.
            self.of_states = _doubled(of_states, dtype)
            self.of_layers = _doubled(of_layers, dtype).mT
            self.bias = _doubled(inner.bias, dtype)
            self.last: Array = _doubled(last.weight[0], torch.float32).numpy()

    @classmethod
    def of(cls, pooler: nn.Module, dtype: torch.dtype) -> Self | None:
        """A pooler's compiled form for states in a format, where it has one.

        It is made of GLOT with GAT layers that are all joined, without the control's shuffled
        edges; for float32 and bfloat16; where numba is installed.
        """
        if not isinstance(pooler, GlotPooler) or not pooler.convs:
            return None
        config = pooler.config
        known = config.conv == "gat" and config.jumping_knowledge == "cat"
        known = known and config.similarity in ("cosine", "centred")
        known = known and dtype in (torch.float32, torch.bfloat16) and _HAS_NUMBA
        return cls(pooler, dtype) if known else None

    def __call__(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled | None:
        """Pool a batch.

        Args:
            hidden: (B, L, d) of the form's format; what stands at padding does not matter.
            mask: (B, L) bool.

        Returns:
            What the pooler would give, but for rounding, in the states' format; None for long
            texts, large batches and dense graphs, and for all that only the pooler itself can
            tell of or get over: other shapes, texts without a token, states that are not finite
            or make such.
        """
        batch, length, width = hidden.shape
        if not 0 < length <= LENGTH or batch * length > TOKENS:
            return None
        if mask.shape != (batch, length) or width != self.pooler.in_width:
            return None
        return self._pooled(hidden, mask)

    def _pooled(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled | None:
        # Numba takes half a second to import, which others need not wait for.
        from glot.poolers.kernels import attend, find_edges, read_out

        batch, length, _ = hidden.shape
        tokens, valid = mask.numel(), mask.numpy()
        wide = centred_states(hidden, mask) if self.centred else hidden.float()
        neighbours = np.empty((tokens, length), np.int32)
        degree = np.empty(tokens, np.int32)
        product = torch.bmm(wide, wide.mT).numpy()
        if not find_edges(product, valid, self.tau, EDGES * tokens, neighbours, degree):
            return None
        flat = hidden.flatten(0, 1)
        if self.into is not None:
            flat = linear(flat, self.into)
        width = self.pooler.config.width
        joined = flat.new_empty(tokens, width * len(self.layers))
        numbers = _numbers(joined)
        for place, layer in enumerate(self.layers):
            column = place * width
            states = joined[:, column - width : column] if place else flat
            own = layer.source, layer.target, layer.edge, layer.bias
            h = linear(states, layer.weight)
            attend(_numbers(h), *own, neighbours, degree, numbers, column)
        # Two products: side by side in one with the first layer's they take a quarter longer.
        inner = linear(flat, self.of_states, self.bias)
        inner = inner.addmm_(joined, self.of_layers).sigmoid_()
        weights = torch.empty(batch, length)
        vectors = flat.new_empty(batch, flat.shape[1] + joined.shape[1])
        given = _numbers(inner), self.last, valid, _numbers(flat), numbers
        if not read_out(*given, weights.numpy(), _numbers(vectors)):
            return None
        return Pooled(vectors, weights)


def _doubled(weights: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return torch.mul(weights, 2, out=weights.new_empty(weights.shape, dtype=dtype))


def _numbers(states: torch.Tensor) -> Array:
    """The same memory, as the compiled functions take it."""
    bits = states.view(torch.uint16) if states.dtype is torch.bfloat16 else states
    numbers: Array = bits.numpy()
    return numbers
