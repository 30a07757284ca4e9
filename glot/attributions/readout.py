"""The readout's token weights π of every pooler, with graph and predictions, for one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from glot.attributions.explanation import TAU_GRID, Explanation
from glot.attributions.notes import notes
from glot.attributions.reading import CHOICES, Reading, check_choice, on_similarity
from glot.backbones.base import Backbone
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.graph.layout import force_layout, principal_layout
from glot.graph.similarity import cosine_similarity, token_similarity
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
    layer: int | None = None,
    similarity: str = "cosine",
    special_tokens: bool = True,
    positions: npt.NDArray[np.float32] | None = None,
) -> Explanation:
    """Run one text through the backbone and every head, at every τ.

    Heads read the layer that they were trained on, whichever layer's graph is shown. Poolers
    without weights (mean, max, the first or last token) need no training: their π is given even
    where their head is missing.

    Args:
        text: the text.
        backbone: the backbone that the heads were trained on.
        task: the task's name.
        shelf: heads of this backbone and task.
        taus: (T,) thresholds.
        max_tokens: cut the text to so many tokens (at most the backbone's context).
        layer: whose graph is shown: 0 (embeddings) to the backbone's `n_layers`; None: the last.
        similarity: kind of the graph that is shown and that heads with a graph are run on:
            `cosine` or `centred`.
        special_tokens: whether the tokens that the backbone adds take part in graph and pooling.
            The backbone reads them in any case.
        positions: of the drawing, (L, 2), in place of a new layout; where special tokens are left
            out, those of all tokens will do. By default tokens are laid out by the cosine
            similarities of the last layer, special tokens among them, so that they stand where
            they stood when a setting is changed.

    Raises:
        GlotError: the text is empty or holds special tokens only, the backbone has no such layer,
            the similarity is unknown, or the positions do not fit the tokens.
    """
    check_choice(similarity)
    reading = Reading(text, backbone, max_tokens, special_tokens)
    shown, last = reading.states(layer), reading.states(None)
    grid = np.asarray(taus, dtype=np.float64)
    poolers = tuple(name for name in poolers_for(backbone.kind) if name not in reading.gone)
    seen = {
        name: _seen(trained, reading, similarity, grid)
        for name, trained in shelf.heads.items()
        if name not in reading.gone
    }
    weights = {name: each.pooled.weights.float().cpu().numpy() for name, each in seen.items()}
    untrained = [name for name in poolers if name not in seen]
    outputs = {
        name: each.outputs.float().cpu() for name, each in seen.items() if each.outputs is not None
    }
    graph = token_similarity(shown.hidden, shown.mask, similarity)[0].cpu().numpy()
    glot = shelf.heads.get("glot")
    return Explanation(
        text=text,
        tokens=last.tokens[0],
        offsets=last.offsets[0],
        backbone=backbone.name,
        task=task,
        labels=_labels(task, shelf),
        poolers=poolers,
        upper=upper_triangle(graph),
        positions=_positions(reading, positions),
        taus=grid,
        weights=_untrained(untrained, last, len(grid)) | weights,
        probabilities={k: v.softmax(dim=-1).numpy() for k, v in outputs.items() if v.dim() == 2},
        values={k: v.numpy() for k, v in outputs.items() if v.dim() == 1},
        training_tau=glot.card.pooler.tau if glot else None,
        n_cut=last.n_cut[0],
        notes=notes(reading, shelf, layer, similarity, special_tokens),
        layer=None if reading.is_last(layer) else layer,
        n_layers=backbone.n_layers,
        similarity=similarity,
        special_tokens=special_tokens,
        principal=principal_layout(shown.hidden[0].cpu().numpy()),
        trained_similarity=glot.card.pooler.similarity if glot else None,
        special=reading.added if special_tokens else (),
    )


def trained_similarity(shelf: Shelf) -> str:
    """The kind of graph to run a task's heads on where nobody asks for another.

    It is the kind that the GLOT head was trained with, where a reader may choose it.
    """
    glot = shelf.heads.get("glot")
    kind = glot.card.pooler.similarity if glot else "cosine"
    return kind if kind in CHOICES else "cosine"


def _seen(trained: TrainedHead, reading: Reading, similarity: str, grid: np.ndarray) -> Sweep:
    """One head at every τ, on the layer that it was trained on."""
    states = reading.states(trained.card.layer)
    return sweep(on_similarity(trained.head, similarity), states.hidden, states.mask, grid)


def _positions(reading: Reading, given: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    """Places of the kept tokens: those given, or a layout of all tokens on the last layer."""
    n_all, n_kept = len(reading.full.tokens[0]), len(reading.kept)
    if given is None:
        given = force_layout(cosine_similarity(reading.full.hidden)[0].cpu().numpy())
    if given.shape == (n_kept, 2):
        return given
    if given.shape == (n_all, 2):
        return given[reading.kept]
    raise GlotError(
        f"positions of shape {given.shape}.",
        f"Accepted: ({n_kept}, 2), or ({n_all}, 2) for all tokens, special ones too.",
        "Take the positions of an explanation of the same text on the same backbone.",
    )


def _untrained(
    poolers: Sequence[str], states: TokenStates, rows: int
) -> dict[str, npt.NDArray[np.float32]]:
    """π of the poolers that have no weights: the same at every τ."""
    found = {}
    for name in poolers:
        # Nothing is computed with weights: what has some is built without storage, and left.
        with torch.device("meta"):
            pooler = build_pooler(PoolerConfig(name), states.hidden.shape[2])
        if not pooler.n_parameters():
            weights = pooler(states.hidden, states.mask).weights.float().cpu().numpy()
            found[name] = np.repeat(weights, rows, axis=0)
    return found


def _labels(task: str, shelf: Shelf) -> tuple[str, ...]:
    """Class names as the heads know them; without a head, as the task does."""
    heads = list(shelf.heads.values())
    return heads[0].card.labels if heads else get_task(task).labels
