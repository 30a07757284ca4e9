"""One training at a time for a checkpoint, and never over half-finished work of other settings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from glot.errors import GlotError
from glot.files import disk_told, sealed, unsealed, write_whole
from glot.training.resume import BrokenProgressError

LOCK, MARK = "lock", "settings.json"


@contextmanager
def claimed(partial: Path, settings: dict[str, Any], fresh: bool) -> Iterator[Path]:
    """The folder of half-finished work, ours alone; removed when all went well.

    Args:
        partial: the folder.
        settings: all that the outcome depends on.
        fresh: drop what lies there.

    Raises:
        GlotError: another process trains there, the disk refuses, or what lies there has other
            settings or is broken.
    """
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    with _disk_told(partial):
        held = _held(partial)
    with held:
        _mark(partial, key, settings, fresh)
        yield partial
        _remove(partial)


def _held(partial: Path) -> AbstractContextManager[object]:
    try:
        partial.mkdir(parents=True, exist_ok=True)
        return FileLock(partial / LOCK).acquire(timeout=0)
    # Not found, or found and no folder: whoever was there removed it in this very moment.
    except (Timeout, FileNotFoundError, FileExistsError) as error:
        if partial.is_file():
            raise
        raise GlotError(
            f"Another training writes to {partial} at this moment.",
            "Accepted: one training at a time for a checkpoint.",
            "Wait for it, or name another folder with --out.",
        ) from error


def _remove(partial: Path) -> None:
    """Remove the folder, its lock last: as long as it has a name, nobody else comes in."""
    # What cannot be removed is written over by the next one, who may have come in already.
    with suppress(OSError):
        for path in partial.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != LOCK:
                path.unlink()
        (partial / LOCK).unlink()
        partial.rmdir()


def _mark(partial: Path, key: str, settings: dict[str, Any], fresh: bool) -> None:
    mark = partial / MARK
    if fresh:
        for seed in partial.glob("seed-*"):
            shutil.rmtree(seed)
    elif mark.is_file():
        if _key(mark) != key:
            raise GlotError(
                f"An unfinished run with other settings lies in {partial}.",
                "Accepted: the same settings, which resume it.",
                "Run with --fresh to drop it, or with another --out.",
            )
        return
    with _disk_told(partial):
        write_whole(mark, json.dumps(sealed({"key": key, **settings}), indent=2))


def _key(mark: Path) -> str:
    """The settings' digest."""
    try:
        found: str = unsealed(json.loads(mark.read_bytes()))["key"]
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenProgressError(
            f"The settings of the unfinished run, {mark}, cannot be read: {error}.",
            "Accepted: the file as it was left.",
            "Run with --fresh to start over.",
        ) from error


def _disk_told(partial: Path) -> AbstractContextManager[object]:
    return disk_told(
        f"Training cannot write to {partial}", "Free space, or name another folder with --out."
    )
