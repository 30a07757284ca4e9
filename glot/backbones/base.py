"""The contract of a backbone."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Literal

import torch

from glot.errors import GlotError
from glot.types import TokenStates


class Backbone(ABC):
    """A frozen language model.

    Attributes:
        name: what it was asked for by: `minilm`, a hub id, a folder, a file.
        fingerprint: sha256 of its weights (`weights_fingerprint`).
        width: d, the width of its hidden states.
        kind: `encoder` (attends both ways) or `decoder` (causal).
        context: the longest text it accepts, in tokens, special tokens included.
        device: where its token states lie.
        dtype: the number format it computes in.
    """

    name: str
    fingerprint: str
    width: int
    kind: Literal["encoder", "decoder"]
    context: int
    device: torch.device
    dtype: torch.dtype

    @abstractmethod
    def encode(self, texts: Sequence[str], max_tokens: int | None = None) -> TokenStates:
        """Token states of a batch of texts, padded right, on the backbone's device.

        Args:
            texts: at least one text, none of them blank.
            max_tokens: cut texts to this many tokens (by default, and at most, the context).

        Raises:
            GlotError: no text, a blank one, one of special tokens only, invalid Unicode.
        """


def weights_fingerprint(weights: Iterable[tuple[str, torch.Tensor]]) -> str:
    """sha256 over names, shapes and values, the values rounded to bfloat16.

    Rounding makes the fingerprint the same for a model loaded in float32, float16 or bfloat16,
    on any device; it does not depend on file names, sharding or format.

    Args:
        weights: (name, tensor) in any order.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(weights, key=lambda item: item[0]):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        values = tensor.detach().to(torch.bfloat16).contiguous().cpu()
        digest.update(values.view(torch.int16).numpy().data)
    return digest.hexdigest()


def check_texts(texts: Sequence[str]) -> None:
    """Check texts before they are tokenised.

    Raises:
        GlotError: no text, a blank text, or a text that is not valid Unicode.
    """
    if not texts:
        raise GlotError("No text.", "Accepted: one text or more.")
    for number, text in enumerate(texts):
        where = f"Text {number + 1} of {len(texts)}" if len(texts) > 1 else "The text"
        if not text.strip():
            raise GlotError(
                f"{where} is empty{' (only spaces)' if text else ''}.",
                "Accepted: a text with at least one word.",
                "Type or paste a sentence.",
            )
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise GlotError(
                f"{where} is not valid Unicode: it holds half of a surrogate pair.",
                "Accepted: any text that can be written as UTF-8.",
                "Save the text as UTF-8 and paste it again.",
            )
