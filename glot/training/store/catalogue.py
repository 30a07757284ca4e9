"""Which shard holds a text, and where in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import torch

from glot.errors import GlotError
from glot.training.store.shards import DIGEST, Shard
from glot.training.store.stored import StoredStates


def digests_of(texts: Sequence[str]) -> np.ndarray:
    """(N,) digests of texts, of type `DIGEST`."""
    size = DIGEST.itemsize
    raw = b"".join(hashlib.blake2b(text.encode(), digest_size=size).digest() for text in texts)
    return np.frombuffer(raw, dtype=DIGEST)


class Catalogue:
    """The texts of some shards, sorted by digest.

    Args:
        shards: M texts in all.
        width: d, which stands where there is no shard yet.
    """

    def __init__(self, shards: Iterable[Shard], width: int) -> None:
        self.shards = tuple(shards)
        self.width = width
        self._digests = _joined([shard.digests for shard in self.shards], DIGEST)
        self._order = np.argsort(self._digests, kind="stable")
        self._digests = self._digests[self._order]

    def find(self, digests: np.ndarray) -> np.ndarray:
        """(N,) the number of each text among all M, or −1 where no shard holds it."""
        if not len(self._digests):
            return np.full(len(digests), -1)
        place = np.searchsorted(self._digests, digests)
        place[place == len(self._digests)] = 0
        return np.where(self._digests[place] == digests, self._order[place], -1)

    def missing(self, digests: np.ndarray) -> np.ndarray:
        """Rows of the texts that no shard holds, each distinct text once."""
        rows = np.flatnonzero(self.find(digests) < 0)
        _, first = np.unique(digests[rows], return_index=True)
        return rows[np.sort(first)]

    def stored(self, digests: np.ndarray) -> StoredStates:
        """The states of texts, in their order.

        Raises:
            GlotError: one of them is missing.
        """
        numbers = np.repeat(np.arange(len(self.shards)), [len(s.lengths) for s in self.shards])
        lengths = _joined([shard.lengths for shard in self.shards], np.dtype(np.int64))
        starts = _joined(
            [shard.lengths.cumsum() - shard.lengths for shard in self.shards], np.dtype(np.int64)
        )
        places = self.find(digests)
        if (places < 0).any():
            raise GlotError(
                f"Token states of {(places < 0).sum()} texts were removed as soon as they were "
                "written.",
                "Accepted: a store that nobody removes files from meanwhile.",
                "Run the same command again.",
            )
        return StoredStates(
            shards=self.shards,
            numbers=torch.from_numpy(numbers[places]),
            starts=torch.from_numpy(starts[places]),
            lengths=torch.from_numpy(lengths[places]),
            width=self.width,
        )


def _joined(arrays: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """One array of all, which may be none."""
    return np.concatenate([np.empty(0, dtype), *arrays])
