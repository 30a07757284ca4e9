"""Token weights π of several poolers as bars over the same tokens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from glot.attributions.explanation import Explanation
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Share of the height between two rows of bars: room for a name.
GAP = 0.1
# Pixels: as tall as the graph beside it, and more where the rows would become too low to read.
HEIGHT, ROW = 460, 105
# More names than this cannot be read side by side; the bars tell the others on hover.
MAX_LABELS = 60


def token_weights_figure(explanation: Explanation, tau: float, poolers: list[str]) -> go.Figure:
    """One row of bars for each pooler, on one scale, aligned by token (paper, Figure 5).

    Args:
        explanation: of one text.
        tau: a value of its grid.
        poolers: which, from top to bottom; all must have weights.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    row = explanation.row(tau)
    names = [escape(token) for token in explanation.tokens]
    places = list(range(len(names)))
    highest = max(float(explanation.weights[pooler][row].max()) for pooler in poolers)
    height = (1 + GAP) / len(poolers) - GAP
    layout: dict[str, Any] = {
        "xaxis": _token_axis(names, _labelled(explanation, row, poolers)),
        "annotations": [],
        "showlegend": False,
        "height": max(HEIGHT, ROW * len(poolers)),
        "bargap": 0.15,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "uirevision": explanation.text,
    }
    bars = []
    # All rows share one axis of tokens, drawn below the last.
    for number, pooler in enumerate(poolers):
        top = 1 - number * (height + GAP)
        layout[f"yaxis{number + 1}"] = {
            "domain": [max(0.0, top - height), top],
            "range": [0, highest * 1.05],
            "nticks": 3,
            "gridcolor": GRID,
            "fixedrange": True,
        }
        layout["annotations"].append(_heading(title(pooler), top))
        bars.append(
            go.Bar(
                x=places,
                y=explanation.weights[pooler][row],
                yaxis=f"y{number + 1}",
                marker={"color": colour(pooler), "line": {"width": 0}},
                name=title(pooler),
                hovertext=names,
                hovertemplate="%{hovertext}: %{y:.4f}<extra>" + title(pooler) + "</extra>",
            )
        )
    layout["xaxis"]["anchor"] = f"y{len(poolers)}"
    return go.Figure(bars, layout)


def _labelled(explanation: Explanation, row: int, poolers: list[str]) -> list[int]:
    """Which tokens are named below the bars: all, or the heaviest that do not collide."""
    tokens = len(explanation.tokens)
    if tokens <= MAX_LABELS:
        return list(range(tokens))
    heaviest = np.max([explanation.weights[pooler][row] for pooler in poolers], axis=0)
    room = tokens / MAX_LABELS
    chosen: list[int] = []
    for place in np.argsort(-heaviest, kind="stable").tolist():
        if all(abs(place - other) >= room for other in chosen):
            chosen.append(place)
    return sorted(chosen)


def _token_axis(names: list[str], places: list[int]) -> dict[str, Any]:
    """Token names below the bars, as large as their number allows."""
    many = len(places) > MAX_LABELS // 2
    return {
        "tickvals": places,
        "ticktext": [names[place] for place in places],
        "tickangle": -90 if many else -60,
        "tickfont": {"size": 9 if many else 13},
        "showgrid": False,
    }


def _heading(text: str, top: float) -> dict[str, Any]:
    """A pooler's name above its row."""
    return {
        "text": text,
        "x": 0,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }
