"""One sentence on the token graphs of many thresholds, in batched passes."""

from __future__ import annotations

import numpy as np
import torch

from glot.graph.similarity import cosine_similarity
from glot.heads.classifier import ClassifierHead, HeadOutput
from glot.types import Pooled

# Values in the widest tensor of one pass: 32 Mi float32 are 128 MiB.
PASS_VALUES = 2**25


def sweep(
    head: ClassifierHead, hidden: torch.Tensor, mask: torch.Tensor, taus: np.ndarray
) -> HeadOutput:
    """Outputs of a head for every τ.

    Graphs only shrink as τ grows, so thresholds with equal numbers of edges have the same graph:
    each graph is computed once.

    Args:
        head: in eval mode.
        hidden: (1, L, d) token states of one sentence.
        mask: (1, L).
        taus: (T,) thresholds.

    Returns:
        Logits (T, C), embedding (T, D), weights (T, L).
    """
    with torch.inference_mode():
        if not head.pooler.uses_graph:
            out = head(hidden, mask)
            return _rows(out, torch.zeros(len(taus), dtype=torch.long))
        thresholds = torch.as_tensor(taus, dtype=torch.float32, device=hidden.device)
        similarity = cosine_similarity(hidden).flatten().sort().values
        edges = similarity.numel() - torch.searchsorted(similarity, thresholds, right=True)
        distinct, row = torch.unique(edges, return_inverse=True)
        first = torch.stack([thresholds[row == i][0] for i in range(len(distinct))])
        size = max(
            1, PASS_VALUES // (hidden.shape[1] * max(hidden.shape[1], head.pooler.out_width))
        )
        parts = [head(hidden, mask, part) for part in torch.split(first, size)]
        return _rows(_join(parts), row)


def _join(parts: list[HeadOutput]) -> HeadOutput:
    return HeadOutput(
        logits=torch.cat([part.logits for part in parts]),
        pooled=Pooled(
            embedding=torch.cat([part.pooled.embedding for part in parts]),
            weights=torch.cat([part.pooled.weights for part in parts]),
        ),
    )


def _rows(out: HeadOutput, row: torch.Tensor) -> HeadOutput:
    return HeadOutput(
        logits=out.logits[row],
        pooled=Pooled(embedding=out.pooled.embedding[row], weights=out.pooled.weights[row]),
    )
