"""Explained pairs in files: each text as `glot.attributions.bundle` stores it, and a third file.

Reading needs NumPy only. Nothing is unpickled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glot.attributions.bundle import read_bundle, write_bundle
from glot.attributions.pair import PairExplanation
from glot.errors import GlotError

FIRST, SECOND, PAIR = "first.safetensors", "second.safetensors", "pair.safetensors"
TABLES = ("probabilities", "values", "cosines")
WORDS = ("labels", "reference", "scale", "notes", "missing")


@dataclass(frozen=True)
class PairBundle:
    """A stored pair, with the heads that made it.

    Attributes:
        pair: what was computed.
        heads: pooler → sha256 of the weights file of its head.
    """

    pair: PairExplanation
    heads: dict[str, str]


def write_pair(folder: Path, pair: PairExplanation, heads: dict[str, str]) -> None:
    """Store a pair; `heads` maps poolers to the sha256 of their weights files."""
    from safetensors.numpy import save_file

    for name, explanation in zip((FIRST, SECOND), pair.texts, strict=True):
        write_bundle(folder / name, explanation, heads)
    words = {name: getattr(pair, name) for name in WORDS}
    # One key: with several, their order in the file would change from run to run.
    header = json.dumps({"words": words, "heads": heads}, ensure_ascii=False, sort_keys=True)
    arrays = {"cross": pair.cross} | {
        f"{table}.{name}": array for table in TABLES for name, array in getattr(pair, table).items()
    }
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        folder / PAIR,
        metadata={"pair": header},
    )


def read_pair(folder: Path) -> PairBundle:
    """Read a stored pair.

    Raises:
        GlotError: a file is missing, broken, not of this kind, or made by other heads than the
            others.
    """
    from safetensors import SafetensorError, safe_open

    texts = [read_bundle(folder / name) for name in (FIRST, SECOND)]
    try:
        with safe_open(str(folder / PAIR), framework="np") as file:
            header = json.loads(file.metadata()["pair"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        words, heads = header["words"], header["heads"]
        if any(text.heads != heads for text in texts):
            raise ValueError("its texts were explained with other heads")
        pair = PairExplanation(
            first=texts[0].explanation,
            second=texts[1].explanation,
            cross=arrays["cross"],
            labels=tuple(words["labels"]),
            reference=float(words["reference"]),
            scale=tuple(words["scale"]) if words["scale"] else None,
            notes=tuple(words["notes"]),
            missing=words["missing"],
            **{table: _group(arrays, f"{table}.") for table in TABLES},
        )
        return PairBundle(pair, heads)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise GlotError(
            f"The stored pair {folder.name} cannot be read: {error}.",
            "Accepted: files that `make examples` wrote.",
            "Run `make examples`.",
        ) from error


def _group(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
