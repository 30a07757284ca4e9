"""The token graph at one τ."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from glot.attributions.explanation import Explanation
from glot.plots.lines import Pen, line_traces
from glot.plots.palette import colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Browsers draw about 8,000 SVG lines in a second, so only the strongest are drawn.
MAX_EDGES = 3000
# More labels than this hide each other; the others are shown on hover.
MAX_LABELS = 60
PEN = Pen(width=(0.6, 1.4), ink=(0.2, 0.5), sparse=300)


def drawn_edges(edges: int) -> int:
    """How many of so many edges the figure draws: the strongest."""
    return min(edges, MAX_EDGES)


def token_graph_figure(explanation: Explanation, tau: float, size_by: str) -> go.Figure:
    """Tokens at their fixed places, an edge where S_ij > τ, nodes sized by π.

    Args:
        explanation: of one text.
        tau: a value of its grid.
        size_by: the pooler whose token weights size the nodes.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    edges = explanation.edges(tau)
    figure = go.Figure()
    figure.add_traces(line_traces(explanation.positions[edges[:MAX_EDGES]], PEN))
    figure.add_trace(_node_trace(explanation, tau, edges, size_by))
    hidden = {"visible": False, "fixedrange": False}
    figure.update_layout(
        xaxis=hidden,
        yaxis=hidden,
        showlegend=False,
        height=460,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
        # Zoom and pan survive a new τ.
        uirevision=explanation.text,
    )
    return figure


def _node_trace(
    explanation: Explanation, tau: float, edges: np.ndarray, size_by: str
) -> go.Scatter:
    import plotly.graph_objects as go

    row = explanation.row(tau)
    tokens = len(explanation.tokens)
    degree = np.bincount(edges.ravel(), minlength=tokens)
    weights = explanation.weights[size_by][row]
    heavy = set(np.argsort(-weights)[:MAX_LABELS].tolist())
    names = [escape(token) for token in explanation.tokens]
    return go.Scatter(
        x=explanation.positions[:, 0],
        y=explanation.positions[:, 1],
        mode="markers+text",
        text=[name if i in heavy else "" for i, name in enumerate(names)],
        textposition="top center",
        marker={
            # Area, not diameter, is in proportion to π.
            "size": 6 + _largest(tokens) * np.sqrt(weights / weights.max()),
            "color": colour(size_by),
            "opacity": 0.9,
            "symbol": np.where(degree > 0, "circle", "circle-open").tolist(),
            "line": {"width": 1.5, "color": colour(size_by)},
        },
        hovertext=[
            "<br>".join(
                [f"<b>{name}</b> (token {i + 1})", f"{degree[i]} edges"]
                + [
                    f"π {title(pooler)}: {table[row, i]:.4f}"
                    for pooler, table in explanation.weights.items()
                ]
            )
            for i, name in enumerate(names)
        ],
        hoverinfo="text",
    )


def _largest(tokens: int) -> float:
    """Diameter of the heaviest token, in pixels: many tokens need room."""
    return 26 if tokens <= 40 else 18 if tokens <= 120 else 12
