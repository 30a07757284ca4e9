"""Stored token states of a list of texts, read in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from glot.training.store.shards import Shard


@dataclass(frozen=True)
class StateBatch:
    """Token states of a batch.

    Attributes:
        hidden: (B, L, d) float32, zero at padding.
        mask: (B, L) bool, true at tokens.
    """

    hidden: torch.Tensor
    mask: torch.Tensor


@dataclass(frozen=True, eq=False)
class StoredStates:
    """Token states of N texts; they stay on disk until a batch is read.

    Attributes:
        shards: where they lie.
        numbers: (N,) int64, the shard of each text.
        starts: (N,) int64, its first token in the shard.
        lengths: (N,) int64, its number of tokens.
        width: d.
    """

    shards: tuple[Shard, ...]
    numbers: torch.Tensor
    starts: torch.Tensor
    lengths: torch.Tensor
    width: int

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: Sequence[int] | torch.Tensor) -> StateBatch:
        """States of some texts, padded right to the longest of them.

        Args:
            rows: at least one number of a text.

        Raises:
            GlotError: the files are gone, or were cut, since the states were asked for.
        """
        index = torch.as_tensor(rows)
        lengths = self.lengths[index]
        hidden = torch.zeros(len(index), int(lengths.max()), self.width)
        places = zip(
            self.numbers[index].tolist(), self.starts[index].tolist(), lengths.tolist(), strict=True
        )
        for row, (number, start, length) in zip(hidden, places, strict=True):
            # The copy widens to float32; a text's tokens lie together, so it is one move.
            row[:length] = self.shards[number].states[start : start + length]
        mask = torch.arange(hidden.shape[1]) < lengths[:, None]
        return StateBatch(hidden, mask)

    def take(self, rows: Sequence[int] | torch.Tensor) -> StoredStates:
        """The states of some of the texts, in this order; nothing is copied or read."""
        index = torch.as_tensor(rows, dtype=torch.int64)
        return StoredStates(
            self.shards, self.numbers[index], self.starts[index], self.lengths[index], self.width
        )
