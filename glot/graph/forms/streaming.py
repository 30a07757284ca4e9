"""The streaming form: no table and no list of edges; memory grows with L·d.

Where a sentence's graph is nearly complete it needs no pass over all pairs, else it is met tile by
tile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import leaky_relu, leaky_relu_

from glot.graph.edges import checked
from glot.graph.forms.complete import NearlyComplete, wide
from glot.graph.forms.dense import NEGATIVE_SLOPE, NO_EDGE
from glot.graph.forms.tiles import Tiles
from glot.graph.similarity import unit_states

LOG2_E = math.log2(math.e)
# Sentences of fewer tokens are not asked whether their graph is nearly complete: tables are faster.
COMPLETE_TOKENS = 1024


class StreamingNeighbours:
    """Token graphs sentence by sentence: see `glot.types.Neighbours`. One τ only.

    Forward runs over the tiles with an online softmax (Milakov and Gimelshein, 2018) or plain sums;
    backward makes the tiles again instead of keeping anything of size L².

    Args:
        sentences: for each of B sentences its graph and the positions of its valid tokens, (n,)
            int64.
        mask: (B, L) bool.
    """

    def __init__(
        self, sentences: list[tuple[Tiles | NearlyComplete, torch.Tensor]], mask: torch.Tensor
    ) -> None:
        self.sentences = sentences
        self.mask = mask

    @classmethod
    def of(
        cls,
        hidden: torch.Tensor,
        mask: torch.Tensor,
        tau: float,
        kind: str = "cosine",
        side: int | None = None,
    ) -> StreamingNeighbours:
        """The graphs at τ.

        Args:
            hidden: (B, L, d) token states, 0 at padding.
            mask: (B, L) bool.
            tau: threshold.
            kind: of similarity, see `glot.graph.similarity.token_similarity`.
            side: of the tiles; given, all sentences are met by tiles.

        Raises:
            GlotError: τ is NaN or outside [−1, 1].
        """
        checked(tau)
        unit = unit_states(hidden, mask, kind).detach()
        found: list[tuple[Tiles | NearlyComplete, torch.Tensor]] = []
        for row, valid in zip(unit, mask, strict=True):
            tokens = valid.nonzero().flatten()
            states = row if len(tokens) == len(row) else row[tokens]
            asked = side is None and may_be_complete(hidden, len(tokens))
            complete = NearlyComplete.found(states, tau) if asked else None
            found.append((complete or Tiles(states, tau, side), tokens))
        return cls(found, mask)

    @classmethod
    def if_nearly_complete(
        cls, hidden: torch.Tensor, mask: torch.Tensor, tau: float, kind: str = "cosine"
    ) -> Self | None:
        """The graphs at τ if each of them is nearly complete, else None; arguments as for `of`."""
        found: list[tuple[Tiles | NearlyComplete, torch.Tensor]] = []
        for row in range(len(mask)):
            tokens = mask[row].nonzero().flatten()
            valid = hidden[row : row + 1, tokens], mask[row : row + 1, tokens]
            complete = NearlyComplete.found(unit_states(*valid, kind)[0].detach(), tau)
            if complete is None:
                return None
            found.append((complete, tokens))
        return cls(found, mask)

    @cached_property
    def _degree(self) -> torch.Tensor:
        ones = torch.ones(*self.mask.shape, 1, device=self.mask.device)
        # A padded token hears itself alone.
        return self._each(_sum_of, ones, fill=1.0)

    def degree(self) -> torch.Tensor:
        """See `Neighbours.degree`."""
        return self._degree

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """See `Neighbours.sum`."""
        return self._each(_sum_of, states)

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """See `Neighbours.attend`."""
        return self._each(_attended, states, source, target)

    def _each(self, work: Callable[..., Any], *of: torch.Tensor, fill: float = 0.0) -> torch.Tensor:
        """Do a work for each sentence on its valid tokens' rows; `fill` at padding."""
        out = []
        # Unbound at once: the gradient of each row apart would be as large as all of them.
        rows = zip(*(tensor.unbind() for tensor in of), strict=True)
        for (graph, tokens), row in zip(self.sentences, rows, strict=True):
            whole = len(tokens) == self.mask.shape[1]
            parts = row if whole else tuple(tensor[tokens] for tensor in row)
            done = work(graph, *parts)
            if not whole:
                padded = done.new_full((self.mask.shape[1], *done.shape[1:]), fill)
                done = padded.index_copy(0, tokens, done)
            out.append(done)
        return torch.stack(out) if len(out) > 1 else out[0][None]


def may_be_complete(hidden: torch.Tensor, length: int) -> bool:
    """Whether to ask graphs of so many tokens if they are nearly complete.

    On a CPU: elsewhere nobody has measured that it pays.
    """
    return hidden.device.type == "cpu" and length >= COMPLETE_TOKENS


def _sum_of(graph: Tiles | NearlyComplete, states: torch.Tensor) -> torch.Tensor:
    if isinstance(graph, NearlyComplete):
        return graph.sum(states)
    total: torch.Tensor = _Sum.apply(graph, states)  # type: ignore[no-untyped-call]
    return total


def _attended(graph: Tiles | NearlyComplete, *of: torch.Tensor) -> torch.Tensor:
    if isinstance(graph, NearlyComplete):
        return graph.attend(*of)
    heard: torch.Tensor = _Attend.apply(graph, *of)  # type: ignore[no-untyped-call]
    return heard


