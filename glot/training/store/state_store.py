"""The store of one backbone's states, at one layer and one number of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from glot.backbones.base import Backbone, check_layer, check_texts, cut_length
from glot.training.store.catalogue import Catalogue, digests_of
from glot.training.store.collection import (
    CollectionMeta,
    collection_key,
    disk_errors_told,
    states_root,
    writing,
)
from glot.training.store.extraction import EncodedText, encode_packs
from glot.training.store.shards import Shard, complete_shards, write_shard
from glot.training.store.stored import StoredStates

Progress = Callable[[int, int], None]


class StateStore:
    """Token states of texts: computed on the first request, read from disk on every other.

    Any number of processes may use the same folder: one writes at a time, and one that wants the
    same states waits and then finds them. A process that is killed loses at most the shard it
    was about to write.

    Args:
        backbone: computes what is not there yet.
        max_tokens: texts are cut to this many tokens, at most the backbone's context; 0: to it.
        layer: 0 for the embeddings, k for the states after block k; None for the last.
        root: the store's folder, by default the one in the cache folder.

    Attributes:
        folder: the collection's.

    Raises:
        GlotError: the backbone has no such layer, or `max_tokens` is negative.
    """

    def __init__(
        self,
        backbone: Backbone,
        max_tokens: int,
        layer: int | None = None,
        root: Path | None = None,
    ) -> None:
        self.backbone = backbone
        self.max_tokens = cut_length(max_tokens, backbone.context)
        self.layer = check_layer(layer, backbone.n_layers)
        key = collection_key(backbone, self.max_tokens, self.layer)
        self.folder = states_root(root) / key
        self._shards: dict[str, Shard] = {}

    def states(self, texts: Sequence[str], progress: Progress | None = None) -> StoredStates:
        """Token states of texts, of which those that the store lacks are computed now.

        States are rounded to float16, or kept in bfloat16 where the backbone computes in it.

        Args:
            texts: N texts; equal ones are computed once.
            progress: called with how many distinct texts are there and how many were asked for,
                at the beginning and after every shard.

        Raises:
            GlotError: a text that cannot be encoded (told with its number, before anything is
                computed, where it is blank or no Unicode), a state that float16 cannot hold, or
                a disk without room.
        """
        check_texts(texts)
        digests = digests_of(texts)
        catalogue = self._read()
        if len(catalogue.missing(digests)):
            catalogue = self._compute(texts, digests, progress or _nobody)
        elif progress:
            distinct = len(np.unique(digests))
            progress(distinct, distinct)
        return catalogue.stored(digests)

    def _read(self) -> Catalogue:
        """What the folder holds now; shards that were read before are not read again."""
        self._shards = complete_shards(self.folder, self._shards)
        return Catalogue(self._shards.values(), self.backbone.width)

    def _compute(self, texts: Sequence[str], digests: np.ndarray, tell: Progress) -> Catalogue:
        """Compute what is missing, under the lock, and tell what is there then."""
        with writing(self.folder, CollectionMeta.of(self.backbone, self.max_tokens, self.layer)):
            # Another process may have computed the same texts while this one waited.
            rows = self._read().missing(digests)
            distinct = len(np.unique(digests))
            done = distinct - len(rows)
            tell(done, distinct)
            packs = encode_packs(self.backbone, texts, self.max_tokens, self.layer, rows.tolist())
            with closing(packs):
                for pack in packs:
                    self._write(pack, digests)
                    done += len(pack)
                    tell(done, distinct)
            return self._read()

    def _write(self, pack: Sequence[EncodedText], digests: np.ndarray) -> None:
        # A slice, not an element: numpy's own scalar would lose zeros at a digest's end.
        keys = [digests[text.number : text.number + 1].tobytes() for text in pack]
        with disk_errors_told(self.folder):
            shard = write_shard(self.folder, keys, [text.states for text in pack])
        self._shards[shard.name] = shard


def _nobody(done: int, total: int) -> None:
    """Hears of progress when nobody else does."""
