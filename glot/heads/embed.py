"""Sentence vectors of many texts, straight from the backbone, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
import numpy.typing as npt
import torch

from glot.backbones import batching
from glot.backbones.base import Backbone
from glot.poolers.base import Pooler


def embed_texts(
    texts: Sequence[str],
    backbone: Backbone,
    pooler: Pooler,
    max_tokens: int | None = None,
    layer: int | None = None,
    tau: float | None = None,
) -> Iterator[npt.NDArray[np.float32]]:
    """Sentence vectors z, in the order of the texts.

    Args:
        texts: N texts; all are checked before the first is computed.
        backbone: gives the token states.
        pooler: on the backbone's device, in eval mode.
        max_tokens: texts are cut to this many tokens (by default to the context).
        layer: of the backbone; None: the last.
        tau: instead of the pooler's own threshold.

    Returns:
        Chunks (n, D) that make up (N, D).

    Raises:
        GlotError: a text that cannot be encoded.
    """
    done, vectors = 0, _room(len(texts), pooler)
    filled = 0
    with closing(backbone.encode_many(texts, max_tokens, layer)) as batches:
        for batch in batches:
            with torch.inference_mode():
                pooled = pooler(batch.hidden, batch.mask, tau)
            rows = np.array(batch.rows) - done
            vectors[rows] = pooled.embedding.float().cpu().numpy()
            filled += len(rows)
            # A chunk is finished before the next begins.
            if filled == len(vectors):
                yield vectors
                done, filled = done + filled, 0
                vectors = _room(len(texts) - done, pooler)


def _room(left: int, pooler: Pooler) -> npt.NDArray[np.float32]:
    """For the vectors of one chunk."""
    return np.empty((min(batching.CHUNK, left), pooler.out_width), dtype=np.float32)
