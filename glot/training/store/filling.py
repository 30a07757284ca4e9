"""One extraction by many processes: one that plans and keeps, others that compute and write.

The keeper holds the collection's lock and cuts what is missing into blocks. Workers write a
block's shards aside, into a folder beside the collection's own shards; the keeper takes them over
when it hears that the block is done, each block once. What a killed worker half wrote, or two
workers wrote twice, stays aside and goes when the keeper is done.

All of them see the same folder: on many machines it lies on a file system that they share.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np

from glot.backbones.base import Backbone, check_texts
from glot.errors import GlotError
from glot.training.store.catalogue import Catalogue, digests_of
from glot.training.store.collection import CollectionMeta, disk_errors_told, writing
from glot.training.store.extraction import encode_packs
from glot.training.store.shards import (
    ASIDE,
    INDEX,
    Shard,
    ShardError,
    complete_shards,
    read_shard,
    take_over,
    write_shard,
)


@dataclass(eq=False)
class Filling:
    """A collection that is being filled.

    Attributes:
        folder: the collection's.
        aside: where workers write.
        texts: those that the collection lacks, each once.
        size: texts of a block; the last one may have fewer.
        distinct: how many distinct texts were asked for.
    """

    folder: Path
    aside: Path
    texts: list[str]
    size: int
    distinct: int
    _kept: set[int] = field(default_factory=set)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-len(self.texts) // self.size)

    @property
    def done(self) -> int:
        """How many of the distinct texts the collection holds now."""
        return self.distinct - len(self.texts) + sum(len(self.block(n)) for n in self._kept)

    def block(self, number: int) -> list[str]:
        """The texts of a block, from 0."""
        return self.texts[number * self.size : (number + 1) * self.size]

    def keep(self, number: int, names: Sequence[str]) -> None:
        """Take a block's shards over, once; the shards of a second attempt stay aside.

        Args:
            number: of the block.
            names: of its shards, as `write_block` told them.

        Raises:
            GlotError: they do not lie aside, or hold other texts than the block's.
        """
        if number in self._kept:
            return
        shards = [self._written(name) for name in names]
        found = np.sort(np.concatenate([shard.digests for shard in shards]))
        if not np.array_equal(found, np.sort(digests_of(self.block(number)))):
            raise GlotError(
                f"Block {number} came back with the states of {len(found)} texts, not its own "
                f"{len(self.block(number))}.",
                "Accepted: workers that run the same version of the project.",
                "Install the same version on every machine.",
            )
        with disk_errors_told(self.folder):
            for shard in shards:
                take_over(shard, self.folder)
        self._kept.add(number)

    def _written(self, name: str) -> Shard:
        try:
            shard = read_shard(self.aside / (name + INDEX))
            shard.check_size()
            return shard
        except ShardError as error:
            raise GlotError(
                f"A worker wrote token states to {self.aside}, and they are not there: the shard "
                f"{name} {error}.",
                "Accepted: a cache folder on a file system that all machines share.",
                "Set GLOT_CACHE to a folder that every machine sees at the same path.",
            ) from error


@contextmanager
def filling(
    folder: Path, meta: CollectionMeta, texts: Sequence[str], size: int
) -> Iterator[Filling]:
    """Hold a collection, find what it lacks, and leave nothing aside when all is over.

    Args:
        folder: the collection's; made where there is none.
        meta: what it is for.
        texts: that it is to hold; equal ones count once.
        size: texts of a block, at least 1.

    Raises:
        GlotError: a text is blank or no Unicode, or the disk refuses.
    """
    check_texts(texts)
    digests = digests_of(texts)
    with writing(folder, meta):
        there = Catalogue(complete_shards(folder).values(), meta.width)
        missing = [texts[row] for row in there.missing(digests)]
        aside = folder / (uuid4().hex + ASIDE)
        try:
            with disk_errors_told(folder):
                aside.mkdir()
            yield Filling(folder, aside, missing, size, len(np.unique(digests)))
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def write_block(
    backbone: Backbone, texts: Sequence[str], max_tokens: int, layer: int, aside: Path
) -> tuple[str, ...]:
    """Compute the states of a block and write them aside; returns the shards' names.

    A block of `glot.backbones.batching.CHUNK` texts is batched as one process would do it, so
    its states are the same to the last bit where machine, number format and threads are.

    Args:
        backbone: computes them.
        texts: of the block, each once.
        max_tokens: texts are cut to this many tokens.
        layer: of the backbone.
        aside: see `Filling.aside`.

    Raises:
        GlotError: a text that cannot be encoded, a state that float16 cannot hold, or a disk
            without room.
    """
    names = []
    with closing(encode_packs(backbone, texts, max_tokens, layer)) as packs:
        for pack in packs:
            keys = [digests_of([texts[text.number]]).tobytes() for text in pack]
            with disk_errors_told(aside):
                shard = write_shard(aside, keys, [text.states for text in pack])
            names.append(shard.name)
    return tuple(names)
