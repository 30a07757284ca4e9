"""The control for a graph's meaning: as many edges at every τ, between pairs drawn at random."""

from __future__ import annotations

from functools import lru_cache

import torch

SEED = 42


def shuffled_similarity(
    similarity: torch.Tensor, mask: torch.Tensor, seed: int = SEED
) -> torch.Tensor:
    """The similarities of a sentence's pairs, dealt out anew among its pairs.

    So at every τ the graph has exactly the density of the real one, and which tokens it joins
    says nothing about them. Sentences with equally many tokens are dealt in the same way, so a
    sentence has the same graph in every batch and epoch.

    Args:
        similarity: (B, L, L), symmetric.
        mask: (B, L), non-zero at valid tokens.
        seed: of the deal, from 0; measured results rest on the default.

    Returns:
        (B, L, L) float32, symmetric, 1 on the diagonal; entries of padded tokens are 0.
    """
    out = torch.zeros_like(similarity)
    for row, table, valid in zip(out, similarity, mask.bool(), strict=True):
        tokens = valid.nonzero().flatten()
        first, second, order = (part.to(tokens.device) for part in _deal(len(tokens), seed))
        a, b = tokens[first], tokens[second]
        row[a, b] = table[a, b][order]
    out = out + out.mT
    out.diagonal(dim1=1, dim2=2).fill_(1)
    return out


# Of the length L of a sentence and the seed: 20 bytes a pair, 2.6 MB for 512 tokens.
@lru_cache(maxsize=128)
def _deal(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """First and second token of every pair of n tokens, and the pair whose value each gets."""
    first, second = torch.triu_indices(n, n, offset=1)
    random = torch.Generator().manual_seed(seed * 2**20 + n)
    order = torch.randperm(len(first), generator=random)
    return first, second, order
