"""Token weights π of several poolers as bars over the same tokens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from glot.attributions.explanation import Explanation
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Share of the height between two rows of bars: room for a name.
GAP = 0.1


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
        "xaxis": _token_axis(places, names),
        "annotations": [],
        "showlegend": False,
        "height": 460,
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


def _token_axis(places: list[int], names: list[str]) -> dict[str, Any]:
    """Token names below the bars, as large as their number allows."""
    axis: dict[str, Any] = {
        "tickvals": places,
        "ticktext": names,
        "tickangle": -60,
        "showgrid": False,
    }
    if len(names) > 150:
        # Names would be smaller than a pixel; hover tells them.
        axis["showticklabels"] = False
    elif len(names) > 40:
        axis |= {"tickfont": {"size": 8}, "tickangle": -90}
    return axis


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
