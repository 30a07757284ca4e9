"""A GLOT pooler compiled for short texts: inference on a processor, without gradients.

Of a text of a sentence's length a pooler's products are done sooner than the small operations
between them, and sooner than autocast casts their operands. Here those operations are a few
compiled functions (`glot.poolers.kernels`), and weights are cast when they change.
"""

from __future__ import annotations

from collections.abc import Mapping
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

    def __init__(self, conv: GATConv, weight: torch.Tensor) -> None:
        self.weight = weight
        self.source: Array = conv.att_src.numpy(force=True)
        self.target: Array = conv.att_dst.numpy(force=True)
        self.edge = np.float32(0)
        self.bias: Array = conv.bias.numpy(force=True)
        self._of_edges = conv.lin_edge, conv.att_edge

    def weigh_edges(self) -> None:
        """Compute c."""
        lin, att = self._of_edges
        if lin is not None and att is not None:
            self.edge = np.float32(float(lin @ att))


class CompiledGlot:
    """A `GlotPooler`, for short texts.

    The same sums in another order: similarities, τ, attention, π and z in float32; the layers'
    and the readout's products in the token states' format. It knows no gradient.

    It reads float32 weights where the pooler has them; of others it holds copies, which `follow`
    brings up to date.

    Args:
        pooler: one that `of` accepts.
        dtype: of the token states, float32 or bfloat16.
    """

    def __init__(self, pooler: GlotPooler, dtype: torch.dtype) -> None:
        self.pooler = pooler
        self.dtype = dtype
        self.tau = np.float32(pooler.config.tau)
        self.centred = pooler.config.similarity == "centred"
        self._config = pooler.config
        self._modules, self._weights = list(pooler.modules()), list(pooler.parameters())
        dicts = [held for each in self._modules for held in (each._modules, each._parameters)]
        self._parts = [(held, _ids(held)) for held in dicts if held]
        self._places = [weight.data_ptr() for weight in self._weights]
        self._copies: list[tuple[torch.Tensor, torch.Tensor]] = []
        inner, last = pooler.readout.score[0], pooler.readout.score[2]
        assert isinstance(inner, nn.Linear)
        assert isinstance(last, nn.Linear)
        # Copies made in inference mode could not be brought up to date outside of it.
        with torch.inference_mode(False), torch.no_grad():
            self.layers = [
                _Layer(conv, self._in_format(conv.lin.weight))
                for conv in pooler.convs
                if isinstance(conv, GATConv)
            ]
            into = getattr(pooler.projection, "weight", None)
            self.into = None if into is None else self._in_format(into)
            of_states, of_layers = inner.weight.tensor_split([pooler.widths[0]], dim=1)
            self.of_states = self._in_format(of_states)
            self.of_layers = self._in_format(of_layers).mT
            self.bias = self._in_format(inner.bias)
            self.last: Array = last.weight[0].numpy(force=True)
        self._copy()

    def _in_format(self, weight: torch.Tensor) -> torch.Tensor:
        """The weight itself, or a copy that `_copy` will fill."""
        if weight.dtype is self.dtype:
            return weight.detach()
        copy = torch.empty(weight.shape, dtype=self.dtype)
        self._copies.append((copy, weight.detach()))
        return copy

    def _copy(self) -> None:
        with torch.no_grad():
            for copy, weight in self._copies:
                copy.copy_(weight)
            for layer in self.layers:
                layer.weigh_edges()
        self._versions = [weight._version for weight in self._weights]

    def follow(self, unseen: bool = False) -> bool:
        """Take the weights as they are now.

        Args:
            unseen: they may have changed in a way that no version tells of, as through `.data`.

        Returns:
            Whether it could: False once the pooler has other settings, modules or tensors, or its
            tensors other memory. Then a new form is wanted.
        """
        if self.pooler.config is not self._config:
            return False
        for held, ids in self._parts:
            if _ids(held) != ids:
                return False
        if [weight.data_ptr() for weight in self._weights] != self._places:
            return False
        if unseen or [weight._version for weight in self._weights] != self._versions:
            self._copy()
        return True

    @classmethod
    def of(cls, pooler: nn.Module, dtype: torch.dtype) -> Self | None:
        """A pooler's compiled form for states in a format, where it has one.

        It is made of GLOT with GAT layers that are all joined, on states as they are, without the
        control's shuffled edges, whose weights are in float32 and tell their versions (those made
        in inference mode do not); for float32 and bfloat16; where numba is installed.
        """
        if not isinstance(pooler, GlotPooler) or not pooler.convs:
            return None
        config = pooler.config
        known = config.conv == "gat" and config.jumping_knowledge == "cat"
        known = known and config.similarity in ("cosine", "centred") and config.norm == "none"
        known = known and dtype in (torch.float32, torch.bfloat16) and _HAS_NUMBA
        for weight in pooler.parameters():
            known = known and weight.dtype is torch.float32 and not weight.is_inference()
        return cls(pooler, dtype) if known else None

    def __call__(self, hidden: torch.Tensor, mask: torch.Tensor) -> Pooled | None:
        """Pool a batch.

        Args:
            hidden: (B, L, d) of the form's format; what stands at padding does not matter.
            mask: (B, L), 0 at padding.

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
        tokens = batch * length
        flat = hidden.flatten(0, 1)
        similar = _numbers(centred_states(hidden, mask).flatten(0, 1) if self.centred else flat)
        neighbours = np.empty((tokens, length), np.int32)
        degree = np.empty(tokens, np.int32)
        edges = EDGES * tokens
        if not find_edges(similar, mask.numpy(), self.tau, edges, neighbours, degree):
            return None
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
        # tanh a = 2σ(2a) − 1, as in `Readout`; what it adds to every score, the softmax drops.
        inner = inner.addmm_(joined, self.of_layers, beta=2, alpha=2).sigmoid_()
        weights = torch.empty(batch, length)
        vectors = flat.new_empty(batch, flat.shape[1] + joined.shape[1])
        given = _numbers(inner), self.last, degree, _numbers(flat), numbers
        if not read_out(*given, weights.numpy(), _numbers(vectors)):
            return None
        return Pooled(vectors, weights)


def _ids(held: Mapping[str, object]) -> list[int]:
    return [*map(id, held.values())]


def _numbers(states: torch.Tensor) -> Array:
    """The same memory, as the compiled functions take it."""
    bits = states.view(torch.uint16) if states.dtype is torch.bfloat16 else states
    numbers: Array = bits.numpy()
    return numbers
