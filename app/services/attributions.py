"""Attributions of texts, for their page."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.services import models
from app.services.explain import WARM_UP_AFTER
from app.services.kept import kept
from glot.attributions.examples import stored_explanation
from glot.errors import GlotError
from glot.poolers import POOLERS
from glot.tasks import get_task

if TYPE_CHECKING:
    from glot.attributions.attributed import Attributed

# The sentences of the paper's Figure 5, and a second question to each, which is ours.
FIGURE_5 = {
    "genome": (
        "What is the maximum number of genetically unique individuals that human genome allows?",
        "How many genetically different people can the human genome produce?",
    ),
    "horse": ("A person is riding a horse.", "Someone rides on the back of a horse."),
}
FIGURE_5_TASK = "qqp"


@dataclass(frozen=True)
class Asked:
    """What attributions are asked for: all that decides them, but for the heads on disk.

    Attributes:
        text: whose tokens are attributed.
        other: the second text of a pair; None for single texts.
        second: whether `text` stands second in the pair.
        backbone: the backbone's name.
        task: the task's name.
        pooler: whose head.
        target: the class; None: the one that the head tells.
        words: whether tokens are merged to words.
        removal: what taking away means: `pooling` or `text`.
        baseline: of integrated gradients: `zero` or `mean`.
        steps: of integrated gradients.
        embeddings: also integrated gradients from the backbone's embeddings.
    """

    text: str
    other: str | None
    second: bool
    backbone: str
    task: str
    pooler: str
    target: str | None = None
    words: bool = False
    removal: str = "pooling"
    baseline: str = "zero"
    steps: int = 32
    embeddings: bool = False


@dataclass(frozen=True)
class Readout:
    """Token weights π of a stored explanation, shown while the rest is computed."""

    tokens: tuple[str, ...]
    weights: np.ndarray


@kept(32)
def _attributed(asked: Asked, stamp: float) -> Attributed:  # noqa: ARG001 - part of the key
    """`stamp` changes when a checkpoint is written, so that new heads are seen."""
    from glot.attributions.attribute import How, attribute_text

    return attribute_text(
        asked.text,
        models.backbone(asked.backbone),
        models.heads(asked.backbone, asked.task),
        asked.pooler,
        other=asked.other,
        second=asked.second,
        target=asked.target,
        how=How(asked.words, asked.removal, asked.baseline, asked.steps, asked.embeddings),
    )


def attributed(asked: Asked) -> Attributed:
    """All attributions of a text, computed once and kept.

    Raises:
        GlotError: nothing can be computed from what was given.
    """
    if "torch" not in sys.modules:
        # The browser still fetches its scripts from this process, which importing torch would
        # keep waiting: what the page shows already would come late.
        time.sleep(WARM_UP_AFTER)
    return _attributed(asked, models.stamp(asked.backbone, asked.task))


def readout(asked: Asked) -> Readout | None:
    """π of an example, from its file and without torch; None where there is none."""
    try:
        stored = stored_explanation(asked.text, asked.backbone, asked.task)
    except GlotError:
        return None
    if stored is None or asked.pooler not in stored.weights:
        return None
    tau = stored.training_tau if stored.training_tau is not None else 0.6
    return Readout(stored.tokens, stored.weights[asked.pooler][stored.row(tau)])


@dataclass(frozen=True)
class Heads:
    """What the cards of a task's heads say, without loading one.

    Attributes:
        poolers: those with a head.
        pairs: whether the heads compare two texts.
        labels: their classes; empty where they tell a number.
    """

    poolers: tuple[str, ...]
    pairs: bool
    labels: tuple[str, ...]


def heads(backbone: str, task: str) -> Heads:
    """The heads that there are; where there is none, what the task itself would have.

    Raises:
        GlotError: there is neither a head nor such a task.
    """
    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD, checkpoint_folder

    folder = checkpoint_folder(backbone, task, "any").parent
    poolers = tuple(name for name in POOLERS.names() if (folder / name / CARD).is_file())
    for name in poolers:
        try:
            card = HeadCard.read(folder / name / CARD)
        except GlotError:
            # It is told where this very head is asked for.
            continue
        return Heads(poolers, card.pairs, card.labels)
    planned = get_task(task)
    return Heads(poolers, planned.pairs, planned.labels)
