"""Is it the graph? One text through one head on its graph and on graphs that know nothing of it.

torch loads when something is computed: what is there already is shown without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glot.attributions.controls_told import largest_change
from glot.attributions.explanation import Prediction
from glot.config import check_tau
from glot.errors import GlotError

if TYPE_CHECKING:
    import torch

    from glot.backbones.base import Backbone
    from glot.graph.forms.dense import DenseNeighbours
    from glot.heads.checkpoint import TrainedHead
    from glot.heads.shelf import Shelf
    from glot.poolers.glot import GlotPooler
    from glot.types import Pooled, TokenStates

__all__ = ["ControlGraph", "GraphControls", "graph_controls", "largest_change"]

Floats = npt.NDArray[np.float32]

MOST_DRAWS = 100
# Similarities that every τ from −1 to 1 exceeds, or that exceed every τ.
NEVER, ALWAYS = -2.0, 2.0


@dataclass(frozen=True)
class ControlGraph:
    """What a head makes of one text on one graph.

    Attributes:
        name: `this graph`, `no edges`, `random edges, draw 1` … or `all edges`.
        edges: number of undirected edges between different tokens.
        weights: (L,) token weights π.
        prediction: the class, or the number, that the head tells; None for heads of pairs.
    """

    name: str
    edges: int
    weights: Floats
    prediction: Prediction | float | None


@dataclass(frozen=True)
class GraphControls:
    """One text on its token graph and on the graphs that it is held against.

    Attributes:
        text: the text.
        tokens: its L token strings, without special ones where these take no part.
        pooler: the pooler of the head.
        tau: threshold of the token graph.
        similarity: kind of the token graph.
        this: the token graph at τ.
        without: no edges but self-loops.
        random: at least one graph with exactly as many edges as `this`, drawn at random.
        complete: an edge between any two tokens.

    Raises:
        GlotError: there is no random graph, or weights do not fit the tokens.
    """

    text: str
    tokens: tuple[str, ...]
    pooler: str
    tau: float
    similarity: str
    this: ControlGraph
    without: ControlGraph
    random: tuple[ControlGraph, ...]
    complete: ControlGraph

    def __post_init__(self) -> None:
        if not self.random:
            raise GlotError("No random graph.", "Accepted: one or more.")
        for graph in self.graphs:
            if graph.weights.shape != (len(self.tokens),):
                raise GlotError(
                    f"weights of {graph.name!r} have shape {graph.weights.shape}.",
                    f"Accepted: ({len(self.tokens)},).",
                )

    @property
    def graphs(self) -> tuple[ControlGraph, ...]:
        """All graphs, in the order in which they are shown."""
        return (self.this, self.without, *self.random, self.complete)


def graph_controls(
    text: str,
    backbone: Backbone,
    shelf: Shelf,
    tau: float,
    *,
    draws: int = 5,
    max_tokens: int | None = None,
    similarity: str = "cosine",
    special_tokens: bool = True,
    pooler: str = "glot",
) -> GraphControls:
    """Run one text through a head with a graph: on its graph, on none, on random ones, on all.

    Random graphs are dealt as in the experiments with `shuffled` similarities
    (`glot.graph.shuffle`), from their seed on; the first is the very graph that those use. Each
    has exactly as many edges as the token graph.

    Args:
        text: the text.
        backbone: the backbone that the head was trained on.
        shelf: heads of this backbone and a task.
        tau: threshold of the token graph, from −1 to 1.
        draws: number of random graphs, from 1 to `MOST_DRAWS`.
        max_tokens: cut the text to so many tokens (at most the backbone's context).
        similarity: kind of the token graph: `cosine` or `centred`.
        special_tokens: whether the tokens that the backbone adds take part in graph and pooling.
        pooler: whose head.

    Raises:
        GlotError: the head is missing or has no graph; τ, draws, similarity or the text are not
            accepted; or the text is too long for tables of all pairs.
    """
    from glot.attributions.reading import Reading, check_choice

    check_tau(tau)
    check_choice(similarity)
    if not 1 <= draws <= MOST_DRAWS:
        raise GlotError(f"{draws} random graphs.", f"Accepted: from 1 to {MOST_DRAWS}.")
    trained = _head_with_graph(shelf, pooler)
    reading = Reading(text, backbone, max_tokens, special_tokens)
    states = reading.states(trained.card.layer)
    names = ["this graph", "no edges"]
    names += [f"random edges, draw {i + 1}" for i in range(draws)]
    names += ["all edges"]
    found = _run(trained, states, _similarities(states, similarity, draws), tau, names)
    return GraphControls(
        text=text,
        tokens=states.tokens[0],
        pooler=pooler,
        tau=tau,
        similarity=similarity,
        this=found[0],
        without=found[1],
        random=tuple(found[2:-1]),
        complete=found[-1],
    )


def _head_with_graph(shelf: Shelf, pooler: str) -> TrainedHead:
    from glot.poolers.glot import GlotPooler

    trained = shelf.heads.get(pooler)
    if trained is not None and isinstance(trained.head.pooler, GlotPooler):
        return trained
    if trained is not None:
        raise GlotError(
            f"The pooler {pooler!r} has no graph.",
            "Only a head that pools on a graph can be run on other graphs.",
            "Choose the pooler 'glot'.",
        )
    raise GlotError(
        shelf.broken.get(pooler, f"There is no trained {pooler} head for this task."),
        "To tell what the graph does, a trained head that pools on a graph is needed.",
        f"Train one: {shelf.command} --pooler glot",
    )


def _similarities(states: TokenStates, kind: str, draws: int) -> torch.Tensor:
    """(G, L, L): the text's own, then what gives no edge, the random deals, and every edge."""
    import torch

    from glot.graph.forms.choose import streams
    from glot.graph.shuffle import SEED, shuffled_similarity
    from glot.graph.similarity import token_similarity

    if streams(states.mask.shape):
        raise GlotError(
            f"A text of {states.mask.shape[1]:,} tokens.",
            "Random graphs need a table of all pairs: fewer tokens.",
            "Cut the text (max_tokens).",
        )
    own = token_similarity(states.hidden, states.mask, kind)
    dealt = [shuffled_similarity(own, states.mask, SEED + i) for i in range(draws)]
    return torch.cat([own, own.new_full(own.shape, NEVER), *dealt, own.new_full(own.shape, ALWAYS)])


def _run(
    trained: TrainedHead,
    states: TokenStates,
    similarities: torch.Tensor,
    tau: float,
    names: list[str],
) -> list[ControlGraph]:
    """The head on all graphs, as many in one pass as `glot.heads.sweep` takes."""
    import torch

    from glot.graph.forms.dense import DenseNeighbours
    from glot.heads.sweep import PASS_VALUES
    from glot.poolers.glot import GlotPooler

    pooler = trained.head.pooler
    assert isinstance(pooler, GlotPooler)
    length = states.mask.shape[1]
    size = max(1, PASS_VALUES // (length * max(length, pooler.out_width)))
    edges: list[int] = []
    weights: list[Floats] = []
    answers: list[Prediction | float | None] = []
    with torch.inference_mode():
        for tables in torch.split(similarities, size):
            graphs = DenseNeighbours.of(tables, states.mask, tau)
            pooled = _pool(pooler, graphs, states.hidden)
            # Both ends of an edge count it; self-loops are left out.
            edges += ((graphs.degree().long().sum(dim=(1, 2)) - length) // 2).tolist()
            weights += list(pooled.weights.float().cpu().numpy())
            answers += _answers(trained, pooled)
    return [ControlGraph(*each) for each in zip(names, edges, weights, answers, strict=True)]


def _pool(pooler: GlotPooler, graphs: DenseNeighbours, hidden: torch.Tensor) -> Pooled:
    hidden = hidden.to(pooler.dtype)
    if not pooler.convs:
        # Nothing meets the graphs: the sentence is given back for each of them.
        hidden = hidden.expand(len(graphs.gaps), -1, -1)
    pooled = pooler.pool_on(graphs, hidden)
    if not bool(pooled.weights.isfinite().all() & pooled.embedding.isfinite().all()):
        raise GlotError(
            "The head makes NaN or infinite values of finite states on one of the graphs.",
            "Accepted: finite weights, and states that do not overflow them.",
            "Load the backbone in float32, or train the head again at a lower lr.",
        )
    return pooled


def _answers(trained: TrainedHead, pooled: Pooled) -> list[Prediction | float | None]:
    """What the task layer makes of the vector of each graph."""
    if trained.head.config.pairs:
        return [None] * len(pooled.embedding)
    outputs = trained.head(pooled.embedding).float().cpu()
    if outputs.dim() == 1:
        return list(outputs.tolist())
    labels = trained.card.labels
    return [
        Prediction(labels[int(row.argmax())], dict(zip(labels, row.tolist(), strict=True)))
        for row in outputs.softmax(dim=-1)
    ]
