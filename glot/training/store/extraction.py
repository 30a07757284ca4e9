"""Texts → packed states in half precision: batches for the backbone, texts for a shard."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

import torch

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.training.store.shards import ITEM

# A shard's bounds; a single text beyond them has a shard of its own.
SHARD_TOKENS = 32 * 1024
SHARD_BYTES = 64 * 2**20


@dataclass(frozen=True)
class EncodedText:
    """The number of a text in its list, and its states (length, d) in the store's format."""

    number: int
    states: torch.Tensor


def store_format(dtype: torch.dtype) -> torch.dtype:
    """The format that states are kept in, for the format that the backbone computes in.

    bfloat16 stays as it is. float32 becomes float16, whose eleven significant bits are more than
    any head feels, where bfloat16 would keep eight.
    """
    return torch.bfloat16 if dtype is torch.bfloat16 else torch.float16


def encode_packs(
    backbone: Backbone,
    texts: Sequence[str],
    max_tokens: int,
    layer: int,
    rows: Sequence[int] | None = None,
) -> Generator[list[EncodedText], None, None]:
    """Compute the states of texts, in packs that each fill a shard.

    Args:
        backbone: computes them.
        texts: at least one, those of similar length are computed together.
        max_tokens: texts are cut to this many tokens.
        layer: of the backbone.
        rows: the numbers of those that are wanted; None: of all.

    Raises:
        GlotError: a text that cannot be encoded, or a state that float16 cannot hold.
    """
    bound = min(SHARD_TOKENS, SHARD_BYTES // (backbone.width * ITEM))
    pack: list[EncodedText] = []
    tokens = 0
    with closing(backbone.encode_many(texts, max_tokens, layer, rows)) as batches:
        for batch in batches:
            packed = _narrow(batch.hidden[batch.mask], backbone, layer).cpu()
            for number, row in zip(
                batch.rows, torch.split(packed, batch.mask.sum(1).tolist()), strict=True
            ):
                if pack and tokens + len(row) > bound:
                    yield pack
                    pack, tokens = [], 0
                pack.append(EncodedText(number, row))
                tokens += len(row)
    if pack:
        yield pack


def _narrow(states: torch.Tensor, backbone: Backbone, layer: int) -> torch.Tensor:
    """States in the store's format.

    Raises:
        GlotError: a state lies beyond the format's range.
    """
    dtype = store_format(backbone.dtype)
    narrow = states.to(dtype)
    if not bool(narrow.isfinite().all()):
        raise GlotError(
            f"A token state of {backbone.name!r} at layer {layer} is as large as "
            f"{float(states.abs().max()):,.0f}.",
            f"States are kept in float16, which goes to {torch.finfo(dtype).max:,.0f}.",
            "Load the backbone in bfloat16 (--dtype bfloat16), whose states are kept as they are.",
        )
    return narrow
