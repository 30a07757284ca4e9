"""One colour for each pooler, everywhere.

The hues are those of the paper's Figure 5 (GLOT blue, AdaPool grey, Mean green) and more of Okabe
and Ito's colour-blind-safe set. Each has a contrast of at least 3:1 on the light and the dark
page. `cls` and `eos` share one: no backbone has both.
"""

from __future__ import annotations

COLOURS = {
    "mean": "#009E73",
    "max": "#A06FC4",
    "cls": "#B8860B",
    "eos": "#B8860B",
    "adapool": "#808080",
    "mlp": "#C2649A",
    "deepsets": "#C96A1E",
    "glot": "#2B83C6",
}
TITLES = {
    "mean": "Mean",
    "max": "Max",
    "cls": "[CLS]",
    "eos": "[EOS]",
    "adapool": "AdaPool",
    "mlp": "MLP",
    "deepsets": "DeepSets",
    "glot": "GLOT",
}
EDGE = "128, 128, 128"
GRID = "rgba(128, 128, 128, 0.25)"


def title(pooler: str) -> str:
    """The pooler's name for people."""
    return TITLES.get(pooler, pooler)


def colour(pooler: str) -> str:
    """The pooler's colour."""
    return COLOURS.get(pooler, "#808080")
