"""Explained pairs in files: each text as `glot.attributions.bundle` stores it, and a third file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glot.arrays import Arrays, load_arrays, of_prefix, reading, save_arrays, with_prefix
from glot.attributions.bundle import read_bundle, write_bundle
from glot.attributions.pair import PairExplanation

FIRST, SECOND, PAIR = "first.safetensors", "second.safetensors", "pair.safetensors"
KIND = "pair"
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
    for name, explanation in zip((FIRST, SECOND), pair.texts, strict=True):
        write_bundle(folder / name, explanation, heads)
    words = {name: getattr(pair, name) for name in WORDS}
    arrays: Arrays = {"cross": pair.cross}
    for table in TABLES:
        arrays |= with_prefix(table, getattr(pair, table))
    save_arrays(folder / PAIR, KIND, {"words": words, "heads": heads}, arrays)


def read_pair(folder: Path) -> PairBundle:
    """Read a stored pair.

    Raises:
        GlotError: a file is missing, broken, not of this kind, or made by other heads than the
            others.
    """
    texts = [read_bundle(folder / name) for name in (FIRST, SECOND)]
    with reading(f"The stored pair {folder.name}", "make examples", made="files"):
        found = load_arrays(folder / PAIR, KIND)
        words, heads = found.words["words"], found.words["heads"]
        if any(text.heads != heads for text in texts):
            raise ValueError("its texts were explained with other heads")
        pair = PairExplanation(
            first=texts[0].explanation,
            second=texts[1].explanation,
            cross=found.arrays["cross"],
            labels=tuple(words["labels"]),
            reference=float(words["reference"]),
            scale=tuple(words["scale"]) if words["scale"] else None,
            notes=tuple(words["notes"]),
            missing=words["missing"],
            **{table: of_prefix(table, found.arrays) for table in TABLES},
        )
        return PairBundle(pair, heads)
