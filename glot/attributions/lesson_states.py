"""Computes the numbers of the lesson: see `glot.attributions.lesson`, which stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from glot.attributions.examples import BACKBONE, TASK
from glot.attributions.influence import influence
from glot.attributions.lesson import (
    EXAMPLE,
    OTHER,
    PAIRS,
    RATIOS,
    SENTENCES,
    SHARED,
    SHIPPED,
    STRESS_TASK,
    Floats,
    Lesson,
    StressPair,
)
from glot.backbones import load_backbone
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.similarity import token_similarity
from glot.graph.statistics import upper_triangle
from glot.heads.shelf import load_heads
from glot.poolers.glot import GlotPooler
from glot.tasks.stress import LABELS, generate

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.checkpoint import TrainedHead
    from glot.tasks.stress import StressTexts
    from glot.types import TokenStates


def build() -> Lesson:
    """Compute all of it, in float32 on the CPU."""
    backbone = load_backbone(BACKBONE, device="cpu", dtype="float32")
    other = load_backbone(OTHER, device="cpu", dtype="float32").encode([EXAMPLE.text])
    sets = [generate("strict", "test", ratio, 2 * PAIRS) for ratio in RATIOS]
    heads = load_heads(backbone, STRESS_TASK, SHIPPED).check_sound().heads
    return Lesson(
        words=word_states(backbone),
        pairs=tuple(stress_pair(backbone, texts) for texts in sets),
        distances=np.stack([distances(backbone, texts, PAIRS) for texts in sets]),
        shares={
            name: np.stack([phrase_shares(backbone, head, texts) for texts in sets])
            for name, head in heads.items()
        },
        influence=sentence_influence(backbone),
        other_tokens=other.tokens[0],
        other_upper=upper_triangle(token_similarity(other.hidden, other.mask)[0].numpy()),
    )


def word_states(backbone: Backbone) -> Floats:
    """(2, layers + 1, S, d): see `Lesson.words`."""
    layers = [backbone.encode(SENTENCES, None, k) for k in range(backbone.n_layers + 1)]
    places = [[row.index(word) for word in SHARED] for row in layers[0].tokens]
    found = [[each.hidden[i, place].numpy() for each in layers] for i, place in enumerate(places)]
    return np.array(found, dtype=np.float32)


def stress_pair(backbone: Backbone, texts: StressTexts) -> StressPair:
    """The first pair of a set."""
    states = backbone.encode([texts.texts[0]])
    first, second = (LABELS["strict"][number] for number in texts.labels[:2])
    return StressPair(
        texts=(texts.texts[0], texts.texts[1]),
        labels=(first, second),
        signal=texts.signals[0],
        signal_tokens=int(phrase_mask(states, texts, 0).sum()),
        tokens=len(states.tokens[0]),
    )


def distances(backbone: Backbone, texts: StressTexts, pairs: int) -> Floats:
    """(pairs,) Euclidean distance between the two means of each pair."""
    means = [backbone.encode([text]).hidden[0].mean(dim=0) for text in texts.texts[: 2 * pairs]]
    found = [(a - b).norm() for a, b in zip(means[::2], means[1::2], strict=True)]
    return torch.stack(found).numpy()


def phrase_shares(backbone: Backbone, trained: TrainedHead, texts: StressTexts) -> Floats:
    """(N,) how much of each text's π lies on the phrase."""
    found = []
    for number, text in enumerate(texts.texts):
        states = backbone.encode([text], None, trained.card.layer)
        with torch.inference_mode():
            weights = trained.head.embed(states.hidden, states.mask).weights[0]
        found.append(weights[phrase_mask(states, texts, number)].sum())
    return torch.stack(found).numpy()


def phrase_mask(states: TokenStates, texts: StressTexts, number: int) -> torch.Tensor:
    """(L,) bool: which tokens of one text belong to its phrase."""
    words = texts.texts[number].split()
    first, end = texts.signals[number]
    before = len(" ".join(words[:first])) + bool(first)
    after = len(" ".join(words[:end]))
    return torch.tensor([before <= a < b <= after for a, b in states.offsets[0]])


def sentence_influence(backbone: Backbone) -> Floats:
    """(K + 1, L, L): see `Lesson.influence`."""
    trained = load_heads(backbone, TASK, SHIPPED).check_sound().heads["glot"]
    pooler = trained.head.pooler
    assert isinstance(pooler, GlotPooler)
    states = backbone.encode([EXAMPLE.text], None, trained.card.layer)
    similarity = token_similarity(states.hidden, states.mask, pooler.config.similarity)
    graphs = DenseNeighbours.of(similarity, states.mask, pooler.config.tau)
    return influence(pooler, graphs, states.hidden).numpy()
