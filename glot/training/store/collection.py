"""Collections: the folders of the store, what each is for, and how much it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from glot.backbones.base import Backbone
from glot.files import disk_told
from glot.paths import cache_folder
from glot.training.store.extraction import store_format
from glot.training.store.shards import complete_shards, sweep, write_file

META = "meta.json"
UNKNOWN = "unknown"
# Part of every key: states written in another layout are not looked for.
LAYOUT = 1
KEY_DIGITS = 16


@dataclass(frozen=True)
class CollectionMeta:
    """What a collection is for, in words.

    Attributes:
        backbone: the name that the backbone was first asked for by.
        layer: of the backbone, 0 to `n_layers`.
        n_layers: its number of blocks.
        max_tokens: texts were cut to this many tokens.
        width: d.
        dtype: the format that the backbone computed in.
        stored: the format that states are kept in.
        device: the type of device that they were computed on.
    """

    backbone: str = UNKNOWN
    layer: int = 0
    n_layers: int = 0
    max_tokens: int = 0
    width: int = 0
    dtype: str = UNKNOWN
    stored: str = UNKNOWN
    device: str = UNKNOWN

    @classmethod
    def of(cls, backbone: Backbone, max_tokens: int, layer: int) -> CollectionMeta:
        """What a collection of this backbone's states is for."""
        return cls(
            backbone=backbone.name,
            layer=layer,
            n_layers=backbone.n_layers,
            max_tokens=max_tokens,
            width=backbone.width,
            dtype=str(backbone.dtype).removeprefix("torch."),
            stored=str(store_format(backbone.dtype)).removeprefix("torch."),
            device=backbone.device.type,
        )

    @classmethod
    def read(cls, folder: Path) -> CollectionMeta:
        """As it was written; all unknown where the file is missing or broken."""
        try:
            return cls(**json.loads((folder / META).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Write it into the folder, unless it is there.

        Raises:
            OSError: it cannot be written.
        """
        if CollectionMeta.read(folder).backbone == UNKNOWN:
            write_file(folder / META, json.dumps(asdict(self), indent=1).encode())


@dataclass(frozen=True)
class Collection:
    """A collection on disk.

    Attributes:
        key: its name in the store.
        folder: where it lies.
        meta: what it is for.
        shards: how many may be used.
        texts: how many they hold.
        tokens: of all these texts.
        bytes: of all files in the folder.
    """

    key: str
    folder: Path
    meta: CollectionMeta
    shards: int
    texts: int
    tokens: int
    bytes: int


def states_root(root: Path | None = None) -> Path:
    """The store's folder: `root`, or `states` in the cache folder."""
    return root or cache_folder() / "states"


def collection_key(backbone: Backbone, max_tokens: int, layer: int) -> str:
    """The name of a collection: a digest of everything that shapes states, but for the text."""
    shapes = (
        LAYOUT,
        backbone.fingerprint,
        backbone.settings_fingerprint,
        str(backbone.dtype),
        backbone.device.type,
        backbone.tokenizer_fingerprint,
        layer,
        max_tokens,
    )
    return hashlib.sha256(json.dumps(shapes).encode()).hexdigest()[:KEY_DIGITS]


def lock_of(folder: Path) -> FileLock:
    """The lock of those who write into a collection.

    It lies beside the folder, so that it outlives it: a process that waits for a lock which is
    removed with its folder would hold nothing.
    """
    return FileLock(folder.with_name(folder.name + ".lock"))


def disk_errors_told(folder: Path) -> AbstractContextManager[object]:
    """Tell what the disk refuses as a problem that the user can mend."""
    return disk_told(
        f"Token states could not be written to {folder}",
        "Free space (`glot store ls` and `glot store rm` show and remove stored states), or "
        "set GLOT_CACHE to another folder. The work done so far is kept.",
    )


@contextmanager
def writing(folder: Path, meta: CollectionMeta) -> Iterator[None]:
    """Hold a collection's lock, its folder there and free of what killed writers left.

    Raises:
        GlotError: the disk refuses.
    """
    with disk_errors_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = lock_of(folder).acquire()
    with held:
        with disk_errors_told(folder):
            # It may have been removed while this process waited.
            folder.mkdir(exist_ok=True)
            sweep(folder)
            meta.write(folder)
        yield


def list_collections(root: Path | None = None) -> tuple[Collection, ...]:
    """All collections of the store, sorted by backbone, layer and number of tokens.

    A folder whose `meta.json` is missing or broken is listed too, as `unknown`.

    Args:
        root: the store's folder, by default the one in the cache folder.
    """
    folder = states_root(root)
    found = (
        [_measure(path) for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    )
    return tuple(
        sorted(found, key=lambda c: (c.meta.backbone, c.meta.layer, c.meta.max_tokens, c.key))
    )


def _measure(folder: Path) -> Collection:
    shards = complete_shards(folder).values()
    return Collection(
        key=folder.name,
        folder=folder,
        meta=CollectionMeta.read(folder),
        shards=len(shards),
        texts=sum(len(shard.lengths) for shard in shards),
        tokens=sum(shard.tokens for shard in shards),
        bytes=sum(_size(path) for path in folder.iterdir()),
    )


def _size(path: Path) -> int:
    """Bytes of a file; a writer may have renamed it since it was listed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
