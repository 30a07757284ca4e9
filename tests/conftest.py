"""What all tests share: a fake backbone with known states, and the data beside the project."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from glot.backbones.base import Backbone, check_layer, check_texts, cut_length
from glot.paths import ROOT
from glot.types import TokenStates

# Examples are checked for truth; how long one takes is the benchmarks' matter.
settings.register_profile("glot", deadline=None)
settings.load_profile("glot")

SHARED = Path(os.environ.get("GLOT_SHARED", ROOT.parent / "shared"))


class FakeBackbone(Backbone):
    """One token per word; its state comes from a table, or from a hash of the word.

    A layer's state is the last one, halved and rolled by one place for each layer below the last.

    Args:
        table: word → state; words outside it get a fixed pseudo-random state of the same width.
        width: width of the states when there is no table.
        name: the backbone's name.
    """

    def __init__(
        self, table: dict[str, list[float]] | None = None, width: int = 8, name: str = "fake"
    ) -> None:
        self.table = table or {}
        self.width = len(next(iter(self.table.values()))) if table else width
        self.name = name
        self.fingerprint = hashlib.sha256(f"{name}{self.width}".encode()).hexdigest()
        self.tokenizer_fingerprint = hashlib.sha256(b"words").hexdigest()
        self.n_layers = 4
        self.settings_fingerprint = "none"
        self.kind = "encoder"
        self.context = 64
        self.device = torch.device("cpu")
        self.dtype = torch.float32
        self.calls = 0

    def encode(
        self, texts: Sequence[str], max_tokens: int | None = None, layer: int | None = None
    ) -> TokenStates:
        below = self.n_layers - check_layer(layer, self.n_layers)
        check_texts(texts)
        self.calls += 1
        limit = cut_length(max_tokens, self.context)
        words = [text.split() for text in texts]
        kept = [row[:limit] for row in words]
        longest = max(map(len, kept))
        hidden = torch.zeros(len(texts), longest, self.width)
        mask = torch.zeros(len(texts), longest, dtype=torch.bool)
        for i, row in enumerate(kept):
            hidden[i, : len(row)] = torch.stack([self.state(word) for word in row])
            mask[i, : len(row)] = True
        return TokenStates(
            hidden=hidden.roll(below, dims=2) / 2**below,
            mask=mask,
            tokens=tuple(map(tuple, kept)),
            offsets=tuple(spans(text, row) for text, row in zip(texts, kept, strict=True)),
            n_cut=tuple(len(a) - len(b) for a, b in zip(words, kept, strict=True)),
        )

    def state(self, word: str) -> torch.Tensor:
        if word in self.table:
            return torch.tensor(self.table[word])
        seed = int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)
        return torch.randn(self.width, generator=torch.Generator().manual_seed(seed))


def spans(text: str, words: list[str]) -> tuple[tuple[int, int], ...]:
    found, start = [], 0
    for word in words:
        start = text.index(word, start)
        found.append((start, start + len(word)))
        start += len(word)
    return tuple(found)


@pytest.fixture
def fake() -> FakeBackbone:
    return FakeBackbone()


@pytest.fixture
def known() -> FakeBackbone:
    """cos(a, b) = 0.8, cos(b, c) = 0.6, cos(a, c) = 0, and d is far from all."""
    return FakeBackbone(
        {
            "a": [1.0, 0.0, 0.0],
            "b": [0.8, 0.6, 0.0],
            "c": [0.0, 1.0, 0.0],
            "d": [0.0, 0.0, -2.0],
        },
        name="known",
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GLOT_CACHE", str(folder))
    return folder


def shared_folder(name: str) -> Path:
    """A folder of the material beside the project; the test is skipped where it is missing."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the {name!r} folder of the shared material, which is not here")
    return folder


@pytest.fixture(scope="session")
def minilm():  # type: ignore[no-untyped-def]
    """The real bundled backbone, in float32 on the CPU."""
    from glot.backbones import load_backbone

    return load_backbone("minilm", device="cpu", dtype="float32")
