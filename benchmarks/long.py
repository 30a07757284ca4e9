"""Long texts: a GLOT pooler whose graph is made tile by tile, at 2,048 to 32,768 tokens.

Beside it stands the similarity matrix product alone, all L² of it in tiles, nothing kept. The
paper's Table 10 gives the share of graph construction in a whole run; so does the last row of each
length here, for a backbone whose time is measured at as many tokens as it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from benchmarks.measure import Row, alternate
from benchmarks.memory import peak_bytes
from glot.backbones import load_backbone
from glot.config import PoolerConfig
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.forms.tiles import SIDE, Tiles
from glot.graph.similarity import token_similarity, unit_states
from glot.poolers.glot import GlotPooler

WIDTH, TAU = 768, 0.6
# The longest for which a table is made beside the tiles.
TABLES_TO = 8192


def states(length: int) -> torch.Tensor:
    """(1, L, d) states in groups with a direction each: one pair in 25 has an edge at τ = 0.6."""
    generator = torch.Generator().manual_seed(0)
    group = torch.randint(0, 20, (length,), generator=generator)
    centres = 1.6 * torch.randn(20, WIDTH, generator=generator)
    return (centres[group] + torch.randn(length, WIDTH, generator=generator))[None]


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    rows = []
    for length in (2048,) if quick else (2048, 8192, 32768):
        rows += forward(length, repeats=1 if quick or length > TABLES_TO else 5)
        if length <= TABLES_TO:
            rows += backward(length, 1 if quick else 3)
    return rows + overhead(quick)


def forward(length: int, repeats: int) -> list[Row]:
    """Forward, as the rule chooses and in each form, beside the matrix product alone."""
    hidden, mask = states(length), torch.ones(1, length, dtype=torch.bool)
    unit = unit_states(hidden, mask)[0]
    works: dict[str, Callable[[], object]] = {
        f"L {length:,}, d {WIDTH}: similarity matrix product alone": lambda: product(unit)
    }
    poolers: dict[str, Callable[[], object]] = {}
    for conv in ("gat", "gcn", "gin"):
        pooler = _pooler(conv)
        poolers[f"L {length:,}, d {WIDTH}: forward, {conv}"] = _without_gradient(
            partial(pooler, hidden, mask)
        )
    if length <= TABLES_TO:
        for name, work in _forms(_pooler("gat"), hidden, mask).items():
            poolers[f"L {length:,}, d {WIDTH}: forward, gat, {name}"] = _without_gradient(work)
    timed = alternate(works | poolers, repeats)
    alone = timed[0]
    rows = [replace(alone, factor=None)]
    for row in timed[1:]:
        share = f"{row.name}: {row.median / alone.median:.2f} × the product alone"
        rows.append(
            replace(
                row,
                name=share,
                factor=None,
                memory=peak_bytes(poolers[row.name]),
                budget="≤ 2× the product, ≤ 1,024 MiB" if length > TABLES_TO else "",
            )
        )
    return rows


def backward(length: int, repeats: int) -> list[Row]:
    """Forward and backward: tables that are kept, and tiles that are made again."""
    hidden, mask = states(length), torch.ones(1, length, dtype=torch.bool)
    pooler = _pooler("gat")

    def step(work: Callable[[], torch.Tensor]) -> Callable[[], object]:
        def both() -> None:
            pooler.zero_grad()
            work().square().mean().backward()

        return both

    name = f"L {length:,}, d {WIDTH}: forward+backward"
    works = {
        f"{name}, gat, {form}": step(work) for form, work in _forms(pooler, hidden, mask).items()
    }
    return [replace(row, memory=peak_bytes(works[row.name])) for row in alternate(works, repeats)]


def product(unit: torch.Tensor) -> None:
    """Every tile of S = X Xᵀ, made and dropped."""
    side = min(SIDE["cpu"], len(unit))
    tile = unit.new_empty(side, side)
    for rows in unit.split(side):
        for columns in unit.split(side):
            torch.mm(rows, columns.mT, out=tile[: len(rows), : len(columns)])


def overhead(quick: bool) -> list[Row]:
    """Graph construction beside a backbone's pass over one text (Table 10)."""
    rows = []
    asked = {"minilm": (512,)} if quick else {"minilm": (512,), "smollm2": (2048, 8192)}
    for name, lengths in asked.items():
        backbone = load_backbone(name)
        text = "the plot is slow but the two leads are funny and warm " * 1000
        for length in lengths:
            found = backbone.encode([text], length)
            hidden, mask = found.hidden, found.mask
            tokens = int(mask.sum())
            works: dict[str, Callable[[], object]] = {
                f"{name}, {tokens:,} tokens: backbone": partial(backbone.encode, [text], length),
                f"{name}, {tokens:,} tokens: graph construction": partial(_graph, hidden, mask),
            }
            alone, built = alternate(works, 1 if quick or length > 2048 else 5)
            share = built.median / (built.median + alone.median)
            built = replace(built, name=f"{built.name}, {share:.1%} of both")
            rows += [replace(alone, factor=None), replace(built, factor=None)]
    return rows


def _graph(hidden: torch.Tensor, mask: torch.Tensor) -> None:
    for _ in Tiles(unit_states(hidden, mask)[0], TAU):
        pass


def _pooler(conv: str) -> GlotPooler:
    torch.manual_seed(0)
    return GlotPooler(PoolerConfig("glot", conv=conv, tau=TAU), WIDTH).eval()


def _forms(
    pooler: GlotPooler, hidden: torch.Tensor, mask: torch.Tensor
) -> dict[str, Callable[[], torch.Tensor]]:
    """The pooler with its graph in one form and the other, whatever the rule would choose."""

    def dense() -> torch.Tensor:
        graphs = DenseNeighbours.of(token_similarity(hidden, mask), mask, TAU)
        return pooler.pool_on(graphs, hidden).embedding

    def streaming() -> torch.Tensor:
        return pooler.pool_on(StreamingNeighbours.of(hidden, mask, TAU), hidden).embedding

    return {"dense": dense, "streaming": streaming}


def _without_gradient(work: Callable[[], object]) -> Callable[[], object]:
    def forward() -> object:
        with torch.no_grad():
            return work()

    return forward
