"""What `GlotPooling` adds to the `encode` of sentence-transformers, beside the library's mean.

Both models share one backbone and take turns on the same texts. The machine's own unrest is larger
than what a pooling costs, so that is also taken from poolings alone, on the token states of the
very batches that `encode` makes, and told as a share of an `encode` with the library's mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from benchmarks.extraction import MAX_TOKENS, mixed
from benchmarks.measure import Row, alternate
from benchmarks.training import sentences
from glot.backbones import load_backbone
from glot.backbones.base import Backbone

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
    rows = [row for dtype in ("float32", "bfloat16") for row in _rows("minilm", dtype, texts, 9)]
    few = {"sentences": sentences(16), "4 to 500 words": mixed(4)}
    return rows + _rows("smollm2", "bfloat16", few, 5)


def _rows(name: str, dtype: str, corpora: dict[str, list[str]], repeats: int) -> list[Row]:
    backbone = load_backbone(name, dtype=dtype)
    models = _models(backbone)
    return [
        replace(row, name=f"{name} {dtype}, {corpus}: {row.name}")
        for corpus, texts in corpora.items()
        for row in _measured(models, texts, repeats)
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
    """Encode by either model; the poolings alone."""
    whole: dict[str, Callable[[], object]] = {
        name: partial(model.encode, list(texts), batch_size=BATCH) for name, model in models.items()
    }
    batches = _batches(models[THEIRS], texts)
    alone: dict[str, Callable[[], object]] = {
        name: partial(_pool, model[1], batches) for name, model in models.items()
    }
    encode, pool = alternate(whole, repeats), alternate(alone, 3 * repeats)
    theirs, ours = encode[0].median, pool[1].median - pool[0].median
    told = (
        f"encode, {THEIRS}",
        f"encode, {OURS}: {encode[1].median / theirs - 1:+.1%}",
        f"pooling alone, {THEIRS}",
        f"pooling alone, {OURS}: {ours / theirs:+.1%} of encode",
    )
    budgets = ("", BUDGET, "", BUDGET)
    return [
        replace(row, name=name, budget=budget, factor=None)
        for row, name, budget in zip(encode + pool, told, budgets, strict=True)
    ]


def _batches(model: SentenceTransformer, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Token states and masks of the batches of an `encode`, which sorts texts by length."""
    ordered = sorted(texts, key=len, reverse=True)
    found = []
    with torch.inference_mode():
        for start in range(0, len(ordered), BATCH):
            features = model.preprocess(ordered[start : start + BATCH])
            features = {name: _there(value, model) for name, value in features.items()}
            found.append(model[0](features))
    return found


def _there(value: Any, model: SentenceTransformer) -> Any:
    return value.to(model.device) if isinstance(value, torch.Tensor) else value


def _pool(pooling: nn.Module, batches: Sequence[dict[str, Any]]) -> None:
    with torch.inference_mode():
        for features in batches:
            pooling(dict(features))["sentence_embedding"].cpu()
