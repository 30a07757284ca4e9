"""Pairs of texts, and heads that compare them, for the tests of attributions."""

from __future__ import annotations

from glot.attributions.pair_readout import explain_pair
from glot.attributions.readout import explain_text
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf
from tests.unit.attributions.heads import trained

FIRST, SECOND = "a b c d", "b a c"
LABELS = ("different", "duplicate")


def trained_on_pairs(backbone, pooler, task_layer, **settings):
    """A head of pairs with random weights."""
    given = {"labels": LABELS, "task": "qqp", "tau": 0.25} | settings
    return trained(backbone, task_layer, name=pooler, **given)


def classifiers(backbone, *poolers, **settings):
    """A shelf of heads that tell whether two texts are duplicates."""
    config = HeadConfig(pairs=True, n_classes=2)
    heads = {name: trained_on_pairs(backbone, name, config, **settings) for name in poolers}
    return Shelf(heads)


def compared(backbone, shelf, first=FIRST, second=SECOND, task="qqp", **settings):
    """Two texts, explained alike and compared."""
    texts = [explain_text(text, backbone, task, shelf, **settings) for text in (first, second)]
    return explain_pair(*texts, backbone, shelf, settings.get("max_tokens"))
