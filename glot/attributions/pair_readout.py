"""Two explained texts brought together: similarities between them, and the heads of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from glot.attributions.explanation import Explanation, Floats
from glot.attributions.pair import PairExplanation, check_alike
from glot.attributions.pair_notes import missing_heads, pair_notes
from glot.attributions.reading import Reading, on_similarity
from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.graph.similarity import unit_states
from glot.heads.checkpoint import TrainedHead
from glot.heads.shelf import Shelf
from glot.heads.similarity import SimilarityHead
from glot.heads.sweep import sweep


@dataclass(frozen=True)
class _Seen:
    """One head of pairs over the grid: its outputs, and the cosine of the vectors it is given."""

    cosines: Floats
    probabilities: Floats | None
    values: Floats | None


def explain_pair(
    first: Explanation,
    second: Explanation,
    backbone: Backbone,
    shelf: Shelf,
    max_tokens: int | None = None,
) -> PairExplanation:
    """Run every head of pairs on two texts at every τ; one τ makes both graphs.

    Args:
        first: of `glot.attributions.readout.explain_text`.
        second: of the same backbone and task, with the same settings.
        backbone: that both were explained on.
        shelf: the heads that both were explained with.
        max_tokens: that both were explained with.

    Raises:
        GlotError: the heads take single texts, the two were not explained alike, or not with this
            backbone and `max_tokens`.
    """
    check_alike(first, second)
    _check_pairs(shelf, first.task)
    readings = [_reading(each, backbone, max_tokens) for each in (first, second)]
    gone = {name for reading in readings for name in reading.gone}
    seen = {
        name: _seen(trained, readings, first)
        for name, trained in shelf.heads.items()
        if name not in gone
    }
    heads = list(shelf.heads.values())
    return PairExplanation(
        first=first,
        second=second,
        cross=_cross(readings, first),
        labels=heads[0].card.labels if heads else first.labels,
        probabilities={k: v.probabilities for k, v in seen.items() if v.probabilities is not None},
        values={k: v.values for k, v in seen.items() if v.values is not None},
        cosines={k: v.cosines for k, v in seen.items()},
        reference=_reference(readings),
        scale=_scale(heads),
        notes=pair_notes(first, second, shelf),
        missing=missing_heads(shelf),
    )


def _check_pairs(shelf: Shelf, task: str) -> None:
    single = [name for name, trained in shelf.heads.items() if not trained.card.pairs]
    if single:
        raise GlotError(
            f"The {single[0]} head of {task} takes single texts.",
            "Accepted: heads of tasks with pairs of texts, such as qqp or stsb.",
            "Choose such a task, or explain each text alone.",
        )


def _reading(explanation: Explanation, backbone: Backbone, max_tokens: int | None) -> Reading:
    reading = Reading(explanation.text, backbone, max_tokens, explanation.special_tokens)
    if (
        reading.states(None).tokens[0] != explanation.tokens
        or backbone.name != explanation.backbone
    ):
        raise GlotError(
            f"An explanation of {len(explanation.tokens)} tokens on {explanation.backbone!r}, and "
            f"{len(reading.kept)} tokens on {backbone.name!r}.",
            "Accepted: the backbone and the max_tokens that the texts were explained with.",
        )
    return reading


def _seen(trained: TrainedHead, readings: list[Reading], like: Explanation) -> _Seen:
    """A head at every τ: an explanation keeps π alone, so the vectors are pooled here."""
    head = on_similarity(trained.head, like.similarity)
    with torch.inference_mode():
        a, b = (
            sweep(head, states.hidden, states.mask, like.taus).pooled.embedding
            for states in (reading.states(trained.card.layer) for reading in readings)
        )
        outputs = head(a, b)
        classes = "classification" in head.kinds
        return _Seen(
            cosines=_floats(cosine_similarity(a, b, dim=-1)),
            probabilities=_floats(outputs.softmax(dim=-1)) if classes else None,
            values=None if classes else _floats(head.predict(outputs)),
        )


def _cross(readings: list[Reading], like: Explanation) -> Floats:
    """(L1, L2) products of unit states; `centred` takes each text's own mean away."""
    a, b = (
        unit_states(states.hidden, states.mask, like.similarity)[0]
        for states in (reading.states(like.layer) for reading in readings)
    )
    return _floats((a @ b.mT).clamp(-1, 1))


def _reference(readings: list[Reading]) -> float:
    first, second = (reading.states(None).hidden.float().mean(dim=1) for reading in readings)
    return float(cosine_similarity(first, second, dim=-1))


def _scale(heads: list[TrainedHead]) -> tuple[float, float] | None:
    for trained in heads:
        if isinstance(trained.head, SimilarityHead):
            return float(trained.head.low), float(trained.head.high)
    return None


def _floats(values: torch.Tensor) -> Floats:
    found: Floats = values.float().cpu().numpy().astype(np.float32)
    return found
