"""Two texts and the heads that compare them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.services import explain, models
from app.services.kept import kept
from glot.attributions.pair import PairExplanation
from glot.attributions.pair_examples import stored_pair
from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, checkpoint_folder
from glot.live.payload import MAX_TOKENS
from glot.poolers import POOLERS
from glot.tasks import get_task

if TYPE_CHECKING:
    from glot.attributions.explanation import Explanation


@dataclass(frozen=True)
class AskedPair:
    """What a comparison is asked for: all that decides its numbers, but for the heads on disk.

    Attributes:
        first: the first text.
        second: the second text.
        backbone: the backbone's name.
        task: the task's name.
    """

    first: str
    second: str
    backbone: str
    task: str


def pair(asked: AskedPair) -> PairExplanation:
    """Two texts seen by every head at every τ: stored for the examples, else computed and kept.

    The graphs are of the kind that the GLOT head was trained on.

    Raises:
        GlotError: the task is unknown or takes single texts, or nothing can be computed from what
            was given; the message says which of the texts it is about.
    """
    _check_task(asked.backbone, asked.task)
    return _pair(asked, models.stamp(asked.backbone, asked.task))


@kept(32)
def _pair(asked: AskedPair, stamp: float) -> PairExplanation:  # noqa: ARG001 - part of the key
    """`stamp` changes when a checkpoint is written, so that new heads are seen."""
    stored = stored_pair(asked.first, asked.second, asked.backbone, asked.task)
    if stored is not None:
        return stored
    # Loaded before the texts are looked at: what is wrong with it is not a text's fault.
    backbone = models.backbone(asked.backbone)
    shelf = models.heads(asked.backbone, asked.task)
    glot = shelf.heads.get("glot")
    kind = glot.card.pooler.similarity if glot else "cosine"
    of = partial(_explained, asked, "cosine" if kind == "shuffled" else kind)
    from glot.attributions.pair_readout import explain_pair

    first, second = of("First", asked.first), of("Second", asked.second)
    return explain_pair(first, second, backbone, shelf, MAX_TOKENS)


def _explained(asked: AskedPair, similarity: str, which: str, text: str) -> Explanation:
    """One of the texts as Explore shows it, and keeps it."""
    try:
        return explain.explanation(
            explain.Asked(text, asked.backbone, asked.task, similarity=similarity)
        )
    except GlotError as error:
        raise GlotError(f"{which} text: {error.given}", error.accepted, error.remedy) from error


def _check_task(backbone: str, task: str) -> None:
    if takes_pairs(backbone, task):
        return
    title, others = get_task(task).title, pair_tasks(backbone)
    raise GlotError(
        f"The task {task} ({title}) takes single texts.",
        f"Accepted: tasks of pairs{': ' if others else ''}{', '.join(others)}.",
        "Choose one of them beside the texts, or open a text on Explore.",
    )


def pair_tasks(backbone: str) -> list[str]:
    """Tasks of pairs that there are trained heads for, by name."""
    return [name for name in models.tasks_with_heads(backbone) if takes_pairs(backbone, name)]


def takes_pairs(backbone: str, task: str) -> bool:
    """Whether the heads of a task compare two texts; without heads, whether the task does.

    The heads come first: a user's own data may have a task's name.

    Raises:
        GlotError: there is neither a head nor such a task.
    """
    cards = _cards(backbone, task)
    return any(card.pairs for card in cards.values()) if cards else get_task(task).pairs


def trained_on(backbone: str, task: str) -> str:
    """What the heads of a task learnt from, in a sentence; empty where there is none."""
    sizes = {card.training.get("n_train", 0) for card in _cards(backbone, task).values()}
    labels = [label for card in _cards(backbone, task).values() for label in card.labels]
    if not sizes:
        return ""
    numbers = " or ".join(f"{size:,}" for size in sorted(sizes))
    what = f" as {' or '.join(dict.fromkeys(labels))}" if labels else " with a number each"
    return f"The heads learnt from {numbers} pairs of {models.task_title(task)}, labelled{what}."


def score(backbone: str, task: str, pooler: str) -> str:
    """What a head scored on the split that is reported; empty where it has none."""
    from glot.heads.shipped import scores

    card = _cards(backbone, task).get(pooler)
    try:
        first = next(iter(scores(card)), None) if card else None
    except GlotError:
        return ""
    if first is None:
        return ""
    spread = f" ({first.interval[0]:.1f} to {first.interval[1]:.1f})" if first.interval else ""
    return f"{first.split} {first.metric} {first.value:.1f}{spread}"


def _cards(backbone: str, task: str) -> dict[str, HeadCard]:
    """The cards that can be read, by pooler."""
    return _read_cards(backbone, task, models.stamp(backbone, task))


@st.cache_resource(max_entries=64, show_spinner=False)
def _read_cards(backbone: str, task: str, stamp: float) -> dict[str, HeadCard]:  # noqa: ARG001
    found = {}
    for name in POOLERS.names():
        try:
            found[name] = HeadCard.read(checkpoint_folder(backbone, task, name) / CARD)
        except GlotError:
            # Not there, or broken: the shelf's notes say so.
            continue
    return found
