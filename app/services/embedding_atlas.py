"""A set of texts whose vectors are asked for, and all that is known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from glot.errors import GlotError
from glot.projection.maps import FittedMap, Principal
from glot.projection.quality import Measure, Quality
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors
from glot.tasks.files import safe_name

# Of a text with its labels, as a rule: texts are cut to some hundred tokens.
ROW_BYTES = 1000


@dataclass(frozen=True)
class OwnUpload:
    """A reader's file.

    Attributes:
        name: its name, without what no disk takes.
        content: what it holds.
        digest: of both.
    """

    name: str
    content: bytes = field(repr=False)
    digest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", safe_name(self.name))
        digest = hashlib.sha256(self.name.encode() + b"\0" + self.content).hexdigest()
        object.__setattr__(self, "digest", digest[:16])


@dataclass(frozen=True)
class Asked:
    """All that decides the vectors, but for poolers, heads on disk and the content of a file.

    Attributes:
        backbone: its name.
        task: whose heads embed the texts, and in `task` whose texts they are.
        source: `stress`, `task` or `file`.
        rows: how many at most; 0: all.
        protocol: of the stress test.
        ratios: of the stress test.
        file: digest of the reader's file.
        text_column: of the file; empty: the usual name.
        label_column: of the file; empty: the usual name.
    """

    backbone: str
    task: str
    source: str
    rows: int
    protocol: str = ""
    ratios: tuple[float, ...] = ()
    file: str = ""
    text_column: str = ""
    label_column: str = ""


@dataclass(eq=False)
class Atlas:
    """All that is known of one set of texts on one backbone; jobs add to it and change nothing.

    Attributes:
        number: its own; part of its jobs' keys, so that no job of a forgotten one is taken for
            this one's.
        rows: the texts; None before they were read.
        vectors: by pooler.
        principal: by pooler.
        quality: by pooler.
        maps: by (pooler, kind, dimensions).
        trust: trustworthiness, by (pooler, kind, dimensions).
        problems: why there is no map, by (pooler, kind, dimensions); PCA's by (pooler, "pca", 0).
        unusable: poolers without head that need one.
        notes: on the heads.
    """

    number: int
    rows: MapRows | None = None
    vectors: dict[str, Vectors] = field(default_factory=dict)
    principal: dict[str, Principal] = field(default_factory=dict)
    quality: dict[str, Quality] = field(default_factory=dict)
    maps: dict[tuple[str, str, int], FittedMap] = field(default_factory=dict)
    trust: dict[tuple[str, str, int], Measure] = field(default_factory=dict)
    problems: dict[tuple[str, str, int], GlotError] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    notes: tuple[str, ...] = ()

    def size(self) -> int:
        """Bytes that it keeps, about: vectors, maps, and the texts at `ROW_BYTES` each."""
        rows = 0 if self.rows is None else len(self.rows.texts)
        # Jobs may add to it meanwhile.
        vectors = {name: each.values.nbytes for name, each in list(self.vectors.items())}
        maps = list(self.maps.items())
        # A map that places new vectors keeps those that it was made of, but for PCA's axes.
        fitted = sum(vectors.get(name, 0) for (name, kind, _), _ in maps if kind != "pca")
        drawn = sum(each.coordinates.nbytes for _, each in maps)
        return rows * ROW_BYTES + sum(vectors.values()) + fitted + drawn

    def missing(self, poolers: Sequence[str]) -> tuple[str, ...]:
        """Those that have not been tried."""
        return tuple(p for p in poolers if p not in self.vectors and p not in self.unusable)

    def shown(self, poolers: Sequence[str]) -> tuple[str, ...]:
        """Those that there are vectors of."""
        return tuple(pooler for pooler in poolers if pooler in self.vectors)

    def map(self, pooler: str, kind: str, dimensions: int) -> FittedMap | None:
        """A map that is there; PCA's are made of its axes at once."""
        key = pooler, kind, dimensions
        if key not in self.maps and kind == "pca" and pooler in self.principal:
            values = self.vectors[pooler].values
            self.maps[key] = self.principal[pooler].fitted(values, dimensions)
        return self.maps.get(key)

    def problem(self, pooler: str, kind: str, dimensions: int) -> GlotError | None:
        """Why there is no such map."""
        return self.problems.get((pooler, kind, 0 if kind == "pca" else dimensions))

    def unmapped(self, poolers: Sequence[str], kind: str, dimensions: int) -> tuple[str, ...]:
        """Poolers whose map has not been tried."""
        return tuple(
            pooler
            for pooler in self.shown(poolers)
            if self.map(pooler, kind, dimensions) is None
            and self.problem(pooler, kind, dimensions) is None
        )
