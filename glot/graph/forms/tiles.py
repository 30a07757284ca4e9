"""Tiles of one sentence's similarity matrix: made, compared with τ, used and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

# Tokens along a tile's side: 4 MiB of float32, which stays in a CPU's last cache.
SIDE = {"cpu": 1024, "cuda": 4096}
# What edges already decided may take, packed to one bit a pair: all of 65,536 tokens fit.
KEPT_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Tile:
    """The edges between two spans of tokens.

    Attributes:
        rows: a span of tokens.
        columns: the same span, or a later one.
        table: (rows, columns) float32, 1 where an edge or self-loop is, else 0; it is overwritten
            when the next tile is made.
    """

    rows: slice
    columns: slice
    table: torch.Tensor

    @property
    def on_diagonal(self) -> bool:
        """Whether both spans are the same: the tile is symmetric and holds self-loops."""
        return self.rows == self.columns


class Tiles:
    """The upper half of one sentence's graph, tile by tile.

    A pass costs half a matrix product, since similarity is symmetric. What the first pass decides
    is kept for the next ones, one bit a pair, as far as `KEPT_BYTES` go; tiles beyond that are
    made anew. So memory is bounded by a constant beside the states themselves.

    Args:
        unit: (L, d) float32, states of length 1 (see `glot.graph.similarity.unit_states`).
        tau: threshold, compared in float32.
        side: tokens along a tile's side; by default `SIDE`.
    """

    def __init__(self, unit: torch.Tensor, tau: float, side: int | None = None) -> None:
        self.unit = unit
        self.tau = float(np.float32(tau))
        self.side = side or SIDE.get(unit.device.type, SIDE["cpu"])
        self._kept: dict[tuple[int, int], _Edges] = {}
        self._room = KEPT_BYTES

    def __len__(self) -> int:
        """L, the number of tokens."""
        return len(self.unit)

    def __iter__(self) -> Iterator[Tile]:
        """Tiles that have an edge."""
        side, length = min(self.side, len(self)), len(self)
        buffer = self.unit.new_empty(side * side)
        for top in range(0, length, side):
            rows = slice(top, min(top + side, length))
            for left in range(top, length, side):
                columns = slice(left, min(left + side, length))
                shape = (rows.stop - rows.start, columns.stop - columns.start)
                table = buffer[: shape[0] * shape[1]].view(shape)
                if self._decide(rows, columns, table):
                    yield Tile(rows, columns, table)

    def _decide(self, rows: slice, columns: slice, table: torch.Tensor) -> bool:
        """Fill in the table; whether it has an edge."""
        key = rows.start, columns.start
        if key in self._kept:
            return self._kept[key].fill(table)
        self._compare(rows, columns, table)
        some = bool(table.any())
        size = _Edges.size(table) if some else 0
        if size <= self._room:
            self._room -= size
            self._kept[key] = _Edges(table if some else None)
        return some

    def _compare(self, rows: slice, columns: slice, table: torch.Tensor) -> None:
        torch.mm(self.unit[rows], self.unit[columns].mT, out=table)
        if rows == columns:
            # The product is not symmetric to the last bit; one half tells for both.
            table.triu_().add_(table.mT.tril(-1))
        # A state against itself may come out as a little more than 1.
        torch.gt(table.clamp_(max=1), self.tau, out=table)
        if rows == columns:
            table.fill_diagonal_(1)


class _Edges:
    """A tile's edges in little room: nothing, or one bit a pair (a byte where there is a GPU)."""

    def __init__(self, table: torch.Tensor | None) -> None:
        self._bits: npt.NDArray[np.uint8] | None = None
        self._bytes: torch.Tensor | None = None
        if table is not None and table.is_cuda:
            self._bytes = table.bool()
        elif table is not None:
            self._bits = np.packbits(table.numpy().astype(bool))

    @staticmethod
    def size(table: torch.Tensor) -> int:
        return table.numel() if table.is_cuda else table.numel() // 8 + 1

    def fill(self, table: torch.Tensor) -> bool:
        if self._bytes is not None:
            table.copy_(self._bytes)
        elif self._bits is not None:
            bits = np.unpackbits(self._bits, count=table.numel())
            table.copy_(torch.from_numpy(bits).view(table.shape))
        return self._bytes is not None or self._bits is not None