def _sum(tiles: Tiles, states: torch.Tensor) -> torch.Tensor:
    """Σ_{j∈N(i)} u_j, (L, width)."""
    total = torch.zeros_like(states)
    for tile in tiles:
        table = tile.table.to(states.dtype)
        total[tile.rows].addmm_(table, states[tile.columns])
        if not tile.on_diagonal:
            total[tile.columns].addmm_(table.mT, states[tile.rows])
    return total


class _Sum(torch.autograd.Function):
    """The sum over neighbours; the graph is undirected, so the gradient is that sum again."""

    @staticmethod
    def forward(ctx: Any, tiles: Tiles, states: torch.Tensor) -> torch.Tensor:
        ctx.tiles = tiles
        return _sum(tiles, wide(states)).to(states.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, torch.Tensor]:
        return None, _sum(ctx.tiles, wide(gradient)).to(gradient.dtype)


class _Attend(torch.autograd.Function):
    """The softmax-weighted sum over neighbours, online; backward by making the tiles again."""

    @staticmethod
    def forward(
        ctx: Any, tiles: Tiles, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        # In powers of two: exp2 is three times as fast as exp, and thirty times where the result
        # is 0. LeakyReLU lets a positive factor through.
        running = _Running(wide(states), source * LOG2_E, target * LOG2_E)
        for tile in tiles:
            bias = (tile.table - 1).mul_(NO_EDGE)
            running.add(bias, tile.rows, tile.columns)
            if not tile.on_diagonal:
                running.add(bias.mT, tile.columns, tile.rows)
        out = running.total / running.weight[:, None]
        ctx.tiles = tiles
        ctx.save_for_backward(states, source, target, out, running.highest + running.weight.log2())
        return out.to(states.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, *tuple[torch.Tensor, ...]]:
        states, source, target, out, normaliser = ctx.saved_tensors
        sums = _Gradients(
            wide(states), source * LOG2_E, target * LOG2_E, normaliser, wide(gradient), out
        )
        for tile in ctx.tiles:
            bias = (tile.table - 1).mul_(NO_EDGE)
            sums.add(bias, tile.rows, tile.columns)
            if not tile.on_diagonal:
                sums.add(bias.mT, tile.columns, tile.rows)
        return None, sums.to_states.to(states.dtype), sums.to_source, sums.to_target


class _Running:
    """What an online softmax knows of each token: highest score, Σ of weights, weighted Σ.

    Source and target, and so the scores, are those of `Neighbours.attend` times log₂ e.
    """

    def __init__(self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor) -> None:
        self.states, self.source, self.target = states, source, target
        # Every token hears itself: a first guess that is never above the true maximum.
        self.highest = leaky_relu(source + target, NEGATIVE_SLOPE)
        self.weight = torch.zeros_like(self.highest)
        self.total = torch.zeros_like(states)

    def add(self, bias: torch.Tensor, listeners: slice, heard: slice) -> None:
        """Take in what `listeners` hear from `heard`."""
        raw = _raw_scores(self.source[heard], self.target[listeners], bias)
        score = leaky_relu_(raw, NEGATIVE_SLOPE).add_(bias)
        highest = torch.maximum(self.highest[listeners], score.amax(dim=1))
        weight = score.sub_(highest[:, None]).exp2_()
        shrink = (self.highest[listeners] - highest).exp2_()
        self.highest[listeners] = highest
        self.weight[listeners] = self.weight[listeners].mul_(shrink).add_(weight.sum(dim=1))
        self.total[listeners].mul_(shrink[:, None]).addmm_(
            weight.to(self.states.dtype), self.states[heard]
        )


class _Gradients:
    """Gradients of a weighted sum, gathered tile by tile; scores as in `_Running`."""

    def __init__(
        self,
        states: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
        normaliser: torch.Tensor,
        gradient: torch.Tensor,
        out: torch.Tensor,
    ) -> None:
        self.states, self.source, self.target = states, source, target
        self.normaliser, self.gradient = normaliser, gradient
        self.product = (gradient * out).sum(dim=1)
        self.to_states = torch.zeros_like(states)
        self.to_source = torch.zeros_like(source)
        self.to_target = torch.zeros_like(target)

    def add(self, bias: torch.Tensor, listeners: slice, heard: slice) -> None:
        """Take in what the results of `listeners` owe to `heard`."""
        raw = _raw_scores(self.source[heard], self.target[listeners], bias)
        weight = leaky_relu(raw, NEGATIVE_SLOPE).add_(bias)
        weight = weight.sub_(self.normaliser[listeners][:, None]).exp2_()
        self.to_states[heard].addmm_(weight.mT.to(self.states.dtype), self.gradient[listeners])
        score = _products(self.gradient[listeners], self.states[heard], like=bias)
        score = score.sub_(self.product[listeners][:, None]).mul_(weight)
        slope = torch.gt(raw, 0, out=raw).mul_(1 - NEGATIVE_SLOPE).add_(NEGATIVE_SLOPE)
        score.mul_(slope)
        self.to_target[listeners] += score.sum(dim=1)
        self.to_source[heard] += score.sum(dim=0)


def _products(a: torch.Tensor, b: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """a_i·b_j, (rows of a, rows of b), in memory as `like` lies: see `_raw_scores`."""
    return a @ b.mT if like.is_contiguous() else (b @ a.mT).mT


def _raw_scores(source: torch.Tensor, target: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """source_j + target_i, (targets, sources).

    It lies in memory as `bias` does: to work on mixed strides is several times slower.
    """
    if bias.is_contiguous():
        return target[:, None] + source
    return (source[:, None] + target).mT
