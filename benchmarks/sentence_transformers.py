"""What `GlotPooling` adds to the `encode` of sentence-transformers, beside the library's mean.

Both models share one backbone and take turns on the same texts. The machine's own unrest is larger
than what a pooling costs, so the poolings are also timed within those very calls of `encode`, and
what GlotPooling takes more is told as a share of an `encode` with the library's mean. Timed alone,
one batch after the other, it would take two thirds of that: its weights and its memory would be
in the processor's caches, from where a backbone drives them each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import torch
from torch import nn

from benchmarks.extraction import MAX_TOKENS, mixed
from benchmarks.measure import Row, row
from glot.backbones import load_backbone
from glot.backbones.base import Backbone
from glot.experiments.cost import sentences

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUDGET = "adds ≤ 5 % to encode"
# The library's own default.
BATCH = 32
THEIRS, OURS = "the library's mean", "GlotPooling"


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: MiniLM in both formats; in full, with long texts and SmolLM2."""
    if quick:
        return _rows("minilm", "float32", {"sentences": sentences(64)}, 3)
    texts = {"sentences": sentences(128), "4 to 500 words": mixed(32)}
    rows = [each for dtype in ("float32", "bfloat16") for each in _rows("minilm", dtype, texts, 15)]
    few = {"sentences": sentences(16), "4 to 500 words": mixed(4)}
    return rows + _rows("smollm2", "bfloat16", few, 9)


def _rows(name: str, dtype: str, corpora: dict[str, list[str]], repeats: int) -> list[Row]:
    backbone = load_backbone(name, dtype=dtype)
    models = _models(backbone)
    return [
        replace(found, name=f"{name} {dtype}, {corpus}: {found.name}")
        for corpus, texts in corpora.items()
        for found in _measured(models, texts, repeats)
    ]


def _models(backbone: Backbone) -> dict[str, SentenceTransformer]:
    """The backbone with the library's mean and with a GLOT pooler at its default settings."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    from glot.integrations.sentence_transformers import GlotPooling, transformer

    torch.manual_seed(0)
    first = transformer(backbone, min(MAX_TOKENS, backbone.context))
    last: dict[str, nn.Module] = {
        THEIRS: Pooling(backbone.width),
        OURS: GlotPooling(backbone.width),
    }
    device = str(backbone.device)
    return {
        name: SentenceTransformer(modules=[first, module], device=device, local_files_only=True)
        for name, module in last.items()
    }


def _measured(
    models: dict[str, SentenceTransformer], texts: Sequence[str], repeats: int
) -> list[Row]:
    """Encode by either model in turns, with the time that its pooling takes of it."""
    encode: dict[str, list[float]] = {name: [] for name in models}
    pool: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(repeats + 1):
        for name, model in models.items():
            with _timed(model[1]) as parts:
                began = perf_counter()
                model.encode(list(texts), batch_size=BATCH)
                took = perf_counter() - began
            if turn:
                encode[name].append(1000 * took)
                pool[name].append(1000 * sum(parts))
    base = median(encode[THEIRS])
    whole = median(encode[OURS]) / base - 1
    share = (median(pool[OURS]) - median(pool[THEIRS])) / base
    return [
        row(f"encode, {THEIRS}", encode[THEIRS]),
        row(f"encode, {OURS}: {whole:+.1%}", encode[OURS], budget=BUDGET),
        row(f"pooling within it, {THEIRS}", pool[THEIRS]),
        row(f"pooling within it, {OURS}: {share:+.1%} of encode", pool[OURS], budget=BUDGET),
    ]


@contextmanager
def _timed(module: nn.Module) -> Iterator[list[float]]:
    """Seconds of each call of a module while this is open. For a CPU, which waits for nothing."""
    began, found = 0.0, []

    def before(*_: object) -> None:
        nonlocal began
        began = perf_counter()

    def after(*_: object) -> None:
        found.append(perf_counter() - began)

    hooks = module.register_forward_pre_hook(before), module.register_forward_hook(after)
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
