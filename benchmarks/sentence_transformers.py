"""What `GlotPooling` adds to the `encode` of sentence-transformers, beside the library's mean.

Both models share one backbone and take turns on the same texts, one first and then the other. The
machine's own unrest is larger than what a pooling costs: of a few rounds no difference could be
told, so there are many, and what is told is the median of each round's difference, between the
quartiles. The poolings are also timed within those very calls. Either is a share of an `encode`
with the library's mean. Timed alone, one batch after the other, a pooling would take two thirds of
that: its weights and its memory would be in the processor's caches, from where a backbone drives
them each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median, quantiles
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
# Of each corpus, and rounds whatever they take.
SECONDS, FEWEST = 60, 9
THEIRS, OURS = "the library's mean", "GlotPooling"


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark: MiniLM in both formats; in full, with long texts and SmolLM2."""
    if quick:
        return _rows("minilm", "float32", {"sentences": sentences(64)}, 1)
    texts = {"sentences": sentences(128), "4 to 500 words": mixed(32)}
    rows = [
        each for dtype in ("float32", "bfloat16") for each in _rows("minilm", dtype, texts, SECONDS)
    ]
    few = {"sentences": sentences(16), "4 to 500 words": mixed(4)}
    return rows + _rows("smollm2", "bfloat16", few, SECONDS)


def _rows(name: str, dtype: str, corpora: dict[str, list[str]], seconds: float) -> list[Row]:
    backbone = load_backbone(name, dtype=dtype)
    models = _models(backbone)
    return [
        replace(found, name=f"{name} {dtype}, {corpus}: {found.name}")
        for corpus, texts in corpora.items()
        for found in _measured(models, texts, seconds)
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
    models: dict[str, SentenceTransformer], texts: Sequence[str], seconds: float
) -> list[Row]:
    """Encode by either model in turns for so long, with the time that its pooling takes of it."""
    encode: dict[str, list[float]] = {name: [] for name in models}
    pool: dict[str, list[float]] = {name: [] for name in models}
    order = list(models)
    end, turn = perf_counter() + seconds, 0
    while turn <= FEWEST or perf_counter() < end:
        for name in order:
            with _timed(models[name][1]) as parts:
                began = perf_counter()
                models[name].encode(list(texts), batch_size=BATCH)
                took = perf_counter() - began
            # The first round compiles.
            if turn:
                encode[name].append(1000 * took)
                pool[name].append(1000 * sum(parts))
        order.reverse()
        turn += 1
    base = median(encode[THEIRS])
    return [
        row(f"encode, {THEIRS}", encode[THEIRS]),
        row(f"encode, {OURS}: {_more(encode, base)}", encode[OURS], budget=BUDGET),
        row(f"pooling within it, {THEIRS}", pool[THEIRS]),
        row(f"pooling within it, {OURS}: {_more(pool, base)}", pool[OURS], budget=BUDGET),
    ]


def _more(times: dict[str, list[float]], base: float) -> str:
    """What ours takes more in a round, as a share: the median, and the quartiles."""
    pairs = zip(times[OURS], times[THEIRS], strict=True)
    low, middle, high = quantiles([(ours - theirs) / base for ours, theirs in pairs])
    return f"{middle:+.1%} of encode ({low:+.1%} to {high:+.1%})"


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
