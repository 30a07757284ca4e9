"""Two texts beside each other: their token graphs as arcs, and the strongest links between them.

Each token is a row: the first text's words stand on the left, the second's on the right. Arcs on
the outside are the edges of each text's own graph, lines in the middle are similarities between
the texts, and the bar under each word is its token weight π.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from glot.attributions.explanation import Explanation
from glot.attributions.pair import PairExplanation
from glot.plots.lines import line_traces
from glot.plots.pair_lines import PEN, arcs, links
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Where the words stand, from 0 to 1: the inner half is for links, the outer rooms for arcs.
WORDS = ((0.17, 0.38), (0.62, 0.83))
# Pixels: a row that can be read, the room around all rows, and the tallest figure.
ROW, ROOM, TALLEST = 25, 44, 1500
# Pixels that a word takes.
LINE = 16
# Share of a row's height that its box takes.
BOX = 0.74
# Characters of a token that its box has room for; hovering shows all of it.
MAX_CHARACTERS = 12
# Of the strongest lines only so many are drawn: browsers draw about 8,000 in a second.
MAX_EDGES, MAX_LINKS = 1000, 300


def pair_graph_figure(pair: PairExplanation, tau: float, above: float, size_by: str) -> go.Figure:
    """Both token graphs at one τ and the links between the texts.

    Args:
        pair: two texts.
        tau: a value of its grid.
        above: similarity that a link between the texts exceeds.
        size_by: the pooler whose token weights the bars show, longest where π is largest in
            either text.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    rows = max(len(text.tokens) for text in pair.texts)
    row = pair.first.row(tau)
    heaviest = max(float(text.weights[size_by][row].max()) for text in pair.texts)
    figure = go.Figure()
    drawn = pair.links(above)[:MAX_LINKS]
    figure.add_traces(line_traces(links(drawn, (WORDS[0][1], WORDS[1][0])), PEN, "links"))
    for number, text in enumerate(pair.texts):
        # Arcs lean outwards: to the left of the left words, to the right of the right ones.
        edge, far = (WORDS[0][0], 0.0) if number == 0 else (WORDS[1][1], 1.0)
        lines = arcs(text.edges(tau)[:MAX_EDGES], edge, far, rows)
        figure.add_traces(line_traces(lines, PEN, f"graph {number + 1}"))
        figure.add_traces(_boxes(pair, number, tau, size_by, heaviest))
    height = min(TALLEST, ROW * rows + ROOM)
    every = -(-rows * LINE // (height - ROOM))
    if every > 1:
        # Frames of low rows would hide the words.
        figure.update_traces(marker_line_width=0, selector={"hoverinfo": "text"})
    for number, text in enumerate(pair.texts):
        figure.add_trace(_words(text, WORDS[number], every))
    figure.update_layout(_layout(pair, rows, height))
    return figure


def _layout(pair: PairExplanation, rows: int, height: int) -> dict[str, Any]:
    hidden = {"visible": False}
    return {
        "xaxis": {**hidden, "range": [0, 1], "fixedrange": True},
        "yaxis": {**hidden, "range": [rows - 0.4, -0.6]},
        "annotations": [
            _heading("First text", WORDS[0]),
            _heading("Second text", WORDS[1]),
        ],
        "showlegend": False,
        "height": height,
        "barmode": "overlay",
        "bargap": 1 - BOX,
        "margin": {"l": 4, "r": 4, "t": 34, "b": 10},
        "hovermode": "closest",
        # Zoom and pan survive a new τ.
        "uirevision": f"{pair.first.text}\n{pair.second.text}",
    }


def _boxes(
    pair: PairExplanation, number: int, tau: float, size_by: str, heaviest: float
) -> list[go.Bar]:
    """A frame around each word, and a bar in it, from its outer end inwards."""
    import plotly.graph_objects as go

    text, (left, right) = pair.texts[number], WORDS[number]
    weights = text.weights[size_by][text.row(tau)] / heaviest
    width = right - left
    places = list(range(len(text.tokens)))
    common = {"y": places, "orientation": "h", "name": f"text {number + 1}"}
    bars = go.Bar(
        x=(weights * width) if number == 0 else -(weights * width),
        base=left if number == 0 else right,
        marker={"color": colour(size_by), "opacity": 0.42, "line": {"width": 0}},
        hoverinfo="skip",
        **common,
    )
    frames = go.Bar(
        x=[width] * len(places),
        base=left,
        marker={"color": "rgba(0, 0, 0, 0)", "line": {"width": 1, "color": GRID}},
        hovertext=_told(pair, number, tau),
        hoverinfo="text",
        **common,
    )
    return [bars, frames]


def _told(pair: PairExplanation, number: int, tau: float) -> list[str]:
    """What hovering over each token tells."""
    text, other = pair.texts[number], pair.texts[1 - number]
    across = pair.cross if number == 0 else pair.cross.T
    nearest = across.argmax(axis=1)
    degree = np.bincount(text.edges(tau).ravel(), minlength=len(text.tokens))
    row = text.row(tau)
    return [
        "<br>".join(
            [
                f"<b>{escape(token)}</b> (token {i + 1})",
                f"{degree[i]} edges",
                f"nearest in the other text: {escape(other.tokens[nearest[i]])} "
                f"({across[i, nearest[i]]:.2f})",
                *(f"π {title(name)}: {text.weights[name][row, i]:.4f}" for name in pair.weighted),
            ]
        )
        for i, token in enumerate(text.tokens)
    ]


def _words(text: Explanation, room: tuple[float, float], every: int) -> go.Scatter:
    """The words, or where the rows are too low for all of them, one in so many."""
    import plotly.graph_objects as go

    places = list(range(0, len(text.tokens), every))
    return go.Scatter(
        x=[sum(room) / 2] * len(places),
        y=places,
        mode="text",
        text=[shortened(text.tokens[i]) for i in places],
        textfont={"size": 13},
        hoverinfo="skip",
        name="words",
    )


def shortened(token: str) -> str:
    """A token for a box or an axis: cut, and without markup."""
    cut = token if len(token) <= MAX_CHARACTERS else f"{token[: MAX_CHARACTERS - 1]}…"
    return escape(cut)


def _heading(text: str, room: tuple[float, float]) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "x": sum(room) / 2,
        "y": 1,
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
    }


def drawn_links(links: int) -> int:
    """How many of so many links the figure draws: the strongest."""
    return min(links, MAX_LINKS)


def drawn_edges(edges: int) -> int:
    """How many of so many edges of a text the figure draws: the strongest."""
    return min(edges, MAX_EDGES)
