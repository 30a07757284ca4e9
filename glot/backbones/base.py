"""The contract of a backbone."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from glot.backbones.batching import length_batches
from glot.errors import GlotError
from glot.types import TokenStates, check_states


@dataclass(frozen=True)
class EncodedBatch:
    """Token states of some texts of a list, without the strings that only people read.

    Attributes:
        rows: the numbers of the B texts in the list.
        hidden: (B, L, d) float32, finite at valid tokens.
        mask: (B, L) bool, true at real tokens, which stand on the left.
        n_cut: per text, how many tokens were cut off.

    Raises:
        GlotError: shapes disagree, a text has no valid token, or a state is not finite.
    """

    rows: tuple[int, ...]
    hidden: torch.Tensor
    mask: torch.Tensor
    n_cut: tuple[int, ...]

    def __post_init__(self) -> None:
        check_states(self.hidden, self.mask)
        numbers = len(self.rows), len(self.n_cut), len(self.hidden)
        if len(set(numbers)) > 1:
            raise GlotError(
                f"A batch of {numbers[2]} texts with {numbers[0]} rows and {numbers[1]} in n_cut.",
                "Accepted: one of each for every text.",
            )


class Backbone(ABC):
    """A frozen language model.

    Attributes:
        name: what it was asked for by: `minilm`, a hub id, a folder, a file.
        fingerprint: sha256 of its weights (`weights_fingerprint`).
        settings_fingerprint: sha256 of the settings that shape states beside the weights: heads,
            positions, windows, norms.
        tokenizer_fingerprint: sha256 of everything that shapes token ids, but for how long a text
            may be; 64 hexadecimal digits, the same in every process.
        width: d, the width of its hidden states.
        n_layers: number of blocks.
        kind: `encoder` (attends both ways) or `decoder` (causal).
        context: the longest text it accepts, in tokens, special tokens included.
        device: where its token states lie.
        dtype: the number format it computes in.
    """

    name: str
    fingerprint: str
    settings_fingerprint: str
    tokenizer_fingerprint: str
    width: int
    n_layers: int
    kind: Literal["encoder", "decoder"]
    context: int
    device: torch.device
    dtype: torch.dtype

    @abstractmethod
    def encode(
        self, texts: Sequence[str], max_tokens: int | None = None, layer: int | None = None
    ) -> TokenStates:
        """Token states of a batch of texts, padded right, on the backbone's device.

        A last norm, where the model has one, belongs to layer `n_layers`: that layer and None
        are the same, the model's last hidden states. Layers below it come straight from their
        block, without the norm.

        Args:
            texts: at least one text, none of them blank.
            max_tokens: cut texts to this many tokens, at most the context; None or 0: to the
                context.
            layer: 0 for the embeddings, k for the states after block k; None for the last.

        Raises:
            GlotError: no text, a blank one, one of special tokens only, invalid Unicode, a layer
                that the backbone does not have, or too few tokens for its special ones.
        """

    def encode_many(
        self,
        texts: Sequence[str],
        max_tokens: int | None = None,
        layer: int | None = None,
        rows: Sequence[int] | None = None,
    ) -> Generator[EncodedBatch, None, None]:
        """Token states of any number of texts, those of similar length together.

        The states are those of `encode`. Every `batching.CHUNK` rows are done before the next
        ones begin; within them, the longest texts come first. Close the generator (or use it up)
        to be sure that nothing is computed any more.

        Args:
            texts: at least one text, none of them blank; all are checked at once.
            max_tokens: see `encode`.
            layer: see `encode`.
            rows: the numbers of those that are wanted, each once; None: of all.

        Raises:
            GlotError: see `encode`; a text is told by its number in `texts`.
        """
        check_texts(texts)
        return self._batches(
            texts,
            range(len(texts)) if rows is None else rows,
            cut_length(max_tokens, self.context),
            check_layer(layer, self.n_layers),
        )

    def _batches(
        self, texts: Sequence[str], rows: Sequence[int], limit: int, layer: int
    ) -> Generator[EncodedBatch, None, None]:
        """What `encode_many` gives, after its checks; backbones with a faster way override it."""
        for batch in length_batches(texts, rows, limit, self.device.type):
            states = self.encode([texts[row] for row in batch], limit, layer)
            yield EncodedBatch(tuple(batch), states.hidden, states.mask, states.n_cut)


def cut_length(max_tokens: int | None, context: int) -> int:
    """How many tokens texts are cut to: `max_tokens`, at most the context; None or 0: the context.

    Raises:
        GlotError: a negative number.
    """
    if max_tokens is not None and max_tokens < 0:
        raise GlotError(f"max_tokens {max_tokens}.", "Accepted: a number from 1, or 0 for all.")
    return min(max_tokens or context, context)


def check_layer(layer: int | None, n_layers: int) -> int:
    """The layer itself, and `n_layers` for None.

    Raises:
        GlotError: there is no such layer.
    """
    if layer is None:
        return n_layers
    if not 0 <= layer <= n_layers:
        raise GlotError(
            f"Layer {layer}.",
            f"Accepted: 0 (the embeddings) to {n_layers} (the last hidden states).",
            "Choose one of these layers.",
        )
    return layer


def weights_fingerprint(weights: Iterable[tuple[str, torch.Tensor]]) -> str:
    """sha256 over names, shapes and values, the values rounded to bfloat16.

    Rounding makes the fingerprint the same for a model stored in float32 and in bfloat16; it does
    not depend on device, file names, sharding or format.

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
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise GlotError(
                f"{where} is not valid Unicode: it holds half of a surrogate pair.",
                "Accepted: any text that can be written as UTF-8.",
                "Save the text as UTF-8 and paste it again.",
            ) from error
