"""One training at a time for a checkpoint, and never over half-finished work of other settings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from glot.errors import GlotError


@contextmanager
def claimed(partial: Path, settings: dict[str, Any], fresh: bool) -> Iterator[Path]:
    """The folder of half-finished work, ours alone; removed when all went well.

    Args:
        partial: the folder.
        settings: all that the outcome depends on.
        fresh: drop what lies there.

    Raises:
        GlotError: another process trains there, or what lies there has other settings.
    """
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    try:
        partial.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlotError(
            f"Training cannot write to {partial}: {error}.",
            "Accepted: a folder with room that you may write to.",
            "Name another folder with --out.",
        ) from error
    try:
        with FileLock(partial / "lock", timeout=0):
            _mark(partial, key, settings, fresh)
            yield partial
    except Timeout as error:
        raise GlotError(
            f"Another training writes to {partial} at this moment.",
            "Accepted: one training at a time for a checkpoint.",
            "Wait for it, or name another folder with --out.",
        ) from error
    shutil.rmtree(partial, ignore_errors=True)


def _mark(partial: Path, key: str, settings: dict[str, Any], fresh: bool) -> None:
    mark = partial / "settings.json"
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
    # Written aside and renamed: a process that is killed here leaves no half of it.
    aside = partial / "settings.new"
    aside.write_text(json.dumps({"key": key, **settings}, indent=2))
    aside.rename(mark)


def _key(mark: Path) -> str | None:
    """The settings' digest; None where the file is broken."""
    try:
        found: str | None = json.loads(mark.read_text())["key"]
        return found
    except (ValueError, KeyError, TypeError):
        return None
