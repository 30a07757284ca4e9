"""A backbone's input embeddings as something that a score depends on. transformers stays in here.

Backbones give token states by `encode`, which no gradient passes; this goes around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from glot.backbones.base import check_layer, cut_length
from glot.backbones.huggingface import HuggingFaceBackbone
from glot.backbones.tokenization import tokenize
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
        self._scored, self._model, self._lock = scored, backbone._model, backbone._lock
        self._block = check_layer(scored.card.layer, backbone.n_layers)
        self._last = self._block == backbone.n_layers
        limit = cut_length(scored.max_tokens, backbone.context)
        with backbone._reading:
            ids = tokenize(backbone._tokenizer, [scored.text], limit).ids
        with torch.inference_mode(False), torch.no_grad():
            embedded = self._model.get_input_embeddings()(ids.to(backbone.device))
        self.inputs = embedded.float().clone().requires_grad_()

    def score(self, embedded: torch.Tensor) -> torch.Tensor:
        """Embeddings (N, L, e) → (N,) scores on the text's own graph; gradients flow."""
        output = self._model(
            inputs_embeds=embedded.to(self._model.dtype), output_hidden_states=not self._last
        )
        states = output.last_hidden_state if self._last else output.hidden_states[self._block]
        return self._scored.on_states(states.float())

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Nobody else runs the model meanwhile."""
        with self._lock:
            yield
