"""The map that the dashboard opens with: stress-test texts by four poolers, stored.

`python -m glot.projection.bundle` computes it again; a test proves that it is what the shipped
heads say. What a file looks like: `glot.arrays`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from glot.arrays import Arrays, load_arrays, reading, save_arrays
from glot.heads.checkpoint import weights_digests
from glot.paths import assets_folder
from glot.projection.maps import Principal
from glot.projection.quality import Measure, Quality
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors

BACKBONE, PROTOCOL, RATIO, N = "minilm", "strict", 0.9, 300
TASK = f"stress-{PROTOCOL}-{RATIO:g}"
POOLERS = ("mean", "adapool", "deepsets", "glot")
KIND = "map"
COMMAND = "python -m glot.projection.bundle"
_TUPLES = ("texts", "labels", "classes", "others", "groups", "ratios", "notes")
# What a float16 holds of a vector is far finer than a map shows.
_STORED = np.float16


@dataclass(frozen=True, eq=False)
class Stored:
    """One pooler's part of a bundle."""

    vectors: Vectors
    principal: Principal
    quality: Quality
    trust: dict[int, Measure]


@dataclass(frozen=True, eq=False)
class Bundle:
    """A stored map, with the heads that made it.

    Attributes:
        rows: the texts.
        parts: by pooler: vectors, principal axes, measures, PCA's trustworthiness by dimensions.
        heads: pooler → sha256 of the weights file of its head.
    """

    rows: MapRows
    parts: dict[str, Stored]
    heads: dict[str, str]


def bundle_path() -> Path:
    """Where the bundle lies."""
    return assets_folder() / "embedding.safetensors"


def stored_map() -> Bundle | None:
    """The bundle; None when the heads on disk are not those that made it.

    Raises:
        GlotError: the file is missing or broken.
    """
    bundle = read_bundle(bundle_path())
    return bundle if bundle.heads == weights_digests(BACKBONE, TASK, POOLERS) else None


def rounded(vectors: Vectors) -> Vectors:
    """The vectors as a bundle holds them; what is stored beside them is computed of these."""
    return replace(vectors, values=vectors.values.astype(_STORED).astype(np.float32))


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Store a map."""
    words: dict[str, Any] = {"rows": asdict(bundle.rows), "heads": bundle.heads, "parts": {}}
    arrays: Arrays = {}
    for name, part in bundle.parts.items():
        vectors = part.vectors
        arrays[f"{name}.values"] = vectors.values.astype(_STORED)
        arrays[f"{name}.lengths"] = vectors.lengths
        arrays[f"{name}.n_cut"] = vectors.n_cut
        if vectors.predictions is not None:
            arrays[f"{name}.predictions"] = vectors.predictions
        arrays[f"{name}.mean"] = part.principal.mean
        arrays[f"{name}.axes"] = part.principal.axes
        arrays[f"{name}.shares"] = part.principal.shares
        words["parts"][name] = {
            "trained": vectors.trained,
            "classes": vectors.classes,
            "limit": vectors.limit,
            "quality": asdict(part.quality),
            "trust": {str(dims): asdict(measure) for dims, measure in part.trust.items()},
        }
    save_arrays(path, KIND, words, arrays)


def read_bundle(path: Path) -> Bundle:
    """Read a stored map.

    Raises:
        GlotError: the file is missing, broken or not of this kind.
    """
    with reading(f"The stored map {path.name}", COMMAND):
        found = load_arrays(path, KIND)
        words = found.words
        given: dict[str, Any] = words["rows"]
        given |= {key: tuple(given[key]) for key in _TUPLES}
        parts = {name: _part(name, words["parts"][name], found.arrays) for name in words["parts"]}
        # JSON has them by alphabet.
        ordered = {name: parts[name] for name in POOLERS if name in parts}
        return Bundle(MapRows(**given), ordered, words["heads"])


def _part(name: str, words: dict[str, Any], arrays: Arrays) -> Stored:
    vectors = Vectors(
        pooler=name,
        values=arrays[f"{name}.values"].astype(np.float32),
        trained=words["trained"],
        predictions=arrays.get(f"{name}.predictions"),
        classes=tuple(words["classes"]),
        lengths=arrays[f"{name}.lengths"],
        n_cut=arrays[f"{name}.n_cut"],
        limit=words["limit"],
    )
    axes = Principal(*(arrays[f"{name}.{part}"] for part in ("mean", "axes", "shares")))
    measures = {key: Measure(**measure) for key, measure in words["quality"].items()}
    trust = {int(dims): Measure(**measure) for dims, measure in words["trust"].items()}
    return Stored(vectors, axes, Quality(**measures), trust)


def build() -> None:
    """Compute and store the map."""
    from glot.backbones import load_backbone
    from glot.heads.shelf import load_heads
    from glot.projection.maps import principal_axes
    from glot.projection.quality import quality, trustworthiness
    from glot.projection.rows import stress_rows
    from glot.projection.vectors import embed_rows, ways

    backbone = load_backbone(BACKBONE, device="cpu", dtype="float32")
    heads = load_heads(backbone, TASK).check_sound().heads
    rows = stress_rows(PROTOCOL, (RATIO,), N)
    made = embed_rows(rows, backbone, ways(POOLERS, backbone, heads), lambda *_: None)
    parts = {}
    for name, exact in made.items():
        vectors = rounded(exact)
        axes = principal_axes(vectors.values)
        trust = {
            dims: trustworthiness(vectors.values, axes.fitted(vectors.values, dims).coordinates)
            for dims in (2, 3)
        }
        parts[name] = Stored(vectors, axes, quality(vectors.values, rows), trust)
    digests = weights_digests(BACKBONE, TASK, POOLERS)
    write_bundle(bundle_path(), Bundle(rows, parts, digests))
    print(f"{len(rows)} texts, {', '.join(parts)} → {bundle_path().name}")


if __name__ == "__main__":
    build()
