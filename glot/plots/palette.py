"""One colour for each pooler, everywhere.

The hues are those of the paper's Figure 5 (GLOT blue, AdaPool grey, Mean green), from Okabe and
Ito's colour-blind-safe set. Each has a contrast of at least 3:1 on the light and the dark page.
"""

from __future__ import annotations

COLOURS = {"mean": "#009E73", "adapool": "#808080", "glot": "#2B83C6"}
TITLES = {"mean": "Mean", "adapool": "AdaPool", "glot": "GLOT"}
EDGE = "128, 128, 128"
GRID = "rgba(128, 128, 128, 0.25)"


def title(pooler: str) -> str:
    """The pooler's name for people."""
    return TITLES.get(pooler, pooler)


def colour(pooler: str) -> str:
    """The pooler's colour."""
    return COLOURS.get(pooler, "#808080")
