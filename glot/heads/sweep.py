"""One sentence on the token graphs of many thresholds, in batched passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from glot.config import check_tau
from glot.graph.forms.choose import streams
from glot.graph.similarity import token_similarity
from glot.heads.base import Head
from glot.types import Pooled, check_states

# Values in the widest tensor of one pass: 16 MiB of float32, which stay in a CPU's last cache.
PASS_VALUES = 2**22


@dataclass(frozen=True)
class Sweep:
    """A head over a grid of T thresholds.

    Attributes:
        pooled: embedding (T, D) and weights (T, L).
        outputs: of the task layer, (T, C) logits or (T,) numbers; None for heads of pairs,
            which need a second text.
    """

    pooled: Pooled
    outputs: torch.Tensor | None


def sweep(head: Head, hidden: torch.Tensor, mask: torch.Tensor, taus: np.ndarray) -> Sweep:
    """A head's pooler and task layer for every τ.

    Graphs only shrink as τ grows, so thresholds with equal numbers of edges have the same graph:
    each graph is computed once.

    Args:
        head: in eval mode.
        hidden: (1, L, d) token states of one sentence.
        mask: (1, L).
        taus: (T,) thresholds.

    Raises:
        GlotError: states that are not finite, a τ that is NaN or outside [−1, 1], or a text that
            does not fit in memory.
    """
    check_states(hidden, mask.bool())
    for tau in taus:
        check_tau(float(tau))
    with torch.inference_mode():
        pooled = _pool(head, hidden, mask, taus)
        outputs = None if head.config.pairs else head(pooled.embedding)
    return Sweep(pooled, outputs)


def _pool(head: Head, hidden: torch.Tensor, mask: torch.Tensor, taus: np.ndarray) -> Pooled:
    if not head.pooler.uses_graph:
        return _rows(head.embed(hidden, mask), torch.zeros(len(taus), dtype=torch.long))
    thresholds = torch.as_tensor(taus, dtype=torch.float32, device=hidden.device)
    if streams(hidden.shape[:2]):
        # Long texts are pooled τ after τ: nothing of the size of a table is made.
        return _together([head.embed(hidden, mask, float(tau)) for tau in taus])
    similarity = token_similarity(hidden, mask, head.pooler.config.similarity)
    first, row = _distinct_graphs(similarity, thresholds)
    size = max(1, PASS_VALUES // (hidden.shape[1] * max(hidden.shape[1], head.pooler.out_width)))
    parts = [head.embed(hidden, mask, part) for part in torch.split(first, size)]
    return _rows(_together(parts), row)


def _distinct_graphs(
    similarity: torch.Tensor, thresholds: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One threshold for each distinct graph, and for each threshold the number of its graph."""
    ordered, order = thresholds.sort()
    # How many thresholds lie below each similarity tells at which of them it is an edge.
    below = torch.bucketize(similarity.flatten(), ordered)
    lost = torch.bincount(below, minlength=len(ordered) + 1)[:-1].cumsum(0)
    new = torch.ones_like(lost, dtype=torch.bool)
    new[1:] = lost[1:] != lost[:-1]
    row = torch.empty_like(order)
    row[order] = new.cumsum(0) - 1
    return ordered[new], row


def _together(parts: list[Pooled]) -> Pooled:
    return Pooled(
        embedding=torch.cat([part.embedding for part in parts]),
        weights=torch.cat([part.weights for part in parts]),
    )


def _rows(pooled: Pooled, row: torch.Tensor) -> Pooled:
    return Pooled(embedding=pooled.embedding[row], weights=pooled.weights[row])
