"""Files that are whole or not there, and words that tell when a bit of them has changed.

A process that is killed while it writes, or a disk that is full, leaves what stood there before.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError

if TYPE_CHECKING:
    import torch

SEAL = "sha256"
# Digits of a seal: enough to tell damage; nobody is kept from writing what they like.
SEAL_DIGITS = 16


def aside_of(path: Path) -> Path:
    """The name beside a file under which its next content is written."""
    return path.with_name(f".{path.name}.new")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Write a file so that its name stands for all of it or for what was there before.

    Gives the name to write to; when the block ends well, what lies there is forced to disk and
    takes the file's place. One writer at a time: the name is always the same, so that what a
    killed one left is written over.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    aside = aside_of(path)
    try:
        yield aside
        force(aside)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """`whole` for a text, as UTF-8.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    with whole(path) as aside:
        aside.write_text(text, encoding="utf-8")


@contextmanager
def disk_told(what: str, remedy: str = "") -> Iterator[None]:
    """Tell what the disk refuses as a problem that the user can mend.

    Args:
        what: what could not be done, and where: `Training cannot write to runs/a`.
        remedy: what to do next.

    Raises:
        GlotError: in the place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise GlotError(
            f"{what}: {error}.", "Accepted: a folder with room that you may write to.", remedy
        ) from error


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write a safetensors file; not aside.

    Args:
        path: the file.
        tensors: by name, on any device.

    Raises:
        OSError: it cannot be written, which safetensors tells as an error of its own.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file({key: value.contiguous().cpu() for key, value in tensors.items()}, path)
    except SafetensorError as error:
        raise OSError(str(error)) from error


def force(path: Path) -> None:
    """Force a file, or the names in a folder, to disk.

    Raises:
        OSError: the disk refuses.
    """
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def digest_of(path: Path) -> str:
    """sha256 of a file, 64 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a JSON file, with a digest of all the others under `SEAL`, last."""
    return {**values, SEAL: _seal(values)}


def unsealed(values: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `sealed`; values without a seal, as they were written before, pass.

    Raises:
        ValueError: something in them has changed since they were sealed.
    """
    rest = {key: value for key, value in values.items() if key != SEAL}
    if SEAL in values and values[SEAL] != _seal(rest):
        raise ValueError("it was changed or damaged since it was written: its sha256 differs")
    return rest


def _seal(values: Mapping[str, Any]) -> str:
    # Written and read again, so that what JSON makes of tuples and the like does not matter.
    text = json.dumps(json.loads(json.dumps(values)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:SEAL_DIGITS]
