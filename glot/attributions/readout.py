"""The readout's token weights π of every pooler, with graph and predictions, for one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from glot.attributions.explanation import TAU_GRID, Explanation
from glot.backbones.base import Backbone
from glot.config import PoolerConfig
from glot.graph.layout import force_layout
from glot.graph.similarity import cosine_similarity
from glot.graph.statistics import upper_triangle
from glot.heads.checkpoint import TrainedHead
from glot.heads.shelf import Shelf
from glot.heads.sweep import Sweep, sweep
from glot.poolers import build_pooler, poolers_for
from glot.tasks import get_task
from glot.types import TokenStates


def explain_text(
    text: str,
    backbone: Backbone,
    task: str,
    shelf: Shelf,
    taus: Sequence[float] | np.ndarray = TAU_GRID,
    max_tokens: int | None = None,
) -> Explanation:
    """Run one text through the backbone and every head, at every τ.

    The graph is that of the backbone's last layer. Poolers without weights (mean, max, the first
    or last token) need no training: their π is given even where their head is missing.

    Args:
        text: the text.
        backbone: the backbone that the heads were trained on.
        task: the task's name.
        shelf: heads of this backbone and task.
        taus: (T,) thresholds.
        max_tokens: cut the text to so many tokens (at most the backbone's context).

    Raises:
        GlotError: the text is empty or holds special tokens only.
    """
    states = backbone.encode([text], max_tokens)
    grid = np.asarray(taus, dtype=np.float64)
    seen = {
        name: _seen(trained, text, states, backbone, grid) for name, trained in shelf.heads.items()
    }
    similarity = cosine_similarity(states.hidden)[0].cpu().numpy()
    glot = shelf.heads.get("glot")
    poolers = poolers_for(backbone.kind)
    weights = {name: each.pooled.weights.float().cpu().numpy() for name, each in seen.items()}
    outputs = {
        name: each.outputs.float().cpu() for name, each in seen.items() if each.outputs is not None
    }
    return Explanation(
        text=text,
        tokens=states.tokens[0],
        offsets=states.offsets[0],
        backbone=backbone.name,
        task=task,
        labels=_labels(task, shelf),
        poolers=poolers,
        upper=upper_triangle(similarity),
        positions=force_layout(similarity),
        taus=grid,
        weights=_untrained(poolers, states, len(grid)) | weights,
        probabilities={k: v.softmax(dim=-1).numpy() for k, v in outputs.items() if v.dim() == 2},
        values={k: v.numpy() for k, v in outputs.items() if v.dim() == 1},
        training_tau=glot.card.pooler.tau if glot else None,
        n_cut=states.n_cut[0],
        notes=(*_cut_note(text, states), *_head_notes(shelf), *shelf.notes()),
    )


def _seen(
    trained: TrainedHead, text: str, states: TokenStates, backbone: Backbone, grid: np.ndarray
) -> Sweep:
    """One head at every τ, on the layer that it was trained on."""
    layer = trained.card.layer
    if layer is not None:
        states = backbone.encode([text], len(states.tokens[0]), layer)
    return sweep(trained.head, states.hidden, states.mask, grid)


def _untrained(
    poolers: Sequence[str], states: TokenStates, rows: int
) -> dict[str, npt.NDArray[np.float32]]:
    """π of the poolers that have no weights: the same at every τ."""
    found = {}
    for name in poolers:
        pooler = build_pooler(PoolerConfig(name), states.hidden.shape[2])
        if not pooler.n_parameters():
            weights = pooler(states.hidden, states.mask).weights.float().cpu().numpy()
            found[name] = np.repeat(weights, rows, axis=0)
    return found


def _labels(task: str, shelf: Shelf) -> tuple[str, ...]:
    """Class names as the heads know them; without a head, as the task does."""
    heads = list(shelf.heads.values())
    return heads[0].card.labels if heads else get_task(task).labels


def _head_notes(shelf: Shelf) -> tuple[str, ...]:
    """What a reader must know of the heads: pairs, other layers, other similarities."""
    told = []
    cards = {name: trained.card for name, trained in shelf.heads.items()}
    if any(card.pairs for card in cards.values()):
        told.append("The heads of this task compare two texts: π is shown, but no prediction.")
    for name, card in cards.items():
        if card.layer is not None:
            told.append(f"The {name} head reads layer {card.layer}; the graph shows the last one.")
        if name == "glot" and card.pooler.similarity != "cosine":
            told.append(
                f"The {name} head joins tokens by {card.pooler.similarity} similarity; the graph "
                "shows cosine similarity."
            )
    return tuple(told)


def _cut_note(text: str, states: TokenStates) -> tuple[str, ...]:
    """Says how much of the text was left out, and where it was cut."""
    cut = states.n_cut[0]
    if not cut:
        return ()
    kept = len(states.tokens[0])
    end = max(stop for _, stop in states.offsets[0])
    return (
        f"The text has {kept + cut:,} tokens; the first {kept:,} were used and {cut:,} were cut, "
        f"after “…{' '.join(text[:end].split())[-30:]}”.",
    )
