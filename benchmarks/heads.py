"""GLOT heads, forward and backward: ours, the published behaviour, torch-geometric's layers.

`python benchmarks/heads.py --json` prints one object for machines; the keys of `headline` stand at
its top level.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

if __name__ == "__main__":
    # Run as a file, Python would look for modules in this folder instead of the project's.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import torch
import typer
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import Row, alternate, environment, line
from benchmarks.published import PublishedHead, published_graph
from glot.config import PoolerConfig
from glot.graph.similarity import token_similarity
from glot.poolers.glot import GlotPooler

CONVS = ("gat", "gcn", "gin")
BATCH, LENGTH, WIDTH = 32, 128, 768
# Shares of all pairs that have an edge: all; about what MiniLM's sentences have at τ = 0.6; few.
DENSITIES = (1.0, 0.04, 0.01)


@dataclass(frozen=True)
class Case:
    """One shape: our pooler and theirs with the same weights, a batch, its graphs built already.

    Attributes:
        ours: our pooler.
        theirs: the published one.
        hidden: (B, L, d) random states.
        mask: (B, L), all true.
        tau: threshold that gives the density.
    """

    ours: GlotPooler
    theirs: PublishedHead
    hidden: torch.Tensor
    mask: torch.Tensor
    tau: float

    @classmethod
    def of(cls, conv: str, length: int, width: int, density: float) -> Case:
        """A case with weights and states of seed 0."""
        torch.manual_seed(0)
        ours = GlotPooler(PoolerConfig("glot", conv=conv), width)
        # Common directions of their own for groups of tokens spread the similarities.
        centres = torch.randn(BATCH, 8, width)[:, torch.arange(length) % 8]
        hidden = torch.randn(BATCH, length, width) + centres
        mask = torch.ones(BATCH, length, dtype=torch.bool)
        return cls(ours, PublishedHead(ours), hidden, mask, _tau(hidden, mask, density))

    def our_step(self) -> None:
        """Forward and backward, graph and all; frozen states get no gradient."""
        self.ours.zero_grad()
        self.ours(self.hidden, self.mask, self.tau).embedding.square().mean().backward()

    def our_forward(self) -> torch.Tensor:
        """Forward alone."""
        with torch.no_grad():
            return self.ours(self.hidden, self.mask, self.tau).embedding

    def published_step(self) -> None:
        """The published behaviour: graphs one by one, forward and backward."""
        self.pyg_step(published_graph(self.hidden, self.mask, self.tau))

    def published_forward(self) -> torch.Tensor:
        """The published behaviour: graphs one by one, forward."""
        return self.pyg_forward(published_graph(self.hidden, self.mask, self.tau))

    def pyg_step(self, graph: object) -> None:
        """torch-geometric's layers on edges that are there already, forward and backward."""
        self.theirs.zero_grad()
        self.theirs(graph).square().mean().backward()

    def pyg_forward(self, graph: object) -> torch.Tensor:
        """torch-geometric's layers on edges that are there already, forward."""
        with torch.no_grad():
            return self.theirs(graph)

    def check(self) -> None:
        """Both give the same vectors, else there is nothing to compare."""
        torch.testing.assert_close(
            self.our_forward(), self.published_forward(), atol=1e-4, rtol=1e-3
        )


def _tau(hidden: torch.Tensor, mask: torch.Tensor, density: float) -> float:
    """A threshold for the density, in the widest gap around, so that rounding flips no edge."""
    if density == 1.0:
        return -1.0
    similarity = token_similarity(hidden, mask)
    upper = similarity[:, *torch.triu_indices(*similarity.shape[1:], 1)].flatten()
    values = upper.sort(descending=True).values
    middle, around = int(density * len(values)), len(values) // 500
    near = values[middle - around : middle + around].double()
    widest = int((near[:-1] - near[1:]).argmax())
    return float((near[widest] + near[widest + 1]) / 2)


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    if quick:
        rows = against_published("gat", LENGTH, WIDTH, quick) + precision(quick)
        for density in (DENSITIES[0], DENSITIES[-1]):
            rows += against_pyg("gat", LENGTH, WIDTH, density, quick)
        return rows
    rows = precision(quick)
    for conv in CONVS:
        for width in (384, 768):
            rows += against_published(conv, LENGTH, width, quick)
        for density in DENSITIES:
            rows += against_pyg(conv, LENGTH, WIDTH, density, quick)
        rows += against_pyg(conv, 512, WIDTH, 0.04, quick)
    # Half a minute a step: one convolution, once.
    return rows + against_published("gat", 512, WIDTH, quick)


