"""Whether a model's states survive bfloat16: float32 weights are narrowed after this check only."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch

from glot.backbones.tokenization import context_length, tokenize

# Of a token's states in bfloat16 and in float32; every token of the probes must reach it.
LEAST_COSINE = 0.999
PROBES = (
    "The plot is slow, but the two leads are funny and warm.",
    "def area(r): return 3.14159 * r ** 2  # m²",
    "Über den Wolken, 日本語の文章, Привет, мир! שלום",
    "No way 🙂👍",
    "Nobody ever said that the first half was not a little long, did they? It has its moments, "
    "though: a storm at sea in 1912, a letter that comes too late, and an old captain who keeps "
    "the maps but not the keys. By the end, which I won't give away, most of us were in tears.",
)
PROBE_TOKENS = 128


def narrowed_if_kept(model: Any, tokenizer: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """The model on a device: in the narrower format if its states survive it, else as it is.

    Args:
        model: in float32, on the CPU.
        tokenizer: prepared (`prepare_tokenizer`).
        device: where it will run.
        dtype: narrower than float32.
    """
    narrow = narrowed(model, device, dtype)
    return narrow if survives(model, narrow, tokenizer) else model.to(device)


def narrowed(model: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """A copy of a model on a device, its weights in another number format.

    Buffers, such as tables of rotations, keep theirs, as they do when transformers itself loads
    a model in a narrower format.
    """
    # deepcopy takes what stands here for an object instead of copying it.
    weights = {
        id(weight): torch.nn.Parameter(weight.to(device, dtype), requires_grad=False)
        for weight in model.parameters()
    }
    return deepcopy(model, weights).to(device)


def survives(model: Any, narrow: Any, tokenizer: Any) -> bool:
    """Whether a narrowed model gives the states of the model: `LEAST_COSINE` at every token.

    All layers count, since heads may read any of them.

    Args:
        model: in float32.
        narrow: the same model in a narrower format, on any device.
        tokenizer: prepared (`prepare_tokenizer`).
    """
    limit = min(PROBE_TOKENS, context_length(tokenizer, model))
    batch = tokenize(tokenizer, PROBES, limit)
    wide, other = (_states(m, batch.ids, batch.mask) for m in (model, narrow))
    cosine = torch.cosine_similarity(wide, other, dim=-1)
    # NaN is not at least anything.
    return bool((cosine >= LEAST_COSINE).all())


def _states(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """States (layers, tokens, d) of the valid tokens, float32, on the CPU."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        output = model(
            input_ids=ids.to(device), attention_mask=mask.to(device), output_hidden_states=True
        )
    return torch.stack([states.cpu().float()[mask] for states in output.hidden_states])
