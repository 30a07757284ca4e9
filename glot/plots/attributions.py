"""Attributions of one text: rows over its tokens, deletion and insertion curves, edges."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from glot.attributions.attributed import TITLES, Attributed
from glot.attributions.attributed_told import signed
from glot.errors import GlotError
from glot.plots.bar_rows import BarRow, bar_rows
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from glot.attributions.faithfulness import Curves

# The readout has its pooler's colour. The others' are no pooler's, and have a contrast of at
# least 3:1 on the light and the dark page.
COLOURS = {
    "occlusion": "#C8506E",
    "integrated": "#7A6FD0",
    "gradient": "#2E9AA0",
    "embeddings": "#9C7A3C",
}
DASHES = {
    "readout": "solid",
    "occlusion": "solid",
    "integrated": "dash",
    "gradient": "dashdot",
    "embeddings": "longdash",
}
RANDOM = "#808080"
BAND = "rgba(128, 128, 128, 0.22)"
# Edges that are drawn as bars: those that move the score most.
SHOWN_EDGES = 12


def attributions_figure(found: Attributed) -> go.Figure:
    """One row of bars for each way of attribution, each on its own scale, aligned by token.

    Args:
        found: of one text.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    rows = [
        BarRow(_heading(name, found), _colour(name, found), values.astype(np.float32))
        for name, values in found.rows.items()
    ]
    return bar_rows(rows, found.units, found.text, own_scales=True)


def curves_figure(found: Attributed) -> go.Figure:
    """Deletion (left) and insertion (right): the score by the share that is gone, or there.

    The grey band spans the random rankings, the grey line is their mean.

    Args:
        found: of one text, with something to rank.

    Raises:
        GlotError: there is nothing to rank.
    """
    from plotly.subplots import make_subplots

    if not found.random:
        raise GlotError(
            "There is nothing to rank, so there are no curves.",
            "Accepted: a text with at least two tokens that can be taken away.",
            "Take a longer text.",
        )
    figure = make_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.09,
        subplot_titles=("Deletion", "Insertion"),
    )
    for column in (1, 2):
        for trace in _band(found, column):
            figure.add_trace(trace, row=1, col=column)
        for name, curves in found.curves.items():
            figure.add_trace(_curve(name, curves, found, column), row=1, col=column)
    figure.update_xaxes(
        tickformat=".0%",
        tickvals=[0, 0.5, 1],
        range=[-0.02, 1.02],
        gridcolor=GRID,
        zeroline=False,
    )
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    figure.update_annotations(font_size=13)
    figure.update_layout(
        height=380,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend={"orientation": "h", "y": -0.12, "x": 0, "yanchor": "top"},
        uirevision=found.text,
    )
    return figure


def edges_figure(found: Attributed) -> go.Figure:
    """The edges whose loss moves the score most, as bars from the greatest to the least.

    Args:
        found: of one text, through a head with a graph that has edges.

    Raises:
        GlotError: there are no edges.
    """
    import plotly.graph_objects as go

    edges = found.edges
    if edges is None or not len(edges.values):
        raise GlotError("No edges.", "Accepted: a head with a graph that has edges.")
    order = np.argsort(-np.abs(edges.values), kind="stable")[:SHOWN_EDGES]
    names = [_edge_name(found.tokens, *edges.pairs[place].tolist()) for place in order]
    return go.Figure(
        go.Bar(
            x=edges.values[order],
            y=list(range(len(order))),
            orientation="h",
            marker={"color": colour(found.pooler), "line": {"width": 0}},
            hovertext=names,
            customdata=edges.similarities[order],
            hovertemplate="%{hovertext}: %{x:+.4f}, similarity %{customdata:.2f}<extra></extra>",
        ),
        {
            "height": 60 + 24 * len(order),
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": {"gridcolor": GRID, "zerolinecolor": GRID, "nticks": 6},
            "yaxis": {
                "tickvals": list(range(len(order))),
                "ticktext": names,
                "autorange": "reversed",
                "automargin": True,
            },
            "uirevision": found.text,
        },
    )


def _heading(name: str, found: Attributed) -> str:
    if name == "readout":
        return f"{TITLES[name]}, {title(found.pooler)}"
    each = found.integrated.get(name)
    # The completeness error; with all words it would not fit a telephone.
    return TITLES[name] if each is None else f"{TITLES[name]}, error {signed(each.error, 4)}"


def _colour(name: str, found: Attributed) -> str:
    return colour(found.pooler) if name == "readout" else COLOURS[name]


def _curve(name: str, curves: Curves, found: Attributed, column: int) -> go.Scatter:
    import plotly.graph_objects as go

    steps, scores = _side(curves, column)
    return go.Scatter(
        x=steps,
        y=scores,
        mode="lines",
        name=TITLES[name],
        legendgroup=name,
        showlegend=column == 1,
        line={"color": _colour(name, found), "dash": DASHES[name], "width": 2},
        hovertemplate=f"{TITLES[name]}: %{{y:.3f}} at %{{x:.0%}}<extra></extra>",
    )


def _band(found: Attributed, column: int) -> list[go.Scatter]:
    """From the least to the greatest of the random rankings, and their mean."""
    import plotly.graph_objects as go

    steps = _side(found.random[0], column)[0]
    scores = np.stack([_side(each, column)[1] for each in found.random])
    plain: dict[str, Any] = {"mode": "lines", "legendgroup": "random", "x": steps}
    return [
        go.Scatter(
            y=scores.min(axis=0), line={"width": 0}, hoverinfo="skip", showlegend=False, **plain
        ),
        go.Scatter(
            y=scores.max(axis=0),
            line={"width": 0},
            fill="tonexty",
            fillcolor=BAND,
            hoverinfo="skip",
            showlegend=False,
            **plain,
        ),
        go.Scatter(
            y=scores.mean(axis=0),
            line={"color": RANDOM, "dash": "dot", "width": 2},
            name=f"Random, mean of {len(scores)}",
            showlegend=column == 1,
            hovertemplate="Random: %{y:.3f} at %{x:.0%}<extra></extra>",
            **plain,
        ),
    ]


def _side(curves: Curves, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares and scores of one of both curves."""
    if column == 1:
        return curves.gone / curves.units, curves.deletion
    return curves.there / curves.units, curves.insertion


def _edge_name(tokens: tuple[str, ...], a: int, b: int) -> str:
    """Both ends, with their place where a token stands in the text more than once."""
    names = [
        escape(tokens[place]) + (f" ({place + 1})" if tokens.count(tokens[place]) > 1 else "")
        for place in (a, b)
    ]
    return " – ".join(names)
