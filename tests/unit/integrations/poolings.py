"""Pooling modules, and the features that a transformer hands them."""

import pytest
import torch

pytest.importorskip("sentence_transformers", reason="needs the extra train")

from glot.config import PoolerConfig
from glot.integrations.glot_pooling import GlotPooling

WIDTH = 6
MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])


def states(seed=0):
    return torch.randn(3, 5, WIDTH, generator=torch.Generator().manual_seed(seed))


def pooling(name="glot", **others):
    torch.manual_seed(1)
    return GlotPooling(WIDTH, PoolerConfig(name, width=4, tau=0.2), **others).eval()


def padded(hidden=None, mask=MASK, **others):
    hidden = states() if hidden is None else hidden
    return {"token_embeddings": hidden.clone(), "attention_mask": mask.clone(), **others}


def vectors(module, features):
    return module(features)["sentence_embedding"]


def inferred(module, hidden=None, dtype=torch.bfloat16):
    hidden = states() if hidden is None else hidden
    with torch.inference_mode():
        return vectors(module, padded(hidden.to(dtype))).float()
