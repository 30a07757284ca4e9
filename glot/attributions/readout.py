"""The readout's token weights π of every pooler, with graph and predictions, for one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glot.attributions.explanation import TAU_GRID, Explanation
from glot.backbones.base import Backbone
from glot.graph.layout import force_layout
from glot.graph.similarity import cosine_similarity
from glot.graph.statistics import upper_triangle
from glot.heads.shelf import Shelf
from glot.heads.sweep import sweep
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

    Mean pooling needs no training: its weights are given even where its head is missing.

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
    weights, probabilities = {}, {}
    for name, trained in shelf.heads.items():
        out = sweep(trained.head, states.hidden, states.mask, grid)
        weights[name] = out.pooled.weights.float().cpu().numpy()
        probabilities[name] = out.logits.float().softmax(dim=-1).cpu().numpy()
    length = len(states.tokens[0])
    weights.setdefault("mean", np.full((len(grid), length), 1.0 / length, dtype=np.float32))
    similarity = cosine_similarity(states.hidden)[0].cpu().numpy()
    glot = shelf.heads.get("glot")
    return Explanation(
        text=text,
        tokens=states.tokens[0],
        offsets=states.offsets[0],
        backbone=backbone.name,
        task=task,
        labels=get_task(task).labels,
        upper=upper_triangle(similarity),
        positions=force_layout(similarity),
        taus=grid,
        weights=weights,
        probabilities=probabilities,
        training_tau=glot.card.pooler.tau if glot else None,
        n_cut=states.n_cut[0],
        notes=(*_cut_note(text, states), *shelf.notes()),
    )


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
