"""Whether a transformer of sentence-transformers has the weights of one of our backbones."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from glot.backbones.base import weights_fingerprint


def has_weights(transformer: nn.Module | None, fingerprint: str) -> bool:
    """Whether a transformer has the backbone's weights; true where it cannot be told.

    Args:
        transformer: the library's, or none.
        fingerprint: the backbone's, as in `glot.backbones.base.weights_fingerprint`.
    """
    # float16 rounds otherwise than fingerprints, which are of bfloat16.
    if transformer is None or next(transformer.parameters()).dtype is torch.float16:
        return True
    return fingerprint in _fingerprints(transformer)


def _fingerprints(transformer: nn.Module) -> Iterator[str]:
    """The project's fingerprints of the weights, in each of the ways it may have loaded them."""
    weights = list(transformer.named_parameters())
    yield weights_fingerprint(weights)
    # Of BERT and its kin, the unused layer on top may not be in the backbone's files.
    yield weights_fingerprint((name, w) for name, w in weights if "pooler" not in name)
    if isinstance(encoder := getattr(transformer, "encoder", None), nn.Module):
        # T5 and its kin are loaded whole there, and their encoder is taken out.
        yield weights_fingerprint(encoder.named_parameters())
