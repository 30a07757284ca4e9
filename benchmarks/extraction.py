"""Texts → sentence vectors: our backbones against sentence-transformers on the same files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from benchmarks.measure import Row, alternate
from benchmarks.store import reviews
from benchmarks.text import WORDS
from glot.backbones import BUNDLED, load_backbone
from glot.backbones.base import Backbone
from glot.config import PoolerConfig
from glot.heads.embed import embed_texts
from glot.poolers.mean import MeanPooler

MAX_TOKENS = 512
# Of each text's vector and the one by sentence-transformers.
LEAST_COSINE = 0.999
Vectors = npt.NDArray[np.float32]


def mixed(n: int) -> list[str]:
    """Half short sentences from 4 words, half reviews up to 500, in no order."""
    random = np.random.default_rng(0)
    short = [" ".join(random.choice(WORDS, length)) for length in random.integers(4, 31, n // 2)]
    texts = short + reviews(n - n // 2)
    return [texts[i] for i in random.permutation(n)]


def run(quick: bool) -> list[Row]:
    """Rows: MiniLM against sentence-transformers; in full, SmolLM2's last and middle layer."""
    if quick:
        return _minilm(mixed(30), 1)
    texts = mixed(2000)
    return _minilm(texts, 2) + _smollm2(texts[:200])


def _minilm(texts: Sequence[str], repeats: int) -> list[Row]:
    theirs = _sentence_transformers()
    wide = load_backbone("minilm", device="cpu", dtype="float32")
    auto = load_backbone("minilm", device="cpu")
    works: dict[str, Callable[[], Vectors]] = {
        "MiniLM, sentence-transformers": lambda: theirs(texts),
        "MiniLM, ours, float32": lambda: _means(wide, texts),
        f"MiniLM, ours, auto ({_format(auto)})": lambda: _means(auto, texts),
    }
    vectors = {name: work() for name, work in works.items()}
    expected, *others = vectors
    for name in others:
        _check_same(name, vectors[name], vectors[expected])
    rows = alternate(dict(works), repeats, budget="≥ 1.5× sentence-transformers")
    return _with_rate(rows, wide, texts)


def _smollm2(texts: Sequence[str]) -> list[Row]:
    backbone = load_backbone("smollm2", device="cpu")
    name = f"SmolLM2, ours, auto ({_format(backbone)})"
    middle = backbone.n_layers // 2
    rows = alternate(
        {
            name: lambda: _means(backbone, texts),
            f"{name}, layer {middle} of {backbone.n_layers}": lambda: _means(
                backbone, texts, middle
            ),
        },
        3,
    )
    return _with_rate(rows, backbone, texts)


def _sentence_transformers() -> Callable[[Sequence[str]], Vectors]:
    """Its default `encode` on the files of our MiniLM, texts cut where ours are."""
    from sentence_transformers import SentenceTransformer

    folder = BUNDLED["minilm"].locate()
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    model.max_seq_length = MAX_TOKENS
    return lambda texts: model.encode(list(texts))


def _means(backbone: Backbone, texts: Sequence[str], layer: int | None = None) -> Vectors:
    pooler = MeanPooler(PoolerConfig("mean"), backbone.width)
    return np.concatenate(list(embed_texts(texts, backbone, pooler, MAX_TOKENS, layer)))


def _check_same(name: str, found: Vectors, expected: Vectors) -> None:
    """Refuse to time what gives other numbers.

    Raises:
        RuntimeError: the two vectors of some text differ in direction.
    """
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    cosine = (found * expected).sum(axis=1) / lengths
    # Written so that NaN is refused.
    if not cosine.min() >= LEAST_COSINE:
        raise RuntimeError(
            f"{name}: a vector has cosine {cosine.min():.6f} with that of sentence-transformers, "
            f"where {LEAST_COSINE} is the least."
        )


def _with_rate(rows: list[Row], backbone: Backbone, texts: Sequence[str]) -> list[Row]:
    batches = backbone.encode_many(texts, MAX_TOKENS, layer=0)
    tokens = sum(int(batch.mask.sum()) for batch in batches)
    return [
        replace(row, name=f"{row.name}: {tokens / row.median * 1000:,.0f} tokens/s") for row in rows
    ]


def _format(backbone: Backbone) -> str:
    return str(backbone.dtype).removeprefix("torch.")
