"""Arrays in a file: safetensors for the numbers, JSON under one key of its header for the words.

Reading needs NumPy only. Nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from glot.errors import GlotError
from glot.files import whole

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class StoredArrays:
    """What a file holds.

    Attributes:
        words: what JSON made of the words; tuples have become lists.
        arrays: by name.
    """

    words: dict[str, Any]
    arrays: Arrays


def save_arrays(
    path: Path, kind: str, words: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Store arrays and words; equal ones make equal bytes.

    Args:
        path: the file; its folder is made where it is missing.
        kind: the header's key, which tells files of one kind from those of another.
        words: anything that JSON holds, with str keys.
        arrays: by name.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # One key: with several, their order in the file would change from run to run.
    header = json.dumps(words, ensure_ascii=False, sort_keys=True)
    laid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with whole(path) as aside:
        aside.write_bytes(save(laid, metadata={kind: header}))


def load_arrays(path: Path, kind: str) -> StoredArrays:
    """Read what `save_arrays` wrote; to be called inside `reading`, which tells its errors.

    Args:
        path: the file.
        kind: as it was stored with.
    """
    with safe_open(str(path), framework="np") as file:
        words = json.loads(file.metadata()[kind])
        return StoredArrays(words, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118


@contextmanager
def reading(what: str, command: str, made: str = "a file") -> Iterator[None]:
    """Tell whatever goes wrong while a file is read and taken apart as one error.

    Args:
        what: subject of the error's sentence, such as `The stored map embedding.safetensors`.
        command: writes it again.
        made: what the command wrote, `files` where it is several.

    Raises:
        GlotError: a file is missing, broken, of another kind, or holds other parts than it should.
    """
    try:
        yield
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GlotError(
            f"{what} cannot be read: {error}.",
            f"Accepted: {made} that `{command}` wrote.",
            f"Run `{command}`.",
        ) from error


def with_prefix(prefix: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """Arrays under names that tell them from those of other groups: `<prefix>.<name>`."""
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def of_prefix(prefix: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """The group that `with_prefix` put among other arrays, under its own names."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }
