"""Numbers of two texts: similarities between them, token weights of both, predictions over τ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from glot.attributions.pair import PairExplanation
from glot.plots.pair import shortened
from glot.plots.palette import EDGE, GRID, colour, title
from glot.plots.token_weights import token_weights_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Pixels: a cell that a number can stand in, the room for the words, and the tallest heat map.
CELL, ROOM, TALLEST = 28, 130, 900
# Up to so many tokens on both axes cells hold their numbers, and all words are named.
FEW, MAX_NAMES = 16, 60
DASHES = ("solid", "dot", "dash", "dashdot")


def cross_similarity_figure(pair: PairExplanation) -> go.Figure:
    """Heat map of the similarities of every token of the one text with every one of the other.

    Args:
        pair: two texts.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    rows, columns = pair.cross.shape
    names = [[escape(token) for token in text.tokens] for text in pair.texts]
    few = max(rows, columns) <= FEW
    heat = go.Heatmap(
        z=pair.cross.astype(np.float32),
        zmin=min(0.0, float(pair.cross.min())),
        zmax=1,
        # Blue to yellow, even in lightness, told apart by colour-blind readers too.
        colorscale="Cividis",
        colorbar={"title": {"text": pair.first.similarity, "side": "right"}, "thickness": 12},
        xgap=1 if few else 0,
        ygap=1 if few else 0,
        texttemplate="%{z:.2f}" if few else None,
        customdata=np.array([[f"{a} and {b}" for b in names[1]] for a in names[0]])
        if rows * columns <= MAX_NAMES**2
        else None,
        hovertemplate="%{customdata}: %{z:.3f}<extra></extra>"
        if rows * columns <= MAX_NAMES**2
        else "token %{y} and token %{x}: %{z:.3f}<extra></extra>",
    )
    figure = go.Figure(heat)
    figure.update_layout(
        xaxis={**_named(pair.second.tokens), "tickangle": -60, "title": "Second text"},
        yaxis={**_named(pair.first.tokens), "autorange": "reversed", "title": "First text"},
        height=min(TALLEST, CELL * rows + ROOM),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    return figure


def _named(tokens: Sequence[str]) -> dict[str, Any]:
    """Words along an axis: all of them, or one in so many."""
    places = range(0, len(tokens), -(-len(tokens) // MAX_NAMES))
    return {
        "tickvals": list(places),
        "ticktext": [shortened(tokens[i]) for i in places],
        "showgrid": False,
        "zeroline": False,
    }


def pair_weights_figures(
    pair: PairExplanation, tau: float, poolers: list[str]
) -> tuple[go.Figure, go.Figure]:
    """Token weights of the first and of the second text, on one scale.

    Args:
        pair: two texts.
        tau: a value of its grid.
        poolers: which, from top to bottom; all must have weights.

    Returns:
        Two figures without fixed colours for text and background.
    """
    row = pair.first.row(tau)
    highest = max(float(text.weights[name][row].max()) for text in pair.texts for name in poolers)
    first, second = (token_weights_figure(text, tau, poolers) for text in pair.texts)
    for figure in (first, second):
        figure.update_yaxes(range=[0, 1.05 * highest])
    return first, second


def pair_predictions_figure(pair: PairExplanation, tau: float, poolers: list[str]) -> go.Figure:
    """What each head tells of the pair at every τ, with τ and the training τ marked.

    Of two classes the second's probability is drawn; of more, that of the class which is
    likeliest on average.

    Args:
        pair: two texts.
        tau: a value of its grid.
        poolers: which; those without a head are left out.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    shown = [name for name in poolers if name in pair.cosines]
    for number, name in enumerate(shown):
        figure.add_scatter(
            x=pair.taus,
            y=_curve(pair, name, shown),
            mode="lines",
            name=title(name),
            line={"color": colour(name), "width": 2.5, "dash": DASHES[number % len(DASHES)]},
            hovertemplate="τ %{x:.2f}: %{y:.3f}<extra>" + title(name) + "</extra>",
        )
    figure.add_vline(tau, line={"width": 1.5, "color": f"rgb({EDGE})"})
    if pair.first.training_tau is not None:
        mark = {"width": 1, "dash": "dot", "color": f"rgb({EDGE})"}
        figure.add_vline(pair.first.training_tau, line=mark)
    figure.update_layout(
        xaxis={"title": "τ", "range": [0, 1], "gridcolor": GRID},
        yaxis={
            "title": prediction_axis(pair, shown),
            "range": _range(pair),
            "gridcolor": GRID,
            "zeroline": False,
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        height=280,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    return figure


def prediction_axis(pair: PairExplanation, poolers: Sequence[str]) -> str:
    """What the curves of predictions measure."""
    if pair.probabilities:
        return f"P({escape(pair.labels[_label(pair, poolers)])})"
    return "predicted number"


def _label(pair: PairExplanation, poolers: Sequence[str]) -> int:
    if len(pair.labels) == 2 or not poolers:
        return len(pair.labels) - 1
    return int(np.mean([pair.probabilities[name] for name in poolers], axis=(0, 1)).argmax())


def _curve(pair: PairExplanation, name: str, shown: Sequence[str]) -> np.ndarray:
    if name in pair.values:
        return pair.values[name]
    return pair.probabilities[name][:, _label(pair, shown)]


def _range(pair: PairExplanation) -> list[float] | None:
    """From end to end of what can be told, so that a small change looks small."""
    if pair.probabilities:
        return [0.0, 1.0]
    if pair.scale is None:
        return None
    room = 0.03 * (pair.scale[1] - pair.scale[0])
    low = min([pair.scale[0], *(float(table.min()) for table in pair.values.values())])
    return [low - room, pair.scale[1] + room]
