"""Shards: token states of some texts in one file, and an index beside it.

`<name>.states` holds the states of all its texts, one after the other without padding, as
little-endian numbers of 16 bits. `<name>.index` (safetensors) holds what they belong to: for each
text a digest and its number of tokens, and the sha256 of the states. The name is the sha256 of
the index, so an index that was damaged is known by its name.

Both files are written under another name, forced to disk and renamed, the index last: a shard
exists when its index does and its states have the size that the index tells.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import numpy as np
import safetensors.numpy
import torch
from safetensors import SafetensorError, safe_open

from glot.errors import GlotError

FORMATS = {"bfloat16": torch.bfloat16, "float16": torch.float16}
ITEM = 2
# Digests are 16 bytes. As "S16", numpy sorts and searches them fast; they are compared as a whole,
# zeros at the end included, because all have the same length.
DIGEST = np.dtype("S16")
STATES, INDEX, PARTIAL = ".states", ".index", ".partial"
# Of folders inside a collection's, where shards lie that do not count yet.
ASIDE = ".aside"
NAME_DIGITS = 32
# Room that is left to others on a disk.
MARGIN = 64 * 2**20


class ShardError(Exception):
    """Why a shard cannot be used: its message goes on from "the shard …"."""


@dataclass(frozen=True, eq=False)
class Shard:
    """A shard whose index was read.

    Attributes:
        folder: where its files lie.
        name: their name, without ending.
        digests: (n,) of its texts, of type `DIGEST`.
        lengths: (n,) int64, tokens of its texts.
        width: d.
        dtype: number format of the states, a key of `FORMATS`.
        sha256: of the file of states.
    """

    folder: Path
    name: str
    digests: np.ndarray
    lengths: np.ndarray
    width: int
    dtype: str
    sha256: str

    @property
    def path(self) -> Path:
        """The file of states."""
        return self.folder / (self.name + STATES)

    @property
    def tokens(self) -> int:
        """Tokens of all its texts."""
        return int(self.lengths.sum())

    @property
    def size(self) -> int:
        """Bytes that the file of states must have."""
        return self.tokens * self.width * ITEM

    @cached_property
    def states(self) -> torch.Tensor:
        """States (tokens, d), mapped into memory on first use: read from disk where looked at.

        torch's own mapping, unlike numpy's, keeps no file descriptor, so hundreds of shards may
        be open. It is private: what is written to the tensor never reaches the file.

        Raises:
            GlotError: the file is gone, or was cut, since the shard was found.
        """
        dtype = FORMATS[self.dtype]
        count = self.tokens * self.width
        try:
            self.check_size()
            flat = torch.from_file(str(self.path), shared=False, size=count, dtype=dtype)
        except (ShardError, RuntimeError) as error:
            raise GlotError(
                f"Token states in {self.path} cannot be read any more: {error}.",
                "Accepted: the files as they were written.",
                "Run the same command again: what is missing is computed again.",
            ) from error
        return flat.view(-1, self.width)

    def check_size(self) -> None:
        """Compare the size of the file of states with the index.

        Raises:
            ShardError: they disagree.
        """
        try:
            found = self.path.stat().st_size
        except OSError as error:
            raise ShardError("has no file of states") from error
        if found != self.size:
            raise ShardError(f"has {found} bytes of states where its index tells {self.size}")

    def check_content(self) -> None:
        """Compare the file of states with the index, byte for byte.

        Raises:
            ShardError: they disagree.
        """
        self.check_size()
        with self.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.sha256:
            raise ShardError("holds other states than were written: their sha256 differs")


def write_shard(folder: Path, digests: Sequence[bytes], states: Sequence[torch.Tensor]) -> Shard:
    """Write a shard.

    Args:
        folder: of the collection, which is there.
        digests: of n texts, 16 bytes each.
        states: of each text (length, d), in one of `FORMATS`.

    Raises:
        OSError: the files cannot be written; none of them stays.
    """
    packed = torch.cat(list(states)).contiguous()
    data = packed.view(torch.int16).numpy()
    if sys.byteorder == "big":
        data = data.byteswap()
    lengths = np.array([len(rows) for rows in states], dtype=np.int32)
    values = {
        "width": str(packed.shape[1]),
        "dtype": str(packed.dtype).removeprefix("torch."),
        "sha256": hashlib.sha256(data.data).hexdigest(),
        # No two shards have the same name, so none is mistaken for one that was removed.
        "id": uuid4().hex,
    }
    table = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, DIGEST.itemsize)
    index = safetensors.numpy.save({"digests": table, "lengths": lengths}, values)
    name = hashlib.sha256(index).hexdigest()[:NAME_DIGITS]
    check_room(folder, data.nbytes + len(index))
    try:
        write_file(folder / (name + STATES), data.data)
        write_file(folder / (name + INDEX), index)
    except BaseException:
        (folder / (name + STATES)).unlink(missing_ok=True)
        raise
    return read_shard(folder / (name + INDEX))


def write_file(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that its name appears only when all of it is on disk."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    force_names(path.parent)


def force_names(folder: Path) -> None:
    """Force the names of a folder's files to disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def take_over(shard: Shard, folder: Path) -> None:
    """Move a shard into another folder of the same disk, its index last.

    Raises:
        OSError: a file cannot be moved.
    """
    for ending in (STATES, INDEX):
        name = shard.name + ending
        (shard.folder / name).rename(folder / name)
    force_names(folder)


