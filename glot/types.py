"""What passes between the rooms of the house: frozen, validated once, on creation.

Shapes: B sentences, L tokens (the longest sentence of the batch), d the backbone's width,
D the pooler's output width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from glot.errors import GlotError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TokenStates:
    """Token states of a batch of texts: the last hidden states of a frozen backbone, with mask.

    Attributes:
        hidden: (B, L, d) float32 or narrower, finite at valid tokens.
        mask: (B, L) bool, true at real tokens; special tokens such as [CLS] are real.
        tokens: per sentence, the strings of its valid tokens.
        offsets: per sentence, (start, end) of each valid token in the text, in characters;
            (0, 0) for tokens the backbone adds.
        n_cut: per sentence, how many tokens did not fit in the backbone's context.

    Raises:
        GlotError: shapes disagree, a sentence has no valid token, or a state is not finite.
    """

    hidden: torch.Tensor
    mask: torch.Tensor
    tokens: tuple[tuple[str, ...], ...]
    offsets: tuple[tuple[tuple[int, int], ...], ...]
    n_cut: tuple[int, ...]

    def __post_init__(self) -> None:
        check_states(self.hidden, self.mask)
        lengths = self.mask.sum(dim=1).tolist()
        for name in ("tokens", "offsets"):
            given = [len(row) for row in getattr(self, name)]
            if given != lengths:
                raise GlotError(
                    f"{name} has {given} entries.", f"The mask has {lengths} valid tokens."
                )
        if len(self.n_cut) != len(lengths):
            raise GlotError(
                f"n_cut has {len(self.n_cut)} entries.", f"The batch has {len(lengths)} sentences."
            )


def check_states(hidden: torch.Tensor, mask: torch.Tensor) -> None:
    """Check a batch of token states (B, L, d) with its mask (B, L).

    Raises:
        GlotError: shapes disagree, a sentence has no valid token, or a valid state is not finite.
    """
    if hidden.dim() != 3 or mask.shape != hidden.shape[:2]:
        raise GlotError(
            f"Token states of shape {tuple(hidden.shape)} with a mask of {tuple(mask.shape)}.",
            "Accepted: states (B, L, d) with a mask (B, L).",
        )
    if not bool(mask.any(dim=1).all()):
        empty = (~mask.any(dim=1)).nonzero().flatten().tolist()
        raise GlotError(
            f"Sentences {empty} of the batch have no valid token.",
            "Every sentence needs at least one token.",
            "Leave out empty texts.",
        )
    if not bool((hidden.isfinite().all(dim=-1) | ~mask).all()):
        raise GlotError(
            "The token states hold NaN or infinite values.",
            "Poolers accept finite states only.",
            "Load the backbone in float32 (dtype='float32'), or check its weights.",
        )


@dataclass(frozen=True)
class Pooled:
    """What a pooler returns.

    Attributes:
        embedding: (B, D), the sentence vectors z.
        weights: (B, L), the token weights π: ≥ 0, 0 at padding, each row sums to 1.
    """

    embedding: torch.Tensor
    weights: torch.Tensor


class Neighbours(Protocol):
    """Token graphs as a convolution meets them, in whatever form they are kept.

    N(i) are the tokens that token i has an edge to, i itself among them. A batch of states with
    B = 1 is broadcast: one sentence on many graphs.

    Attributes:
        mask: (B or 1, L) bool, true at real tokens. What stands at the others, in states or in
            results, is without meaning, but finite.
    """

    mask: torch.Tensor

    def degree(self) -> torch.Tensor:
        """|N(i)|, (B, L, 1) float32."""

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """Σ_{j∈N(i)} u_j: states (B or 1, L, width) → (B, L, width)."""

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Σ_j α_ij u_j with α_i = softmax over N(i) of LeakyReLU(source_j + target_i), slope 0.2.

        Args:
            states: (B or 1, L, width).
            source: (B or 1, L), in float32 or float64.
            target: (B or 1, L), in the same type.

        Returns:
            (B, L, width).
        """
