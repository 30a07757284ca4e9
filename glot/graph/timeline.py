"""What one sentence's token graph looks like at every τ, exactly. No torch.

As τ falls, edges only ever come in, strongest first: the graph at τ is a prefix of one sorted
list, and its components are those that the merges so far have left. Both are found once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glot.config import check_tau
from glot.errors import GlotError

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# Edges whose triangles are counted in one go: their places from 1, the mark of older edges, 0,
# and that of later ones fit in a byte together, and so does a count of them.
CHUNK = 254
LATER = 255
# Edges: what rounding makes of a share of all pairs, and far less than the least difference.
HAIR = 1e-6


@dataclass(frozen=True)
class GraphCurves:
    """Statistics of the token graph of one sentence at T thresholds, self-loops left out.

    Attributes:
        taus: (T,) the thresholds, as they were asked for.
        edges: (T,) numbers of undirected edges between different tokens.
        density: (T,) edges / (L (L − 1) / 2); 0 for a single token.
        components: (T,) numbers of connected components.
        largest: (T,) numbers of tokens in the largest component.
        mean_degree: (T,) 2 · edges / L.
        clustering: (T,) see `GraphTimeline.clustering`; None where it was not asked for.
    """

    taus: Doubles
    edges: Whole
    density: Doubles
    components: Whole
    largest: Whole
    mean_degree: Doubles
    clustering: Doubles | None


@dataclass(frozen=True)
class GraphTimeline:
    """The edges of one sentence's token graph and the merges of its components, strongest first.

    An edge is in the graph at τ where its similarity exceeds τ, strictly, both in float32
    (design, 3.1), so the graph at τ is the first edges of the list.

    Attributes:
        tokens: L.
        pairs: (L (L − 1) / 2, 2) token pairs i < j, in falling order of similarity.
        similarities: (L (L − 1) / 2,) their similarities.
        merges: (L − 1,) similarities at which two components become one, falling.
        largest: (L − 1,) tokens in the largest component after each merge.
    """

    tokens: int
    pairs: Whole
    similarities: Floats
    merges: Floats
    largest: Whole

    @classmethod
    def of(cls, upper: Floats, tokens: int) -> GraphTimeline:
        """Sort the edges and find the merges: a maximum spanning tree, joined edge by edge.

        Args:
            upper: (L (L − 1) / 2,) float32, as `glot.graph.statistics.upper_triangle` gives them.
            tokens: L.

        Raises:
            GlotError: `upper` does not fit the number of tokens, or is not finite.
        """
        upper = np.asarray(upper, dtype=np.float32)
        _check_similarities(upper, tokens)
        order = np.argsort(-upper, kind="stable")
        similarities = upper[order]
        rows, columns = np.triu_indices(tokens, k=1)
        merges, largest = _merges(order, similarities)
        return cls(
            tokens=tokens,
            pairs=np.stack([rows[order], columns[order]], axis=1),
            similarities=similarities,
            merges=merges,
            largest=largest,
        )

    def edges(self, tau: float) -> Whole:
        """The edges at τ, from −1 to 1, as (E, 2) token pairs i < j, strongest first."""
        return self.pairs[: int(_above(self.similarities, _thresholds([tau]))[0])]

    def at(self, taus: npt.ArrayLike, clustering: bool = True) -> GraphCurves:
        """All statistics at T thresholds.

        Args:
            taus: (T,) thresholds from −1 to 1, in any order.
            clustering: whether to work out the clustering coefficients too, which take by far
                the longest.

        Raises:
            GlotError: there is no threshold, or one is NaN or outside [−1, 1].
        """
        asked = _thresholds(taus)
        edges = _above(self.similarities, asked)
        joined = _above(self.merges, asked)
        return GraphCurves(
            taus=asked,
            edges=edges,
            density=edges / max(len(self.pairs), 1),
            components=self.tokens - joined,
            largest=np.concatenate([np.ones(1, dtype=np.int64), self.largest])[joined],
            mean_degree=2 * edges / self.tokens,
            clustering=self.clustering(asked) if clustering else None,
        )

    def tau_for_density(self, share: float, taus: npt.ArrayLike) -> float:
        """The threshold whose graph's density is nearest to a share (design, section 3).

        So graphs of equal density are compared between backbones, on which one τ means different
        things. Of equally near ones it is the largest; with a single token, the largest of all.

        Args:
            share: density that is wanted, from 0 (no edge) to 1 (all pairs).
            taus: (T,) thresholds from −1 to 1 to choose from, in any order.

        Raises:
            GlotError: the share is NaN or outside [0, 1], there is no threshold, or one is NaN
                or outside [−1, 1].
        """
        if not 0 <= share <= 1:
            raise GlotError(f"density {share}.", "Accepted: a number from 0 (no edge) to 1 (all).")
        asked = _thresholds(taus)
        # In edges: between whole numbers, equally far ones are found in spite of rounding.
        far = np.abs(_above(self.similarities, asked) - share * len(self.pairs))
        return float(asked[far <= far.min() + HAIR].max())

    def clustering(self, taus: npt.ArrayLike) -> Doubles:
        """Average clustering coefficient (Watts and Strogatz, 1998) at T thresholds.

        A token's coefficient is the share of pairs of its neighbours that are joined themselves;
        0 for a token with fewer than two neighbours.

        Args:
            taus: (T,) thresholds from −1 to 1, in any order.

        Returns:
            (T,) means over the L tokens.

        Raises:
            GlotError: there is no threshold, or one is NaN or outside [−1, 1].
        """
        counts = _above(self.similarities, _thresholds(taus))
        counts, graph = np.unique(counts, return_inverse=True)
        degrees, triangles = _degrees_and_triangles(self.pairs, counts, self.tokens)
        wedges = degrees * (degrees - 1) // 2
        means: Doubles = (triangles / np.maximum(wedges, 1)).mean(axis=1)
        return means[graph]


def _check_similarities(upper: Floats, tokens: int) -> None:
    possible = tokens * (tokens - 1) // 2
    if tokens < 1 or upper.shape != (possible,):
        raise GlotError(
            f"Similarities of shape {upper.shape} for {tokens} tokens.",
            "Accepted: L (L − 1) / 2 of them for L tokens, L from 1.",
            "Take them from the (L, L) similarities with upper_triangle.",
        )
    if not np.isfinite(upper).all():
        raise GlotError(
            "The similarities hold NaN or infinite values.",
            "A token graph needs finite similarities.",
            "Check the token states that they come from.",
        )


def _thresholds(taus: npt.ArrayLike) -> Doubles:
    asked = np.asarray(taus, dtype=np.float64)
    if asked.ndim != 1 or not asked.size:
        raise GlotError(
            f"Thresholds of shape {asked.shape}.",
            "Accepted: a list of at least one τ.",
            "Give a single τ as [τ].",
        )
    # NaN anywhere is the least and the greatest of all.
    check_tau(float(asked.min()))
    check_tau(float(asked.max()))
    return asked


def _above(falling: Floats, taus: Doubles) -> Whole:
    """(T,) how many of the values, which come in falling order, exceed each τ in float32."""
    return np.searchsorted(-falling, -taus.astype(np.float32), side="left")


def _merges(order: Whole, similarities: Floats) -> tuple[Floats, Whole]:
    """`merges` and `largest` of a `GraphTimeline`.

    Single-linkage clustering joins what a maximum spanning tree joins. It is given each edge's
    rank among the distinct similarities for a distance: 1 − S would round, and make and break
    ties.

    Args:
        order: (L (L − 1) / 2,) the edges in falling order of similarity.
        similarities: (L (L − 1) / 2,) in this order.
    """
    if not order.size:
        return np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
    from scipy.cluster.hierarchy import linkage

    lower = np.append(True, similarities[1:] != similarities[:-1])
    ranks = np.empty(order.size)
    ranks[order] = np.cumsum(lower) - 1
    joined = linkage(ranks, method="single")
    # Columns: the two that are joined, their distance, the size of what they become.
    at, sizes = joined[:, 2].astype(np.int64), joined[:, 3].astype(np.int64)
    return similarities[lower][at], np.maximum.accumulate(sizes)


def _degrees_and_triangles(pairs: Whole, counts: Whole, tokens: int) -> tuple[Whole, Whole]:
    """Degrees and triangles of each token in G graphs, each a number of first edges.

    A triangle is in all graphs from the one on that holds its weakest edge. So every edge is
    looked at once, whatever G: its triangles are the tokens that earlier edges join to both of
    its ends. Among equally strong edges the list's own order decides, so none counts twice.

    Args:
        pairs: (E, 2) edges, strongest first.
        counts: (G,) numbers of edges, rising.
        tokens: L.

    Returns:
        (G, L) degrees and (G, L) triangles.
    """
    since = np.repeat(np.arange(counts.size), np.diff(counts, prepend=0))
    sources, targets = pairs[: since.size].T
    # When the edge between two tokens came: 0 in an earlier chunk, else its place in this one.
    # Rows are padded to whole words of 8 bytes, so that a row's marks are counted in words.
    came = np.full((tokens, -(-tokens // 8) * 8), LATER, dtype=np.uint8)
    opposite = np.zeros((counts.size, came.shape[1]), dtype=np.int64)
    closed = np.zeros(since.size)
    for start in range(0, since.size, CHUNK):
        here = slice(start, start + CHUNK)
        i, j = sources[here], targets[here]
        place = np.arange(1, i.size + 1, dtype=np.uint8)
        came[i, j] = came[j, i] = place
        both = np.maximum(came[i], came[j]) < place[:, None]
        came[i, j] = came[j, i] = 0
        closed[here] = np.bitwise_count(both.view(np.uint64)).sum(axis=1)
        first = np.flatnonzero(np.diff(since[here], prepend=-1))
        opposite[since[here][first]] += np.add.reduceat(both.view(np.uint8), first, dtype=np.uint8)
    degrees = _per_token(since, sources, targets, np.ones(since.size), opposite[:, :tokens].shape)
    ends = _per_token(since, sources, targets, closed, degrees.shape)
    return degrees.cumsum(axis=0), (opposite[:, :tokens] + ends).cumsum(axis=0)


def _per_token(
    since: Whole, sources: Whole, targets: Whole, values: Doubles, shape: tuple[int, ...]
) -> Whole:
    """(G, L) sums of the edges' values at both of their ends, by the graph they come in with."""
    total = sum(
        np.bincount(since * shape[1] + ends, values, minlength=shape[0] * shape[1])
        for ends in (sources, targets)
    )
    return np.asarray(total, dtype=np.int64).reshape(shape)
