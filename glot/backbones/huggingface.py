"""Backbones by transformers: a hub id, a local folder, a GGUF file. Its names stay in here."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch

from glot.backbones.ahead import ahead
from glot.backbones.base import (
    Backbone,
    EncodedBatch,
    check_layer,
    cut_length,
    weights_fingerprint,
)
from glot.backbones.batching import chunks, exact_batches
from glot.backbones.loading import load_model
from glot.backbones.placement import choose_device, choose_dtype
from glot.backbones.precision import narrowed_if_kept
from glot.backbones.source import resolve
from glot.backbones.tokenization import (
    context_length,
    count_tokens,
    padded,
    tokenize,
    tokenizer_fingerprint,
)
from glot.backbones.turns import Call, turns_of
from glot.types import TokenStates

# Settings that leave hidden states as they are; number format and device have their own names.
UNSHAPING = frozenset(
    {
        "_name_or_path",
        "architectures",
        "dtype",
        "id2label",
        "label2id",
        "output_attentions",
        "output_hidden_states",
        "quantization_config",
        "return_dict",
        "transformers_version",
        "use_cache",
    }
)
# Batches that are tokenised before the model asks for them; a new chunk of texts takes longer to
# tokenise than one batch takes to compute.
AHEAD = 16


@dataclass(frozen=True)
class _TokenizedBatch:
    """Rows of a list of texts, their ids and mask (B, L), and tokens cut."""

    rows: tuple[int, ...]
    ids: torch.Tensor
    mask: torch.Tensor
    n_cut: tuple[int, ...]


class HuggingFaceBackbone(Backbone):
    """A transformers model without its output head: frozen, eval, inference mode.

    Use `load`. One batch runs at a time on a device; calls from several threads queue, and short
    ones are made together in float32 (`glot.backbones.turns`).

    Args:
        name: what it was asked for by.
        model: on its device, in its number format.
        tokenizer: prepared (`prepare_tokenizer`).
        fingerprint: of the weights.
    """

    def __init__(self, name: str, model: Any, tokenizer: Any, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._model = model
        self._tokenizer = tokenizer
        self.settings_fingerprint = _settings_fingerprint(model.config)
        self.tokenizer_fingerprint = tokenizer_fingerprint(self._tokenizer)
        # Of the tokenizer, whose settings change from call to call.
        self._reading = threading.Lock()
        self.width = int(model.config.hidden_size)
        self.device = next(model.parameters()).device
        self._turns, self._weights = turns_of(self.device), _weights_used(model)
        self.dtype = next(model.parameters()).dtype
        self.context = context_length(tokenizer, model)
        states = _probe(model)
        self.n_layers = len(states) - 1
        self.kind: Literal["encoder", "decoder"] = (
            "decoder" if _is_causal(states[-1]) else "encoder"
        )

    @classmethod
    def load(cls, name: str, device: str = "auto", dtype: str = "auto") -> HuggingFaceBackbone:
        """See `glot.backbones.load_backbone`."""
        where = choose_device(device)
        source = resolve(name)
        loaded = load_model(source)
        # Of the weights as stored: after float16, which rounds otherwise, it would be another one.
        fingerprint = weights_fingerprint(
            (key, value)
            for key, value in loaded.model.named_parameters()
            if key not in loaded.untrained
        )
        chosen = choose_dtype(dtype, where)
        # Quantised weights, unpacked, lie in float32, which is not the format they call for.
        full = loaded.model.dtype is torch.float32 and not source.gguf_file
        if dtype == "auto" and full and chosen is not torch.float32:
            model = narrowed_if_kept(loaded.model, loaded.tokenizer, where, chosen)
        else:
            model = loaded.model.to(where, chosen)
        _unmap(model)
        return cls(source.name, model, loaded.tokenizer, fingerprint)

    def encode(
        self, texts: Sequence[str], max_tokens: int | None = None, layer: int | None = None
    ) -> TokenStates:
        """See `Backbone.encode`; states are float32."""
        block = check_layer(layer, self.n_layers)
        limit = cut_length(max_tokens, self.context)
        with self._reading:
            batch = tokenize(self._tokenizer, texts, limit)
        return TokenStates(
            hidden=self._states(batch.ids, batch.mask, block),
            mask=batch.mask.to(self.device),
            tokens=batch.tokens,
            offsets=batch.offsets,
            n_cut=batch.n_cut,
        )

    def embeddings(self, text: str, max_tokens: int | None = None) -> torch.Tensor:
        """A text's input embeddings, before positions are added: (1, L, e) float32, a copy.

        Args:
            text: not blank.
            max_tokens: see `encode`.

        Raises:
            GlotError: see `encode`.
        """
        limit = cut_length(max_tokens, self.context)
        with self._reading:
            ids = tokenize(self._tokenizer, [text], limit).ids
        with torch.inference_mode(False), torch.no_grad():
            found: torch.Tensor = self._model.get_input_embeddings()(ids.to(self.device))
            return found.float().clone()

    @contextmanager
    def from_embeddings(
        self, layer: int | None = None
    ) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
        """The model as a function of embeddings: (N, L, e) → (N, L, d) float32 states of a layer.

        Gradients flow where the caller lets them. Each call waits for its turn.

        Args:
            layer: see `encode`.

        Raises:
            GlotError: there is no such layer.
        """
        block = check_layer(layer, self.n_layers)

        def states(given: torch.Tensor) -> torch.Tensor:
            with self._turns.alone(self._weights, given):
                return self._run(block, inputs_embeds=given.to(self.dtype)).float()

        yield states

    def _batches(
        self, texts: Sequence[str], rows: Sequence[int], limit: int, layer: int
    ) -> Generator[EncodedBatch, None, None]:
        """See `Backbone._batches`: each text is tokenised once, while others are computed."""
        with closing(ahead(self._tokenized(texts, rows, limit), AHEAD)) as batches:
            for batch in batches:
                hidden = self._states(batch.ids, batch.mask, layer)
                yield EncodedBatch(batch.rows, hidden, batch.mask.to(self.device), batch.n_cut)

    def _tokenized(
        self, texts: Sequence[str], rows: Sequence[int], limit: int
    ) -> Iterator[_TokenizedBatch]:
        """Batches for the model, each padded to its own longest text."""
        for chunk in chunks(rows):
            with self._reading:
                found = count_tokens(self._tokenizer, texts, chunk, limit)
            for numbers in exact_batches([len(ids) for ids in found.ids], self.device.type):
                batch = padded([found.ids[i] for i in numbers], self._tokenizer.pad_token_id)
                yield _TokenizedBatch(
                    rows=tuple(chunk[i] for i in numbers),
                    ids=batch.ids,
                    mask=batch.mask,
                    n_cut=tuple(found.n_cut[i] for i in numbers),
                )

    def _states(self, ids: torch.Tensor, mask: torch.Tensor, block: int) -> torch.Tensor:
        """States (B, L, d) after a block of texts' tokens, given on the CPU."""
        call = Call(
            key=(id(self), block),
            ids=ids,
            mask=mask,
            pad=int(self._tokenizer.pad_token_id),
            run=partial(self._read, block),
            weights=self._weights,
            # In narrower formats a text's states depend, from the third digit on, on what it is
            # read with: who else is there must not change an answer.
            joins=self.dtype is torch.float32,
        )
        return self._turns.states(call)

    def _read(self, block: int, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        # Attention with a mask is slower. A causal token never sees the padding on its right.
        unmasked = self.kind == "decoder" or bool(mask.all())
        with torch.inference_mode():
            states = self._run(
                block,
                input_ids=ids.to(self.device),
                attention_mask=None if unmasked else mask.to(self.device),
            )
        # A copy made outside inference mode may take part in autograd, as training heads needs;
        # the thread that asked need not be the one that runs.
        with torch.inference_mode(False):
            return states.to(torch.float32, copy=True)

    def _run(self, block: int, **given: torch.Tensor | None) -> torch.Tensor:
        """The model's states after a block; others are kept only where one of them is asked."""
        last = block == self.n_layers
        output = self._model(output_hidden_states=not last, **given)
        states: torch.Tensor = output.last_hidden_state if last else output.hidden_states[block]
        return states


def _unmap(model: Any) -> None:
    """Copy weights that are still those of the file, mapped into memory.

    A file that is written over in its place would change them under way, and one that is cut
    would end the whole process, with SIGBUS.
    """
    for weight in (*model.parameters(), *model.buffers()):
        if weight.device.type == "cpu":
            weight.data = weight.data.clone()


def _weights_used(model: Any) -> int:
    """Weights that each token meets: all but the table of its embeddings."""
    table = model.get_input_embeddings()
    return max(1, _count(model) - _count(table))


def _count(module: Any) -> int:
    return sum(int(each.numel()) for each in module.parameters())


def _settings_fingerprint(config: Any) -> str:
    """sha256 of a model's settings without those that say where it lies or what it is used for."""
    values = {key: value for key, value in config.to_dict().items() if key not in UNSHAPING}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _probe(model: Any) -> tuple[torch.Tensor, ...]:
    """Hidden states (2, 3, d) of all layers for two texts that begin with the same token.

    What a model does is asked of the model itself, not of its settings, whose names differ.
    """
    device = next(model.parameters()).device
    high = min(int(model.config.vocab_size) - 1, 100)
    ids = torch.tensor([[1, 2, 3], [1, high, high]], device=device)
    with torch.inference_mode():
        output = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
        )
    states: tuple[torch.Tensor, ...] = output.hidden_states
    return states


def _is_causal(last: torch.Tensor) -> bool:
    """Whether the first token's last state ignores what follows it."""
    return bool(torch.allclose(last[0, 0], last[1, 0], atol=1e-3, rtol=1e-3))
