"""Which edges of the token graph a score hangs on: leave one edge out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glot.attributions.units import Floats
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.attributions.scored import Scored

# Edges that are left out, one after the other; each is one pass of the head.
MAX_EDGES = 300


@dataclass(frozen=True)
class EdgeImportance:
    """How far the score falls without an edge.

    Attributes:
        pairs: (E, 2) places of the tokens that each edge joins, strongest similarity first.
        similarities: (E,) S_ij of each.
        values: (E,) f(graph) − f(graph without the edge); above 0, it speaks for the target.
        n_edges: edges of the graph between different tokens; more than E where not all were
            tried.
        together: f(graph) − f(graph of self-loops alone): all edges taken away at once.

    Raises:
        GlotError: the shapes disagree.
    """

    pairs: npt.NDArray[np.int64]
    similarities: Floats
    values: Floats
    n_edges: int
    together: float

    def __post_init__(self) -> None:
        tried = len(self.values)
        if self.pairs.shape != (tried, 2) or self.similarities.shape != (tried,):
            raise GlotError(
                f"pairs {self.pairs.shape}, similarities {self.similarities.shape} and values "
                f"{self.values.shape}.",
                "Accepted: (E, 2), (E,) and (E,).",
            )


def edge_importance(scored: Scored, most: int = MAX_EDGES) -> EdgeImportance | None:
    """Leave each edge of the token graph out, in both directions, and run the head again.

    torch-geometric's explain module masks the messages of its own convolutions; ours are written
    over whole tables and have no such hook. To leave an edge out is exact for any of them, and
    what a mask's gradient would only approximate.

    Args:
        scored: the text in its head.
        most: at most so many edges, those with the highest similarity.

    Returns:
        None for heads without a graph.
    """
    import torch

    from glot.graph.forms.dense import DenseNeighbours
    from glot.heads.sweep import PASS_VALUES
    from glot.poolers.glot import GlotPooler

    pooler = scored.head.pooler
    if not isinstance(pooler, GlotPooler):
        return None
    gaps, mask = scored.graph.gaps, scored.states.mask
    pairs = (gaps[0] == 0).triu(1).nonzero()
    strength = scored.similarity[0][pairs[:, 0], pairs[:, 1]]
    order = strength.argsort(descending=True, stable=True)[:most]
    pairs, hidden = pairs[order], scored.states.hidden.to(pooler.dtype)
    length = mask.shape[1]
    size = max(1, PASS_VALUES // (length * max(length, pooler.out_width)))

    def scores(tables: torch.Tensor) -> torch.Tensor:
        states = hidden if pooler.convs else hidden.expand(len(tables), -1, -1)
        pooled = pooler.pool_on(DenseNeighbours(tables, mask), states)
        return scored.scores(pooled.embedding).double().cpu()

    found = []
    with torch.no_grad():
        for part in torch.split(pairs, size) if len(pairs) else ():
            tables, rows = gaps.repeat(len(part), 1, 1), torch.arange(len(part), device=gaps.device)
            tables[rows, part[:, 0], part[:, 1]] = 1
            tables[rows, part[:, 1], part[:, 0]] = 1
            found.append(scores(tables))
        loops = torch.ones_like(gaps) - torch.eye(length, device=gaps.device)
        bare = float(scores(loops)[0])
        left = torch.cat(found).numpy() if found else np.empty(0)
    return EdgeImportance(
        pairs.cpu().numpy(),
        strength[order].double().cpu().numpy(),
        scored.score - left,
        len(strength),
        scored.score - bare,
    )
