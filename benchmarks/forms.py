"""Forms of token graphs beside each other: what `glot.graph.forms.choose` rests on.

Two GAT layers, forward and backward, from similar states to gradients, graph and all.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmarks.measure import Row, alternate
from glot.convs.gat import GATConv
from glot.graph.forms.choose import STREAMING_PAIRS, neighbours
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.forms.tiles import SIDE
from glot.graph.similarity import token_similarity
from glot.types import Neighbours

WIDTH, OUT = 384, 128
SHAPES = ((32, 64), (32, 128), (16, 256), (8, 512), (4, 1024), (1, 1024), (1, 2048), (1, 4096))
DENSITIES = (0.001, 0.01, 0.03, 0.08, 0.2, 1.0)
# Nearly complete graphs, as a decoder's are at low τ: all states share a direction but a few.
COMPLETE = ((16, 256), (8, 512), (4, 1024), (1, 2048), (1, 8192))
STRANGERS = 4


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    shapes = ((32, 128), (1, 2048)) if quick else SHAPES
    densities = (0.01, 0.2) if quick else DENSITIES
    repeats = 2 if quick else 7
    rows = [
        row
        for batch, length in shapes
        for density in densities
        for row in _forms(batch, length, density, repeats)
    ]
    for batch, length in COMPLETE[1:2] if quick else COMPLETE:
        for tau in (-1.0, 0.2):
            rows += _nearly_complete(batch, length, tau, repeats)
    return rows


def _forms(batch: int, length: int, density: float, repeats: int) -> list[Row]:
    torch.manual_seed(0)
    hidden = torch.randn(batch, length, WIDTH)
    mask = torch.ones(batch, length, dtype=torch.bool)
    similarity = token_similarity(hidden, mask)[:1].flatten().sort().values
    tau = float(similarity[int((1 - density) * (len(similarity) - length))])
    if density == 1:
        tau = -1.0
    chosen = type(neighbours(hidden, mask, tau)).__name__.removesuffix("Neighbours").lower()
    builds: dict[str, Callable[[], Neighbours]] = {
        "dense": lambda: DenseNeighbours.of(token_similarity(hidden, mask), mask, tau),
        "sparse": lambda: SparseNeighbours.of(token_similarity(hidden, mask), mask, tau),
        "streaming": lambda: _tiles(hidden, mask, tau),
    }
    step, shape = _step(hidden), f"B {batch}, L {length:,}, density {density:.1%}"
    return alternate(
        {
            f"{shape}: {form}{' (chosen)' if form == chosen else ''}": step(build)
            for form, build in builds.items()
        },
        repeats,
    )


def _nearly_complete(batch: int, length: int, tau: float, repeats: int) -> list[Row]:
    torch.manual_seed(0)
    hidden = torch.randn(WIDTH) + 0.8 * torch.randn(batch, length, WIDTH)
    hidden[:, :STRANGERS] = torch.randn(batch, STRANGERS, WIDTH)
    mask = torch.ones(batch, length, dtype=torch.bool)
    builds: dict[str, Callable[[], Neighbours | None]] = {
        "tiles": lambda: _tiles(hidden, mask, tau),
        "nearly complete": lambda: StreamingNeighbours.if_nearly_complete(hidden, mask, tau),
    }
    if batch * length**2 <= STREAMING_PAIRS:
        builds["dense"] = lambda: DenseNeighbours.of(token_similarity(hidden, mask), mask, tau)
    step = _step(hidden)
    shape = f"B {batch}, L {length:,}, " + (
        "all pairs joined" if tau == -1 else f"all but those of {STRANGERS} tokens"
    )
    return alternate({f"{shape}: {form}": step(of) for form, of in builds.items()}, repeats)


def _tiles(hidden: torch.Tensor, mask: torch.Tensor, tau: float) -> StreamingNeighbours:
    return StreamingNeighbours.of(hidden, mask, tau, side=SIDE["cpu"])


def _step(
    hidden: torch.Tensor,
) -> Callable[[Callable[[], Neighbours | None]], Callable[[], object]]:
    """How to make a step of the way in which its graphs are made."""
    convs = [GATConv(WIDTH, OUT), GATConv(OUT, OUT)]

    def step(build: Callable[[], Neighbours | None]) -> Callable[[], object]:
        def both() -> None:
            graphs, states = build(), hidden
            assert graphs is not None
            for conv in convs:
                conv.zero_grad()
                states = torch.relu(conv(states, graphs))
            states.square().mean().backward()  # type: ignore[no-untyped-call]

        return both

    return step
