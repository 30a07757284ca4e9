"""Sentence vectors of many texts, straight from the backbone, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from glot.backbones.base import Backbone, check_texts
from glot.backbones.batching import CHUNK, length_batches
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
    check_texts(texts)
    limit = min(max_tokens or backbone.context, backbone.context)
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        vectors = np.empty((len(chunk), pooler.out_width), dtype=np.float32)
        for rows in length_batches(chunk, limit, backbone.device.type):
            with torch.inference_mode():
                states = backbone.encode([chunk[i] for i in rows], limit, layer)
                pooled = pooler(states.hidden, states.mask, tau)
            vectors[rows] = pooled.embedding.float().cpu().numpy()
        yield vectors
