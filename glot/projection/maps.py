"""PCA, UMAP and t-SNE of sentence vectors, by scikit-learn and umap-learn; Euclidean, seed 42."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np

from glot.errors import GlotError
from glot.extras import need
from glot.projection.rows import SEED
from glot.projection.vectors import Floats, Told, check_finite

TITLES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
KINDS = tuple(TITLES)
# Coordinates that a map has at the most; PCA's first two are its map in the plane.
MOST_DIMENSIONS = 3
# Fewer rows have no neighbourhoods.
FEWEST = {"pca": 2, "umap": 5, "tsne": 5}
# t-SNE moves every point a thousand times; more of them would take minutes.
MOST = {"tsne": 5_000}
NEIGHBOURS = 15
MIN_DISTANCE = 0.1


@dataclass(frozen=True, eq=False)
class FittedMap:
    """A map of N vectors.

    Attributes:
        kind: a name in `KINDS`.
        coordinates: (N, 2) or (N, 3).
        place: vectors (n, D) → their places (n, 2 or 3) in the map.
        exact: whether `place` is the map's own transform; t-SNE has none, and a vector is put
            where its nearest neighbour stands.
        shares: PCA: share of the variance along each coordinate.
    """

    kind: str
    coordinates: Floats
    place: Callable[[Floats], Floats]
    exact: bool = True
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Principal:
    """Principal axes of N vectors of width D.

    Attributes:
        mean: (D,).
        axes: (3, D) orthonormal; rows of zeros where there are fewer.
        shares: (3,) share of the variance along each.
    """

    mean: Floats
    axes: Floats
    shares: Floats

    def fitted(self, values: Floats, dimensions: int) -> FittedMap:
        """The map of the vectors (N, D) that the axes come from."""
        axes = self.axes[:dimensions]

        def place(vectors: Floats) -> Floats:
            return ((vectors - self.mean) @ axes.T).astype(np.float32)

        shares = tuple(self.shares[:dimensions].tolist())
        return FittedMap("pca", place(values), place, shares=shares)


def principal_axes(values: Floats) -> Principal:
    """The three directions of the largest variance, by scikit-learn's PCA.

    Args:
        values: (N, D).

    Raises:
        GlotError: fewer than two vectors, all of them equal, or not finite.
    """
    from sklearn.decomposition import PCA

    check_mappable(values, "pca")
    kept = min(MOST_DIMENSIONS, *values.shape)
    fitted = PCA(kept, random_state=SEED).fit(values.astype(np.float32, copy=False))
    axes = np.zeros((MOST_DIMENSIONS, values.shape[1]), np.float32)
    shares = np.zeros(MOST_DIMENSIONS, np.float32)
    axes[:kept], shares[:kept] = fitted.components_, fitted.explained_variance_ratio_
    return Principal(fitted.mean_.astype(np.float32), axes, shares)


def fit_map(kind: str, values: Floats, dimensions: int, told: Told) -> FittedMap:
    """A map of vectors.

    Args:
        kind: `pca`, `umap` (McInnes et al., 2018) or `tsne` (van der Maaten and Hinton, 2008).
        values: (N, D).
        dimensions: 2 or 3.
        told: hears of progress.

    Raises:
        GlotError: an unknown kind, or vectors that it cannot map: too few or too many, all equal,
            not finite.
    """
    if kind not in KINDS or dimensions not in (2, MOST_DIMENSIONS):
        raise GlotError(
            f"A map {kind!r} in {dimensions} dimensions.",
            f"Accepted: {', '.join(KINDS)} in 2 or {MOST_DIMENSIONS}.",
        )
    check_mappable(values, kind)
    if kind == "umap":
        return _umap(values, dimensions, told)
    if kind == "tsne":
        from glot.projection.tsne import tsne

        coordinates = tsne(values, dimensions, told)
        return FittedMap("tsne", coordinates, _by_neighbour(values, coordinates), exact=False)
    return principal_axes(values).fitted(values, dimensions)


def check_mappable(values: Floats, kind: str) -> None:
    """Refuse vectors (N, D) that have no map.

    Raises:
        GlotError: saying why.
    """
    title, n = TITLES[kind], len(values)
    if n < FEWEST[kind]:
        raise GlotError(
            f"{n} row{'' if n == 1 else 's'}.",
            f"Accepted for {title}: {FEWEST[kind]} or more.",
            "Choose more rows, or bring a longer file.",
        )
    if n > MOST.get(kind, n):
        raise GlotError(
            f"{n:,} rows.",
            f"Accepted for {title}: at most {MOST[kind]:,}.",
            "Choose fewer rows, or take UMAP or PCA.",
        )
    check_finite(values, "this map")
    if not np.ptp(values, axis=0).any():
        raise GlotError(
            f"All {n:,} vectors are equal.",
            "Accepted: at least two different vectors.",
            "Equal texts have equal vectors: bring different ones, or choose another pooler.",
        )


def _umap(values: Floats, dimensions: int, told: Told) -> FittedMap:
    need("umap", "UMAP is computed with it; PCA and t-SNE do without.")
    told(0.02, "Loading UMAP; the first time on a machine it is compiled")
    import umap

    _keep_compiled()
    told(0.1, "Finding each point's neighbours")
    # Every epoch is told: there it can be stopped.
    bar = {
        "file": _Bar(told),
        "bar_format": "{n_fmt} {total_fmt}",
        "disable": False,
        "mininterval": 0,
        "miniters": 1,
    }
    model = umap.UMAP(
        n_neighbors=min(NEIGHBOURS, len(values) - 1),
        n_components=dimensions,
        min_dist=MIN_DISTANCE,
        metric="euclidean",
        random_state=SEED,
        # A seed leaves it one thread in any case; said here, it does not warn.
        n_jobs=1,
        tqdm_kwds=bar,
    )
    with warnings.catch_warnings():
        # Small and odd sets: it says that it falls back to another first layout, and does.
        warnings.simplefilter("ignore")
        coordinates = model.fit_transform(values)
    model.tqdm_kwds = {"disable": True}

    def place(vectors: Floats) -> Floats:
        return np.asarray(model.transform(vectors), dtype=np.float32)

    return FittedMap("umap", np.asarray(coordinates, dtype=np.float32), place)


@cache
def _keep_compiled() -> None:
    """Keep what umap-learn compiles on disk: without this each process compiles it anew."""
    from umap.umap_ import compute_membership_strengths, smooth_knn_dist
    from umap.utils import fast_knn_indices

    for function in (fast_knn_indices, smooth_knn_dist, compute_membership_strengths):
        # RuntimeError: no folder can be written to.
        with suppress(RuntimeError):
            function.enable_caching()


class _Bar:
    """Where umap-learn draws its progress bar: it is told on, and a cancelled job stops here."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def write(self, text: str) -> None:
        """Takes `<epochs done> <of>`, and whatever tqdm puts around it."""
        numbers = [int(part) for part in text.split() if part.isdigit()]
        if len(numbers) == 2:
            done, total = numbers
            self.told(0.3 + 0.65 * done / max(total, 1), f"UMAP: {done} of {total} epochs")

    def flush(self) -> None:
        """Nothing is held back."""


def _by_neighbour(values: Floats, coordinates: Floats) -> Callable[[Floats], Floats]:
    def place(vectors: Floats) -> Floats:
        from sklearn.neighbors import NearestNeighbors

        nearest = NearestNeighbors(n_neighbors=1).fit(values)
        rows = nearest.kneighbors(vectors, return_distance=False)[:, 0]
        return np.asarray(coordinates[rows], dtype=np.float32)

    return place
