"""What an experiment is: cells, each measured once and written to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glot.config import PoolerConfig

if TYPE_CHECKING:
    from glot.experiments.bench import Bench
    from glot.experiments.row import Row

SEEDS = (42, 43, 44)
# The trials of a search are trained with this seed, which nothing reported has.
SEARCH_SEED = 41
# Those of every comparison; `cls` stands for the one token that suits the backbone.
POOLERS = ("cls", "mean", "max", "adapool", "mlp", "deepsets", "glot")
# The graph ablations: the same head on the same states, only its edges differ.
RANDOM_EDGES, ALL_EDGES = "glot, random edges", "glot, all edges"
ABLATIONS = {
    RANDOM_EDGES: PoolerConfig("glot", similarity="shuffled"),
    ALL_EDGES: PoolerConfig("glot", tau=-1.0),
}
# What a method's name ends with where token states have one length (`glot.experiments.norms`).
NORMED = ", RMS"


@dataclass(frozen=True)
class Scope:
    """Which part of an experiment, and how much of its data.

    Attributes:
        backbone: name of the backbone.
        kind: `encoder` or `decoder`; decides between `cls` and `eos`.
        width: d of its token states.
        n_layers: number of its blocks.
        context: the longest text that it takes, in tokens.
        quick: tiny samples and one seed: shows that everything runs, measures nothing.
        seeds: one run of every head each.
    """

    backbone: str
    kind: str
    width: int
    n_layers: int
    context: int
    quick: bool = False
    seeds: tuple[int, ...] = SEEDS


@dataclass(frozen=True)
class Halving:
    """When a cluster may stop a trial early: asynchronous successive halving (ASHA).

    After epochs 1, η, η² … a trial goes on only if its best validation score so far is among the
    best 1/η of those that came as far. Where no cluster runs them, all trials go to their end.

    Attributes:
        epochs: of a trial that is not stopped.
        factor: η.
    """

    epochs: int
    factor: int


@dataclass(frozen=True)
class Cell:
    """The smallest unit of work: what one call measures, and what a resumed run skips.

    Attributes:
        key: its name in the ledger.
        measure: makes its rows.
        cost: about how long it takes, in any unit that is the same within an experiment.
        trial: whether it is a trial of a search, which builds on no other cell.
        halving: of a trial that may be stopped early; the trials of a search share the part of
            `key` before `/trial-`.
    """

    key: str
    measure: Callable[[Bench], list[Row]]
    cost: float = 1.0
    trial: bool = False
    halving: Halving | None = None


@dataclass(frozen=True)
class Experiment:
    """One of the paper's tables, or of ours.

    Attributes:
        name: short name.
        title: for people.
        table: the paper's tables and figures, such as `Table 7, Figure 3`; `ours` without any.
        cells: everything that is to be measured in a scope, in an order in which each cell finds
            what it builds on in the ledger.
        backbones: those that it runs on here; any other with its kind may be asked for.
    """

    name: str
    title: str
    table: str
    cells: Callable[[Scope], list[Cell]]
    backbones: tuple[str, ...] = ("minilm", "smollm2")
