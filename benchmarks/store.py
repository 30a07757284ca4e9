"""The hidden-state store: reading against a training step, writing against the backbone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.measure import Row, alternate
from benchmarks.text import WORDS
from glot.backbones import load_backbone
from glot.backbones.base import Backbone
from glot.config import PoolerConfig
from glot.heads.classifier import ClassifierHead
from glot.heads.config import HeadConfig
from glot.training.batches import training_batches
from glot.training.store import StateStore, StoredStates
from glot.training.store.extraction import encode_packs
from glot.training.store.shards import write_shard

BATCH, MAX_TOKENS = 32, 512


def reviews(n: int) -> list[str]:
    """Distinct texts with the spread of lengths that film reviews have: 30 to 500 words."""
    random = np.random.default_rng(0)
    lengths = np.exp(random.normal(np.log(110), 0.7, n)).clip(30, 500).astype(int)
    return [" ".join(random.choice(WORDS, length)) + f" {i}" for i, length in enumerate(lengths)]


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark, on MiniLM."""
    backbone = load_backbone("minilm")
    texts = reviews(32 if quick else 160)
    with TemporaryDirectory() as root:
        stored = StateStore(backbone, MAX_TOKENS, root=Path(root)).states(texts)
        reading = _reading(stored, 5 if quick else 50)
        return reading + _writing(backbone, texts, Path(root), 1 if quick else 3)


def _reading(stored: StoredStates, repeats: int) -> list[Row]:
    """A batch from the store, and a step of a GLOT head on a batch that is in memory."""
    torch.manual_seed(0)
    batches = training_batches(stored.lengths, BATCH, seed=0, epoch=0)
    head = ClassifierHead(PoolerConfig("glot"), stored.width, HeadConfig(n_classes=2))
    optimizer = torch.optim.Adam(head.parameters())
    to_read = cycle(batches)
    in_memory = cycle([stored.batch(rows) for rows in batches])

    def step() -> None:
        batch = next(in_memory)
        outputs = head(head.embed(batch.hidden, batch.mask).embedding)
        optimizer.zero_grad()
        head.loss(outputs, torch.zeros(len(outputs), dtype=torch.int64)).backward()
        optimizer.step()

    shape = f"B {BATCH}, d {stored.width}"
    works: dict[str, Callable[[], object]] = {
        f"GLOT head, one step, {shape}": step,
        f"store, one batch, {shape}": lambda: stored.batch(next(to_read)),
    }
    rows = alternate(works, repeats, budget="reading ≤ 5 % of a step")
    return [_with_rate(row, BATCH, "rows/s") for row in rows]


def _writing(backbone: Backbone, texts: list[str], root: Path, repeats: int) -> list[Row]:
    """The same texts through the backbone alone, through the store, and their writing alone."""
    packs = list(encode_packs(backbone, texts, MAX_TOKENS, backbone.n_layers))
    tokens = sum(len(text.states) for pack in packs for text in pack)

    def alone() -> None:
        for _ in backbone.encode_many(texts, MAX_TOKENS):
            pass

    def through() -> None:
        with TemporaryDirectory(dir=root) as fresh:
            StateStore(backbone, MAX_TOKENS, root=Path(fresh)).states(texts)

    def write() -> None:
        with TemporaryDirectory(dir=root) as fresh:
            for pack in packs:
                write_shard(Path(fresh), [bytes(16)] * len(pack), [text.states for text in pack])

    works: dict[str, Callable[[], object]] = {
        "backbone alone": alone,
        "backbone and store": through,
        "store, writing alone": write,
    }
    rows = alternate(works, repeats, budget="with the store ≤ 1.05 × alone")
    return [_with_rate(row, tokens, "tokens/s") for row in rows]


def _with_rate(row: Row, amount: int, unit: str) -> Row:
    return replace(row, name=f"{row.name}: {amount / row.median * 1000:,.0f} {unit}")
