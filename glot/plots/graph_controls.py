"""Token weights π of one head on its graph and on the graphs that it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glot.attributions.controls import ControlGraph, GraphControls
from glot.plots.bar_rows import BarRow, bar_rows
from glot.plots.palette import colour

if TYPE_CHECKING:
    import plotly.graph_objects as go


def graph_controls_figure(controls: GraphControls) -> go.Figure:
    """One row of bars for each kind of graph, on one scale, aligned by token.

    Random graphs share a row: the mean over the draws, with error bars from the least to the
    greatest.

    Args:
        controls: of one text.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    hue = colour(controls.pooler)
    rows = [
        BarRow(_heading("This graph", controls.this), hue, controls.this.weights),
        BarRow("No edges", hue, controls.without.weights),
        _random_row(controls.random, hue),
        BarRow(_heading("All edges", controls.complete), hue, controls.complete.weights),
    ]
    return bar_rows(rows, controls.tokens, controls.text)


def _random_row(graphs: tuple[ControlGraph, ...], hue: str) -> BarRow:
    draws = np.stack([graph.weights for graph in graphs])
    name = "Random edges"
    if len(graphs) == 1:
        return BarRow(_heading(name, graphs[0]), hue, draws[0])
    low, high = draws.min(axis=0), draws.max(axis=0)
    # The mean of equal numbers is one of them, but for rounding.
    mean = draws.mean(axis=0).clip(low, high)
    heading = _heading(f"{name}, mean of {len(graphs)} draws", graphs[0])
    return BarRow(heading, hue, mean, low, high)


def _heading(name: str, graph: ControlGraph) -> str:
    return f"{name} ({graph.edges:,} edge{'' if graph.edges == 1 else 's'})"
