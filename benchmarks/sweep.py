"""The table π(τ) of one text at 101 thresholds, and the graph's statistics at each of them."""

from __future__ import annotations

import torch

from benchmarks.measure import Row, alternate
from glot.attributions.explanation import TAU_GRID
from glot.config import PoolerConfig
from glot.graph.similarity import token_similarity
from glot.graph.statistics import graph_statistics, upper_triangle
from glot.graph.timeline import GraphTimeline
from glot.heads import build_head
from glot.heads.config import HeadConfig
from glot.heads.sweep import sweep

BUDGETS = {(128, 384): "≤ 50", (512, 384): "≤ 400"}


def states(length: int, width: int) -> torch.Tensor:
    """(1, L, d) states whose similarities spread over most of the grid, as those of a text do."""
    generator = torch.Generator().manual_seed(0)
    topics = torch.randn(12, width, generator=generator)
    share = torch.rand(length, 12, generator=generator).pow(4)
    return (share @ topics + 0.6 * torch.randn(length, width, generator=generator))[None]


def table(length: int, width: int, quick: bool, conv: str = "gat") -> Row:
    """One row: all thresholds in batched passes."""
    torch.manual_seed(0)
    head = build_head(PoolerConfig("glot", conv=conv), width, HeadConfig(n_classes=2)).eval()
    hidden, mask = states(length, width), torch.ones(1, length, dtype=torch.bool)
    name = f"π(τ), {len(TAU_GRID)} thresholds, {conv}, L {length}, d {width}"
    return alternate(
        {name: lambda: sweep(head, hidden, mask, TAU_GRID)},
        3 if quick else 25,
        BUDGETS.get((length, width), ""),
    )[0]


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    if quick:
        return [table(length, 384, quick) for length in (128, 512)] + curves(128, quick)
    rows = [
        table(length, 384, quick, conv) for length in (128, 512) for conv in ("gat", "gcn", "gin")
    ]
    rows.append(table(128, 768, quick))
    for length in (128, 512):
        rows += one_by_one(length, quick) + curves(length, quick)
    return rows


def one_by_one(length: int, quick: bool) -> list[Row]:
    """The sweep beside a pass for each threshold."""
    torch.manual_seed(0)
    head = build_head(PoolerConfig("glot"), 384, HeadConfig(n_classes=2)).eval()
    hidden, mask = states(length, 384), torch.ones(1, length, dtype=torch.bool)

    def singly() -> None:
        with torch.inference_mode():
            for tau in TAU_GRID:
                head(head.embed(hidden, mask, tau=float(tau)).embedding)

    works = {
        f"π(τ), L {length}, d 384, one pass for each threshold": singly,
        f"π(τ), L {length}, d 384, sweep": lambda: sweep(head, hidden, mask, TAU_GRID),
    }
    return alternate(works, 2 if quick else 10)


def curves(length: int, quick: bool) -> list[Row]:
    """Statistics of the graphs, exact at every threshold."""
    hidden = states(length, 384)
    upper = upper_triangle(token_similarity(hidden, torch.ones(1, length))[0].numpy())
    works = {
        f"graph statistics, L {length}, threshold after threshold, without clustering": lambda: [
            graph_statistics(upper, length, float(tau)) for tau in TAU_GRID
        ],
        f"graph statistics, L {length}, timeline, with clustering": lambda: GraphTimeline.of(
            upper, length
        ).at(TAU_GRID),
    }
    return alternate(works, 2 if quick else 5)
