"""What a reader must know of two texts and the heads that compare them, in sentences."""

from __future__ import annotations

from dataclasses import replace

from glot.attributions.explanation import Explanation
from glot.attributions.notes import other_similarity
from glot.backbones.base import check_layer
from glot.heads.shelf import Shelf

EQUAL = (
    "The two texts are the same, so every token finds itself in the other one, and each pooler "
    "makes the same vector of both."
)


def pair_notes(first: Explanation, second: Explanation, shelf: Shelf) -> tuple[str, ...]:
    """Equal texts, cut texts, heads on other layers or similarities, heads that are broken.

    Args:
        first: the first text.
        second: the second text, explained alike.
        shelf: the heads.
    """
    return (
        *([EQUAL] if first.text == second.text else []),
        *_cut("first", first),
        *_cut("second", second),
        *_heads(first, shelf),
        *replace(shelf, absent=()).notes(),
    )


def missing_heads(shelf: Shelf) -> str:
    """Which poolers have no trained head, and how to train one; empty when each has one."""
    return " ".join(replace(shelf, broken={}).notes())


def _cut(which: str, explanation: Explanation) -> tuple[str, ...]:
    if not explanation.n_cut:
        return ()
    kept = len(explanation.tokens)
    return (
        f"The {which} text is longer than {kept:,} tokens: {explanation.n_cut:,} at its end were "
        "cut and play no part.",
    )


def _heads(like: Explanation, shelf: Shelf) -> list[str]:
    told = []
    for name, trained in shelf.heads.items():
        read, shown = (
            check_layer(layer, like.n_layers) for layer in (trained.card.layer, like.layer)
        )
        if read != shown:
            told.append(
                f"The {name} head reads layer {read} of {like.n_layers}; graphs and similarities "
                f"between the texts are those of layer {shown}."
            )
        told += other_similarity(name, trained, like.similarity, "the graphs show")
    return told
