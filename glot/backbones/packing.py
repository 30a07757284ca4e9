"""Several texts as one row of tokens: nothing is computed for padding, whatever their lengths.

All that a transformer does is done token by token, but for two things: attention, which stays
within each text here, and positions, which begin anew with each. A CPU multiplies one long row as
fast as many equal ones; a GPU would be given one small attention after the other, and is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import groupby
from typing import Any

import torch

# What the model's settings say while it reads a row.
NAME = "glot_packed"
# Texts of the probe, in tokens: two of equal length, and ones that are longer and shorter.
PROBE = (3, 7, 7, 2)
# The largest difference that the probe takes for rounding, as a share of the largest state.
ROUNDING = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}

# Runs of texts of equal length in the row that is read: (texts, tokens of each). Empty: none is.
_RUNS: ContextVar[tuple[tuple[int, int], ...]] = ContextVar("runs", default=())
# How often attention was asked for in the row.
_ASKED: ContextVar[list[int] | None] = ContextVar("asked", default=None)


class _NoPackingError(Exception):
    """The model wants of attention what is not made for texts in a row."""


def packs(model: Any, first: int) -> bool:
    """Whether a model reads texts in a row as it reads each of them alone.

    The model itself is asked, not its settings: some have attention of their own, windows or
    distances that count along the row.

    Args:
        model: of transformers.
        first: the number of a text's first position.
    """
    _register()
    high = min(int(model.config.vocab_size), 1000)
    ids = torch.arange(sum(PROBE), device=next(model.parameters()).device) * 37 % high
    asked: list[int] = []
    counting = _ASKED.set(asked)
    try:
        with torch.inference_mode():
            with in_a_row(model, ids, PROBE, first) as given:
                packed = _all_states(model, **given)
            parts = ids.split_with_sizes(PROBE)
            alone = [_all_states(model, input_ids=part[None]) for part in parts]
    # Each model has its own way of refusing what it does not know.
    except Exception:
        return False
    finally:
        _ASKED.reset(counting)
    # Beside one for each layer there are the embeddings and the last states.
    if len(asked) < len(packed) - 2:
        return False
    expected = torch.cat(alone, dim=1)
    most = ROUNDING[packed.dtype] * expected.abs().amax(dim=(1, 2))
    found = (packed - expected).abs().amax(dim=(1, 2)) <= most
    return bool(found.all())


@contextmanager
def in_a_row(
    model: Any, ids: torch.Tensor, lengths: Sequence[int], first: int
) -> Iterator[dict[str, torch.Tensor]]:
    """What to call a model with for texts in a row; its states are then (1, N, d).

    Args:
        model: of transformers, on the CPU; nobody else reads a row with it meanwhile.
        ids: (N,), the texts' tokens, one text after the other.
        lengths: of each text, in tokens; N in all.
        first: the number of a text's first position.
    """
    # As RoBERTa and its kin count: not the token whose number is the one before the first position,
    # though a text may name it.
    counted = [text != first - 1 for text in ids.split_with_sizes(list(lengths))]
    positions = torch.cat([each.cumsum(dim=0) * each for each in counted]) + (first - 1)
    runs = tuple((len(list(run)), length) for length, run in groupby(lengths))
    usual = model.config._attn_implementation
    token = _RUNS.set(runs)
    model.config._attn_implementation = NAME
    try:
        yield {"input_ids": ids[None], "position_ids": positions[None]}
    finally:
        model.config._attn_implementation = usual
        _RUNS.reset(token)


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **settings: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of each text to itself: (1, heads, N, width) → (1, N, heads, width)."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    runs = _RUNS.get()
    if not runs:
        # A thread of its own that uses the same model, which only looks as if it read a row.
        return sdpa_attention_forward(module, query, key, value, attention_mask, **settings)  # type: ignore[no-any-return]
    if attention_mask is not None or settings.get("position_bias") is not None:
        raise _NoPackingError
    if (asked := _ASKED.get()) is not None:
        asked.append(1)
    sizes = [texts * length for texts, length in runs]
    split = (given[0].split_with_sizes(sizes, dim=1) for given in (query, key, value))
    found = []
    for (texts, _), *parts in zip(runs, *split, strict=True):
        # (heads, texts · length, width) → (texts, heads, length, width), nothing copied.
        own = (part.unflatten(1, (texts, -1)).transpose(0, 1) for part in parts)
        found.append(sdpa_attention_forward(module, *own, None, **settings)[0].flatten(0, 1))
    return torch.cat(found)[None], None


def _mask(*, local_size: int | None = None, **settings: Any) -> torch.Tensor | None:
    """None: which token attends to which is settled by what attention is given."""
    from transformers.masking_utils import sdpa_mask

    if not _RUNS.get():
        return sdpa_mask(local_size=local_size, **settings)  # type: ignore[no-any-return]
    if local_size is not None:
        raise _NoPackingError
    return None


def _all_states(model: Any, **given: torch.Tensor) -> torch.Tensor:
    """(layers + 2, N, d): of all layers, and the last ones as they are read."""
    output = model(output_hidden_states=True, **given)
    return torch.stack([*output.hidden_states, output.last_hidden_state])[:, 0]


@cache
def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, _attention)
    AttentionMaskInterface.register(NAME, _mask)
