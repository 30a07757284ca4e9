"""Looking after the store: remove collections, verify shards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from filelock import Timeout

from glot.errors import GlotError
from glot.training.store.collection import (
    Collection,
    disk_errors_told,
    list_collections,
    lock_of,
)
from glot.training.store.shards import ShardError, drop, index_files, read_shard


@dataclass(frozen=True)
class Removed:
    """The collections that were removed, and the bytes that became free."""

    collections: tuple[Collection, ...]
    bytes: int


@dataclass(frozen=True)
class BrokenShard:
    """A shard that must not be used.

    Attributes:
        collection: the key of its collection.
        backbone: whose states it holds.
        name: of its files.
        reason: goes on from "the shard …".
    """

    collection: str
    backbone: str
    name: str
    reason: str


@dataclass(frozen=True)
class Verification:
    """What `verify` found.

    Attributes:
        shards: how many were looked at.
        bytes: of the states that were read.
        broken: those that must not be used.
        repaired: whether these were dropped, so that their texts are computed again.
    """

    shards: int
    bytes: int
    broken: tuple[BrokenShard, ...]
    repaired: bool


def remove(which: str | None = None, root: Path | None = None) -> Removed:
    """Remove collections; a process that reads from one is told to ask for its states again.

    Args:
        which: a key or its beginning, or the name of a backbone; None for all collections.
        root: the store's folder, by default the one in the cache folder.

    Raises:
        GlotError: there is no such collection, one is being written, or the disk refuses.
    """
    chosen = _choose(which, root)
    for collection in chosen:
        with _claimed(collection.folder), disk_errors_told(collection.folder):
            rmtree(collection.folder)
    return Removed(chosen, sum(collection.bytes for collection in chosen))


def verify(
    which: str | None = None, root: Path | None = None, repair: bool = False
) -> Verification:
    """Compare every shard with its index, byte for byte.

    Args:
        which: a key or its beginning, or the name of a backbone; None for all collections.
        root: the store's folder, by default the one in the cache folder.
        repair: drop broken shards, so that their texts are computed again when asked for.

    Raises:
        GlotError: there is no such collection; or, for repair, one is being written, or the disk
            refuses.
    """
    shards = size = 0
    broken: list[BrokenShard] = []
    for collection in _choose(which, root):
        found = []
        for index in index_files(collection.folder):
            shards += 1
            try:
                shard = read_shard(index)
                shard.check_content()
                size += shard.size
            except ShardError as error:
                backbone = collection.meta.backbone
                found.append(BrokenShard(collection.key, backbone, index.stem, str(error)))
        if repair and found:
            with _claimed(collection.folder), disk_errors_told(collection.folder):
                for shard_found in found:
                    drop(collection.folder, shard_found.name)
        broken += found
    return Verification(shards, size, tuple(broken), repaired=repair and bool(broken))


def _choose(which: str | None, root: Path | None) -> tuple[Collection, ...]:
    """The collections that are meant.

    Raises:
        GlotError: a name that no collection has.
    """
    everything = list_collections(root)
    if which is None:
        return everything
    chosen = tuple(
        collection
        for collection in everything
        if which == collection.meta.backbone or (which and collection.key.startswith(which))
    )
    if not chosen:
        known = ", ".join(f"{c.key} ({c.meta.backbone})" for c in everything) or "none"
        raise GlotError(
            f"No stored states {which!r}.",
            f"There are: {known}.",
            "Give a key, its beginning, or the name of a backbone.",
        )
    return chosen


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Hold the lock of a collection.

    Raises:
        GlotError: another process holds it.
    """
    with disk_errors_told(folder):
        try:
            held = lock_of(folder).acquire(timeout=0)
        except Timeout as error:
            raise GlotError(
                f"Another process is writing token states to {folder}.",
                "Accepted: stored states that nobody is writing.",
                "Wait until it is done, or stop it.",
            ) from error
    with held:
        yield