def against_published(conv: str, length: int, width: int, quick: bool) -> list[Row]:
    """Ours beside the published behaviour, at the density of sentences."""
    case = Case.of(conv, length, width, 0.04)
    case.check()
    shape = f"{conv}, B {BATCH}, L {length}, d {width}"
    repeats = 1 if quick or length > LENGTH else 5
    steps = {
        f"{shape}: forward+backward, published": case.published_step,
        f"{shape}: forward+backward, ours": case.our_step,
    }
    budget = "≥ 10× the published behaviour" if width == WIDTH else ""
    rows = alternate(steps, repeats, budget)
    if quick:
        return rows
    forwards: dict[str, Callable[[], object]] = {
        f"{shape}: forward, published": case.published_forward,
        f"{shape}: forward, ours": case.our_forward,
    }
    return rows + alternate(forwards, repeats)


def against_pyg(conv: str, length: int, width: int, density: float, quick: bool) -> list[Row]:
    """Ours, building its graphs, beside torch-geometric's layers on edges built already."""
    case = Case.of(conv, length, width, density)
    graph = published_graph(case.hidden, case.mask, case.tau)
    shape = f"{conv}, B {BATCH}, L {length}, d {width}, density {density:.0%}"
    works: dict[str, Callable[[], object]] = {
        f"{shape}: forward+backward, PyG, edges built": lambda: case.pyg_step(graph),
        f"{shape}: forward+backward, ours": case.our_step,
    }
    budget = "≥ 8× PyG" if density == 1 else "not slower than PyG" if density <= 0.01 else ""
    return alternate(works, 1 if quick and density == 1 else 3 if quick else 9, budget)


def precision(quick: bool) -> list[Row]:
    """Float32 beside the machine's matrix product of that many operations, and bf16 autocast."""
    case = Case.of("gat", LENGTH, WIDTH, 0.04)
    with FlopCounterMode(display=False) as counter:
        case.our_step()
    done = counter.get_total_flops()
    product, gigaflop = matrix_product()

    def autocast() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            case.our_step()

    shape = f"gat, B {BATCH}, L {LENGTH}, d {WIDTH}"
    works: dict[str, Callable[[], object]] = {
        f"matrix product alone, {gigaflop:.1f} GFLOP": product,
        f"{shape}: forward+backward, float32, {done / 1e9:.1f} GFLOP": case.our_step,
        f"{shape}: forward+backward, bf16 autocast": autocast,
    }
    alone, step, narrow = alternate(works, 7 if quick else 25)
    # Per operation: how near the step comes to the product's rate.
    fraction = (alone.median / gigaflop) / (step.median / (done / 1e9))
    step = replace(
        step,
        name=f"{step.name}: {fraction:.0%} of the product's rate",
        factor=None,
        budget="≥ 75 % of the matrix-product rate",
    )
    narrow = replace(narrow, factor=step.median / narrow.median, budget="≥ 2× float32")
    return [replace(alone, factor=None), step, narrow]


def matrix_product() -> tuple[Callable[[], object], float]:
    """The head's largest product, (B·L, d) by (d, 512), in float32, with its 10⁹ operations."""
    states, weight = torch.randn(BATCH * LENGTH, WIDTH), torch.randn(WIDTH, 512)
    return lambda: states @ weight, 2 * states.numel() * weight.shape[1] / 1e9


def headline(quick: bool) -> dict[str, float]:
    """The numbers that changes are judged by, for GAT, B 32, L 128, d 768; the sweep: one text."""
    from benchmarks import graph, sweep

    published = against_published("gat", LENGTH, WIDTH, quick)
    dense, few = (against_pyg("gat", LENGTH, WIDTH, density, quick) for density in (1.0, 0.01))
    _, step, narrow = precision(quick)
    built = graph.run(quick)
    table = {width: sweep.table(LENGTH, width, quick) for width in (384, WIDTH)}
    return {
        "fwd_bwd_vs_reference": published[0].median / published[1].median,
        "fwd_bwd_vs_pyg": dense[0].median / dense[1].median,
        "fwd_bwd_vs_pyg_density_1_percent": few[0].median / few[1].median,
        "fwd_bwd_ms": step.median,
        "bf16_vs_float32": step.median / narrow.median,
        "graph_vs_reference": built[0].median / built[-1].median,
        "sweep_ms_128": table[WIDTH].median,
        "sweep_ms_128_d384": table[384].median,
    }


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer repeats.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The headline as one object.")] = False,
) -> None:
    """Measure the heads on this machine."""
    if as_json:
        typer.echo(json.dumps({**headline(quick), "environment": environment()}))
        return
    typer.echo(", ".join(f"{key} {value}" for key, value in environment().items()))
    for row in run(quick):
        typer.echo(line(row))


if __name__ == "__main__":
    typer.run(main)
