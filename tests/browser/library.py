"""What the library says of a text: the numbers that must stand on the screen."""

from __future__ import annotations

from functools import cache

from glot.attributions.examples import BACKBONE, TASK
from glot.attributions.explanation import Explanation
from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads


@cache
def _loaded():
    backbone = load_backbone(BACKBONE)
    return backbone, load_heads(backbone, TASK)


def explained(text: str, **options) -> Explanation:
    """The text on MiniLM with the shipped heads, as the page asks for it."""
    backbone, shelf = _loaded()
    return explain_text(text, backbone, TASK, shelf, max_tokens=512, **options)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def told(explanation: Explanation, pooler: str, tau: float) -> str:
    """A prediction as the page writes it."""
    answer = explanation.prediction(pooler, tau)
    return f"{answer.label} {percent(answer.probabilities[answer.label])}"
