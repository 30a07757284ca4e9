"""A trained head in one line for people. No torch."""

from __future__ import annotations

from collections.abc import Sequence

from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, checkpoint_folder


def head_summaries(backbone: str, task: str, poolers: Sequence[str]) -> dict[str, str | None]:
    """`head_summary` of each of these poolers' heads."""
    return {pooler: head_summary(backbone, task, pooler) for pooler in poolers}


def head_summary(backbone: str, task: str, pooler: str) -> str | None:
    """How a head was trained and what it scores, in a sentence; None where there is none."""
    try:
        card = HeadCard.read(checkpoint_folder(backbone, task, pooler) / CARD)
        metric = card.metrics["metric"]
        told = [
            f"Trained on {card.training['n_train']:,} texts, {card.metrics['parameters']:,} "
            "parameters."
        ]
        for split, scores in card.metrics["evaluation"].items():
            low, high = scores["interval_95"]
            told.append(
                f"{split.capitalize()} {metric}: {scores[metric]:.1f} (95 % interval {low:.1f} "
                f"to {high:.1f}, {scores['n']:,} texts)."
            )
        return " ".join(told)
    # What a card tells beside what is needed to load it is checked by nobody.
    except (GlotError, KeyError, TypeError, ValueError, AttributeError):
        return None
