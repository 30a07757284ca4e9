"""A backbone's input embeddings as something that a score depends on.

Backbones give token states by `encode`, which no gradient passes; this goes around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from glot.backbones.huggingface import HuggingFaceBackbone
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.attributions.scored import Scored


class Embedded:
    """The score of a text as a function of its embeddings.

    Args:
        scored: the text in its head.

    Attributes:
        inputs: (1, L, e) float32, the embeddings of the text's tokens, without positions.

    Raises:
        GlotError: the backbone is none of those by transformers.
    """

    def __init__(self, scored: Scored) -> None:
        backbone = scored.backbone
        if not isinstance(backbone, HuggingFaceBackbone):
            raise GlotError(
                f"Gradients through the backbone {backbone.name!r}.",
                "Accepted: backbones that transformers runs.",
                "Leave gradients through the backbone out.",
            )
        self._scored, self._backbone = scored, backbone
        self.inputs = backbone.embeddings(scored.text, scored.max_tokens).requires_grad_()

    @contextmanager
    def score(self) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
        """Embeddings (N, L, e) → (N,) scores on the text's own graph; gradients flow."""
        with self._backbone.from_embeddings(self._scored.card.layer) as states:
            yield lambda embedded: self._scored.on_states(states(embedded))
