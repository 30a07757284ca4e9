"""The token graphs of a batch, for every τ at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from glot.errors import GlotError
from glot.graph.edges import adjacency, edge_index
from glot.graph.similarity import token_similarity
from glot.types import check_states


@dataclass(frozen=True)
class TokenGraph:
    """Similarities and mask: all that the graphs at every τ depend on (design, 3.1).

    Attributes:
        similarity: (B, L, L) float32, symmetric; entries of padded tokens are without meaning.
        mask: (B, L) bool.

    Raises:
        GlotError: the shapes disagree.
    """

    similarity: torch.Tensor
    mask: torch.Tensor

    def __post_init__(self) -> None:
        batch, length = self.mask.shape
        if tuple(self.similarity.shape) != (batch, length, length):
            raise GlotError(
                f"Similarities of shape {tuple(self.similarity.shape)}.",
                f"The mask {tuple(self.mask.shape)} asks for ({batch}, {length}, {length}).",
            )

    @classmethod
    def of(cls, hidden: torch.Tensor, mask: torch.Tensor, similarity: str = "cosine") -> TokenGraph:
        """The token graphs of token states (B, L, d) with their mask (B, L).

        Args:
            hidden: the states.
            mask: non-zero at valid tokens.
            similarity: `cosine` or `centred`: see `glot.graph.similarity.token_similarity`.

        Raises:
            GlotError: the similarity is unknown, or the states do not fit the mask or are not
                finite.
        """
        check_states(hidden, mask.bool())
        return cls(similarity=token_similarity(hidden, mask, similarity), mask=mask.bool())

    def adjacency(self, tau: float | torch.Tensor) -> torch.Tensor:
        """(B, L, L) bool, self-loops included: see `glot.graph.edges.adjacency`."""
        return adjacency(self.similarity, self.mask, tau)

    def edges(self, tau: float) -> torch.Tensor:
        """(2, E) int64 edge index over the valid tokens: see `glot.graph.edges.edge_index`."""
        return edge_index(self.similarity, self.mask, tau)
