"""A batcher on a backbone that computes when it is let, so that tests decide what waits."""

import threading
from contextlib import contextmanager

import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads.shelf import Shelf
from glot.poolers import build_pooler
from glot.serving.batcher import Batcher
from glot.serving.limits import Limits
from glot.serving.model import Model
from tests.conftest import FakeBackbone


class Gated(FakeBackbone):
    """Computes nothing until its gate is opened; knows what it was given, and two bad texts."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.rounds = []

    def encode_many(self, texts, max_tokens=None, layer=None, rows=None):
        self.begun.set()
        assert self.gate.wait(timeout=10)
        self.rounds.append([texts[row] for row in rows])
        for row in rows:
            if texts[row] == "bad":
                raise GlotError(f"Text {row + 1} of {len(texts)} is bad.", "Accepted: good ones.")
            if texts[row] == "broken":
                raise ZeroDivisionError
        return super().encode_many(texts, max_tokens, layer, rows)


@contextmanager
def batching(pooler="mean", **limits):
    """A batcher that computes when its backbone's gate is open; opened at the end."""
    backbone = Gated()
    torch.manual_seed(0)
    chosen = build_pooler(PoolerConfig(pooler, width=8), backbone.width).eval()
    batcher = Batcher(Model(backbone, chosen, None, "sst2", Shelf()), Limits(**limits))
    try:
        yield batcher, backbone
    finally:
        backbone.gate.set()
        batcher.close()
        batcher.join()


@contextmanager
def occupied(**settings):
    """One text is being computed; what comes now waits."""
    with batching(**settings) as (batcher, backbone):
        first = batcher.embed(["first"])
        assert backbone.begun.wait(timeout=10)
        yield batcher, backbone
        backbone.gate.set()
        if not first.done():
            assert len(first.result(10).vectors) == 1
