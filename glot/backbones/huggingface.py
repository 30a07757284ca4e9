"""Backbones by transformers: a hub id, a local folder, a GGUF file. Its names stay in here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from glot.backbones.ahead import ahead
from glot.backbones.base import (
    Backbone,
    EncodedBatch,
    check_layer,
    cut_length,
    weights_fingerprint,
)
from glot.backbones.batching import calls_of, chunks, exact_batches
from glot.backbones.depth import states_before, watched
from glot.backbones.inspection import (
    bytes_met,
    is_causal,
    probed_states,
    settings_fingerprint,
)
from glot.backbones.loading import load_model
from glot.backbones.packing import in_a_row, packs
from glot.backbones.placement import choose_device, choose_dtype
from glot.backbones.precision import narrowed_if_kept
from glot.backbones.source import resolve
from glot.backbones.tokenization import (
    context_length,
    count_tokens,
    first_position,
    padded,
    tokenize,
    tokenizer_fingerprint,
)
from glot.backbones.turns import Call, turns_of
from glot.types import TokenStates

# Batches that are tokenised before the model asks for them; a new chunk of texts takes longer to
# tokenise than one batch takes to compute.
AHEAD = 16


@dataclass(frozen=True)
class _Tokenized:
    """Texts for one call: rows of a list, ids (N,), tokens of each, and how many were cut.

    Their states are given back in batches of so many texts.
    """

    rows: tuple[int, ...]
    ids: torch.Tensor
    lengths: tuple[int, ...]
    n_cut: tuple[int, ...]
    batches: tuple[int, ...]


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
        self.settings_fingerprint = settings_fingerprint(model.config)
        self.tokenizer_fingerprint = tokenizer_fingerprint(self._tokenizer)
        # Of the tokenizer, whose settings change from call to call.
        self._reading = threading.Lock()
        self.width = int(model.config.hidden_size)
        self.device = next(model.parameters()).device
        self._turns, self._cost = turns_of(self.device), bytes_met(model)
        self.dtype = next(model.parameters()).dtype
        self.context = context_length(tokenizer, model)
        self._packs = self.device.type == "cpu" and packs(model, first_position(model))
        states, self._blocks = watched(model, partial(probed_states, model))
        self.n_layers = len(states) - 1
        self.kind: Literal["encoder", "decoder"] = "decoder" if is_causal(states[-1]) else "encoder"

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
        lengths = tuple(batch.mask.sum(dim=1).tolist())
        return TokenStates(
            hidden=_in_rows(self._states(batch.ids[batch.mask], lengths, block), lengths),
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
            with self._turns.alone(self._cost, given):
                return self._run(block, inputs_embeds=given.to(self.dtype)).float()

        yield states

    def _batches(
        self, texts: Sequence[str], rows: Sequence[int], limit: int, layer: int
    ) -> Generator[EncodedBatch, None, None]:
        """See `Backbone._batches`: each text is tokenised once, while others are computed."""
        with closing(ahead(self._tokenized(texts, rows, limit), AHEAD)) as calls:
            for call in calls:
                states, at = self._states(call.ids, call.lengths, layer), 0
                for size in call.batches:
                    batch = slice(at, at := at + size)
                    lengths = call.lengths[batch]
                    own, states = states[: sum(lengths)], states[sum(lengths) :]
                    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
                    yield EncodedBatch(
                        rows=call.rows[batch],
                        hidden=_in_rows(own, lengths),
                        mask=mask.to(self.device),
                        n_cut=call.n_cut[batch],
                    )

    def _tokenized(
        self, texts: Sequence[str], rows: Sequence[int], limit: int
    ) -> Iterator[_Tokenized]:
        """Texts for the model, those of similar length together."""
        device = self.device.type
        for chunk in chunks(rows):
            with self._reading:
                found = count_tokens(self._tokenizer, texts, chunk, limit)
            counts = [len(ids) for ids in found.ids]
            batches = exact_batches(counts, device)
            for call in calls_of(batches, counts, device, self._packs):
                numbers = [i for batch in call for i in batch]
                yield _Tokenized(
                    rows=tuple(chunk[i] for i in numbers),
                    ids=torch.from_numpy(np.concatenate([found.ids[i] for i in numbers])),
                    lengths=tuple(counts[i] for i in numbers),
                    n_cut=tuple(found.n_cut[i] for i in numbers),
                    batches=tuple(len(batch) for batch in call),
                )

    def _states(self, ids: torch.Tensor, lengths: tuple[int, ...], block: int) -> torch.Tensor:
        """States (N, d) after a block of texts' tokens (N,), given on the CPU."""
        call = Call(
            key=(id(self), block),
            ids=ids,
            lengths=lengths,
            run=partial(self._read, block),
            cost=self._cost,
            pads=not self._packs,
            # In narrower formats a text's states depend, from the third digit on, on what it is
            # read with: who else is there must not change an answer.
            joins=self.dtype is torch.float32,
        )
        return self._turns.states(call)

    def _read(self, block: int, ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        with torch.inference_mode():
            if len(set(lengths)) > 1 and self._packs:
                with in_a_row(self._model, ids, lengths, first_position(self._model)) as given:
                    states = self._run(block, **given)[0]
            else:
                states = self._padded(block, ids, lengths)
        # A copy made outside inference mode may take part in autograd, as training heads needs;
        # the thread that asked need not be the one that runs.
        with torch.inference_mode(False):
            return states.to(torch.float32, copy=True)

    def _padded(self, block: int, ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        texts = np.split(ids.numpy(), np.cumsum(lengths)[:-1])
        batch = padded(texts, self._tokenizer.pad_token_id)
        mask = batch.mask.to(self.device)
        # Attention with a mask is slower. A causal token never sees the padding on its right.
        unmasked = self.kind == "decoder" or len(set(lengths)) == 1
        states = self._run(
            block,
            input_ids=batch.ids.to(self.device),
            attention_mask=None if unmasked else mask,
        )
        return states[mask]

    def _run(self, block: int, **given: torch.Tensor | None) -> torch.Tensor:
        """The model's states after a block; later ones run only where blocks can't be told."""
        last = block == self.n_layers
        if self._blocks and not last:
            return states_before(self._blocks[block], partial(self._model, **given))
        output = self._model(output_hidden_states=not last, **given)
        states: torch.Tensor = output.last_hidden_state if last else output.hidden_states[block]
        return states


def _in_rows(states: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """States (N, d) of texts as (B, L, d), 0 at padding."""
    with torch.inference_mode(False):
        if len(set(lengths)) == 1:
            return states.view(len(lengths), lengths[0], -1)
        return pad_sequence(list(states.split_with_sizes(list(lengths))), batch_first=True)


def _unmap(model: Any) -> None:
    """Copy weights that are still those of the file, mapped into memory.

    A file that is written over in its place would change them under way, and one that is cut
    would end the whole process, with SIGBUS.
    """
    for weight in (*model.parameters(), *model.buffers()):
        if weight.device.type == "cpu":
            weight.data = weight.data.clone()