def check_room(folder: Path, size: int) -> None:
    """See that the disk has room for so many bytes, and `MARGIN` beside them.

    Raises:
        OSError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < size + MARGIN:
        raise OSError(
            errno.ENOSPC, f"{free >> 20} MiB are free, {(size + MARGIN) >> 20} MiB are needed"
        )


def read_shard(index: Path) -> Shard:
    """Read the index of a shard; its states are not looked at.

    Raises:
        ShardError: the index cannot be used.
    """
    try:
        digits = hashlib.sha256(index.read_bytes()).hexdigest()
        if digits[:NAME_DIGITS] != index.stem:
            raise ShardError("has an index that was cut or changed")
        with safe_open(index, framework="np") as file:
            values = file.metadata()
            table, lengths = file.get_tensor("digests"), file.get_tensor("lengths")
    except (OSError, SafetensorError) as error:
        raise ShardError(f"has an index that cannot be read ({error})") from error
    return Shard(
        folder=index.parent,
        name=index.stem,
        digests=np.ascontiguousarray(table).view(DIGEST).reshape(-1),
        lengths=lengths.astype(np.int64),
        width=int(values["width"]),
        dtype=values["dtype"],
        sha256=values["sha256"],
    )


def index_files(folder: Path) -> list[Path]:
    """The indexes in a folder, whatever they are worth; none where there is no folder."""
    return sorted(folder.glob("*" + INDEX))


def complete_shards(folder: Path, known: Mapping[str, Shard] | None = None) -> dict[str, Shard]:
    """The shards of a folder that may be used, by name.

    Args:
        folder: of a collection.
        known: shards that were read before; they are not read again, and stay mapped.
    """
    found = {}
    for index in index_files(folder):
        try:
            shard = (known or {}).get(index.stem) or read_shard(index)
            shard.check_size()
        except ShardError:
            continue
        found[shard.name] = shard
    return found


def sweep(folder: Path) -> None:
    """Remove what killed writers left, and shards that cannot be used; only under the lock."""
    complete = complete_shards(folder)
    for path in list(folder.iterdir()):
        if path.suffix == ASIDE and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        ours = path.suffix in (STATES, INDEX, PARTIAL)
        if ours and not (path.suffix != PARTIAL and path.stem in complete):
            path.unlink(missing_ok=True)


def drop(folder: Path, name: str) -> None:
    """Remove a shard, its index first: what is left of it at any moment is no shard."""
    (folder / (name + INDEX)).unlink(missing_ok=True)
    (folder / (name + STATES)).unlink(missing_ok=True)
