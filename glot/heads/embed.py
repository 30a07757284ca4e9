"""Sentence vectors of many texts, straight from the backbone."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from glot.backbones import batching
from glot.backbones.base import Backbone
from glot.poolers.base import Pooler


@dataclass(frozen=True)
class EmbeddedBatch:
    """Sentence vectors of some texts of a list.

    Attributes:
        rows: the numbers of the B texts in the list.
        vectors: (B, D).
        n_cut: per text, how many tokens were cut off.
    """

    rows: tuple[int, ...]
    vectors: npt.NDArray[np.float32]
    n_cut: tuple[int, ...]


def embed_batches(
    texts: Sequence[str],
    backbone: Backbone,
    pooler: Pooler,
    max_tokens: int | None = None,
    layer: int | None = None,
    tau: float | None = None,
    rows: Sequence[int] | None = None,
) -> Generator[EmbeddedBatch, None, None]:
    """Sentence vectors z as they are ready: in the order of `Backbone.encode_many`.

    Args:
        texts: N texts; all are checked before the first is computed.
        backbone: gives the token states.
        pooler: on the backbone's device, in eval mode.
        max_tokens: texts are cut to this many tokens (by default to the context).
        layer: of the backbone; None: the last.
        tau: instead of the pooler's own threshold.
        rows: the numbers of those that are wanted, each once; None: of all.

    Raises:
        GlotError: a text that cannot be encoded.
    """
    with closing(backbone.encode_many(texts, max_tokens, layer, rows)) as batches:
        for batch in batches:
            with torch.inference_mode():
                pooled = pooler(batch.hidden, batch.mask, tau)
            vectors = pooled.embedding.float().cpu().numpy()
            yield EmbeddedBatch(batch.rows, vectors, batch.n_cut)


def embed_texts(
    texts: Sequence[str],
    backbone: Backbone,
    pooler: Pooler,
    max_tokens: int | None = None,
    layer: int | None = None,
    tau: float | None = None,
) -> Iterator[npt.NDArray[np.float32]]:
    """Sentence vectors z, in the order of the texts; arguments as for `embed_batches`.

    Returns:
        Chunks (n, D) that make up (N, D).

    Raises:
        GlotError: a text that cannot be encoded.
    """
    done, vectors = 0, _room(len(texts), pooler)
    filled = 0
    for batch in embed_batches(texts, backbone, pooler, max_tokens, layer, tau):
        vectors[np.array(batch.rows) - done] = batch.vectors
        filled += len(batch.rows)
        # A chunk is finished before the next begins.
        if filled == len(vectors):
            yield vectors
            done, filled = done + filled, 0
            vectors = _room(len(texts) - done, pooler)


def _room(left: int, pooler: Pooler) -> npt.NDArray[np.float32]:
    """For the vectors of one chunk."""
    return np.empty((min(batching.CHUNK, left), pooler.out_width), dtype=np.float32)
