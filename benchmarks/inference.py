"""Texts to sentence vectors by pooler (Table 16): the backbone's share and the pooler's.

A batch of 32 texts goes through backbone and pooler; beside it, each of them alone. Poolers
differ by less than the backbone's own spread, so what a pooler costs, and from that the
backbone's share, is taken from poolers alone, on token states that are in memory. Memory is the
weights and the peak of torch's tensors; for a pooler alone, the peak beyond the token states, and
in words how far that lies from the mean's. Parameters are those of pooler and classifier
together, as the paper counts them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from benchmarks.measure import Row, alternate
from benchmarks.memory import peak_bytes
from benchmarks.training import BATCH, MAX_TOKENS, sentences
from glot.backbones import load_backbone
from glot.backbones.base import Backbone
from glot.backbones.huggingface import HuggingFaceBackbone
from glot.config import PoolerConfig
from glot.heads import build_head
from glot.heads.base import Head
from glot.heads.config import HeadConfig
from glot.poolers import ONE_TOKEN
from glot.types import TokenStates

POOLERS = ("mean", "max", "adapool", "deepsets", "glot")


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark, on MiniLM and SmolLM2; quick: on MiniLM."""
    texts = sentences(BATCH)
    rows = []
    for name in ("minilm",) if quick else ("minilm", "smollm2"):
        backbone = load_backbone(name)
        torch.manual_seed(0)
        poolers = (ONE_TOKEN[backbone.kind], *POOLERS)
        heads = {pooler: _head(pooler, backbone) for pooler in poolers}
        states = backbone.encode(texts, MAX_TOKENS)
        tokens = float(states.mask.sum()) / BATCH
        dtype = str(backbone.dtype).removeprefix("torch.")
        shape = f"{name} {dtype}, {BATCH} × {tokens:.1f} tokens"
        with torch.inference_mode():
            alone = _alone(heads, states, 20 if quick else 200)
            both = _through_both(backbone, heads, texts, 3 if quick else 20)
        shares = {row.name: 1 - alone[row.name].median / row.median for row in both[:-1]}
        rows += [replace(row, name=f"{shape}: {_told(row.name, shares)}") for row in both]
        rows += [
            replace(row, name=f"{shape}: {_beside_mean(row, alone['mean'])}")
            for row in alone.values()
        ]
    return rows


def _told(name: str, shares: dict[str, float]) -> str:
    return f"{name}, {shares[name]:.1%} backbone" if name in shares else name


def _beside_mean(row: Row, mean: Row) -> str:
    assert row.memory is not None
    assert mean.memory is not None
    more = f", {(row.memory - mean.memory) / 2**20:+.1f} MiB" if row.name != mean.name else ""
    return f"{row.name} alone{more}"


def _head(pooler: str, backbone: Backbone) -> Head:
    head = build_head(PoolerConfig(pooler), backbone.width, HeadConfig(n_classes=2))
    return head.to(backbone.device).eval()


def _alone(heads: dict[str, Head], states: TokenStates, repeats: int) -> dict[str, Row]:
    """From token states in memory to sentence vectors on the CPU, by pooler."""

    def pool(head: Head) -> None:
        head.embed(states.hidden, states.mask).embedding.cpu()

    works: dict[str, Callable[[], object]] = {
        pooler: partial(pool, head) for pooler, head in heads.items()
    }
    return {
        row.name: replace(
            row,
            factor=None,
            memory=peak_bytes(works[row.name], states.hidden.device),
            parameters=heads[row.name].n_parameters(),
        )
        for row in alternate(works, repeats)
    }


def _through_both(
    backbone: Backbone, heads: dict[str, Head], texts: list[str], repeats: int
) -> list[Row]:
    """From texts to sentence vectors on the CPU, by pooler; last, the backbone alone."""
    assert isinstance(backbone, HuggingFaceBackbone)

    def alone() -> None:
        backbone.encode(texts, MAX_TOKENS).hidden[0, 0].cpu()

    def through(head: Head) -> None:
        states = backbone.encode(texts, MAX_TOKENS)
        head.embed(states.hidden, states.mask).embedding.cpu()

    works: dict[str, Callable[[], object]] = {
        pooler: partial(through, head) for pooler, head in heads.items()
    }
    works["backbone alone"] = alone
    frozen = _bytes(backbone._model)
    rows = []
    for row in alternate(works, repeats):
        head = heads.get(row.name)
        weights = frozen + (_bytes(head) if head else 0)
        rows.append(
            replace(
                row,
                factor=None,
                memory=weights + peak_bytes(works[row.name], backbone.device),
                parameters=head.n_parameters() if head else None,
            )
        )
    return rows


def _bytes(module: torch.nn.Module) -> int:
    return sum(weight.nbytes for weight in module.parameters())
