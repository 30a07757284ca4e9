"""What the library says of a text: the numbers that must stand on the screen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from glot.attributions.examples import BACKBONE, TASK
from glot.attributions.explanation import Explanation
from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads

if TYPE_CHECKING:
    from tests.browser.explore import ExplorePage


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


def expect_library(page: ExplorePage, explanation: Explanation, tau: float) -> None:
    """All numbers beside the slider, and every prediction."""
    statistics = explanation.statistics(tau)
    page.expect_number("tokens", str(statistics.tokens))
    page.expect_number("edges", f"{statistics.edges:,}")
    page.expect_number("density", percent(statistics.density))
    page.expect_number("components", str(statistics.components))
    page.expect_number("largest", str(statistics.largest))
    for pooler in page.compared():
        assert page.prediction(pooler) == told(explanation, pooler, tau)
