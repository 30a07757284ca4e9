"""How far one text's numbers are apart when it is computed in different ways.

`python -m benchmarks.numerics` prints what docs/reliability.md tells; `tests/unit/test_numerics.py`
holds it against the bounds that are told there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields

import numpy as np
import torch

from glot.backbones import load_backbone
from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.heads.base import Head
from glot.heads.shelf import load_heads
from glot.types import TokenStates

NAMES = ("minilm", "smollm2")
TASK = "sst2"
TEXTS = (
    "The film is not bad at all.",
    "Warm! 🙂",
    "a",
    "the plot is slow " * 20,
    "Nobody ever said that it was unbelievable, did they?",
    "The file has keys but not maps.",
)
SIZES = (1, 2, 3, 7, 16, 33)


@dataclass(frozen=True)
class Apart:
    """The largest differences between two computations of the same texts, over all heads.

    Attributes:
        state: of a token's state, relative to its length.
        vector: of a sentence vector, relative to its length.
        share: of π, half the sum over tokens: the share that lies on other tokens.
        probability: of a class.
        turn: 1 − cosine of a token's states.
    """

    state: float = 0.0
    vector: float = 0.0
    share: float = 0.0
    probability: float = 0.0
    turn: float = 0.0

    def __or__(self, other: Apart) -> Apart:
        return Apart(*map(max, astuple(self), astuple(other)))


@dataclass(frozen=True)
class Bench:
    """A backbone in float32, its heads, and each text by itself on one thread."""

    backbone: Backbone
    heads: dict[str, Head]
    alone: Sequence[TokenStates]


def bench(name: str) -> Bench:
    """What the rest compares with.

    Raises:
        GlotError: the backbone is not here.
    """
    backbone = load_backbone(name, device="cpu", dtype="float32")
    heads = {key: trained.head for key, trained in load_heads(backbone, TASK).heads.items()}
    with threads(1):
        return Bench(backbone, heads, [backbone.encode([text]) for text in TEXTS])


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Compute on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def apart(heads: dict[str, Head], found: TokenStates, row: int, expected: TokenStates) -> Apart:
    """A text in row `row` of a batch beside itself alone."""
    states, own = found.hidden[row][found.mask[row]], expected.hidden[0]
    turn = 1 - torch.cosine_similarity(states.double(), own.double(), dim=-1)
    worst = Apart(state=_relative(states, own), turn=float(turn.max()))
    for head in heads.values():
        weights, vector, classes = _told(head, found, row)
        other_weights, other_vector, other_classes = _told(head, expected, 0)
        worst |= Apart(
            vector=_relative(vector, other_vector),
            share=float((weights - other_weights).abs().sum()) / 2,
            probability=float((classes - other_classes).abs().max()),
        )
    return worst


def in_batches(on: Bench) -> Apart:
    """Every text in batches of several sizes, beside others' padding."""
    draw, worst = np.random.default_rng(0), Apart()
    for size in SIZES:
        rows = draw.integers(len(TEXTS), size=size).tolist()
        states = on.backbone.encode([TEXTS[row] for row in rows])
        for place in {row: place for place, row in enumerate(rows)}.values():
            worst |= apart(on.heads, states, place, on.alone[rows[place]])
    return worst


def among_many(on: Bench) -> Apart:
    """The way of the store, of training and of serving: sorted by length and packed."""
    worst = Apart()
    for batch in on.backbone.encode_many(TEXTS * 4):
        for place, row in enumerate(batch.rows):
            own = on.alone[row % len(TEXTS)].hidden[0]
            found = batch.hidden[place][batch.mask[place]]
            worst |= Apart(state=_relative(found, own))
    return worst


def on_threads(on: Bench, number: int) -> Apart:
    """Every text by itself, on so many threads."""
    worst = Apart()
    with threads(number):
        for text, expected in zip(TEXTS, on.alone, strict=True):
            worst |= apart(on.heads, on.backbone.encode([text]), 0, expected)
    return worst


def in_bfloat16(on: Bench) -> Apart:
    """Every text by itself, its states computed in bfloat16."""
    narrow, worst = load_backbone(on.backbone.name, device="cpu", dtype="bfloat16"), Apart()
    for text, expected in zip(TEXTS, on.alone, strict=True):
        worst |= apart(on.heads, narrow.encode([text]), 0, expected)
    return worst


def _told(head: Head, states: TokenStates, row: int) -> tuple[torch.Tensor, ...]:
    """π over a text's own tokens, its vector, and the classes' probabilities."""
    with torch.inference_mode():
        pooled = head.embed(states.hidden, states.mask)
        classes = head(pooled.embedding).softmax(-1)
    return pooled.weights[row][states.mask[row]], pooled.embedding[row], classes[row]


def _relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float(((found - expected).norm(dim=-1) / expected.norm(dim=-1)).max())


def main() -> None:
    """Print a Markdown table."""
    names = [field.name for field in fields(Apart)]
    print(f"| backbone | computed | {' | '.join(names)} |\n|{'---|' * (len(names) + 2)}")
    for name in NAMES:
        try:
            on = bench(name)
        except GlotError as error:
            print(f"| {name} | {error} |")
            continue
        ways = {"in other batches": in_batches(on), "among many": among_many(on)}
        ways |= {f"on {n} threads": on_threads(on, n) for n in (1, 2, 4)}
        ways["in bfloat16"] = in_bfloat16(on)
        for way, found in ways.items():
            print(f"| {name} | {way} | {' | '.join(f'{x:.1e}' for x in astuple(found))} |")


if __name__ == "__main__":
    main()
