"""The lesson's figures: token states, dilution, similarities, influence."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.plots.palette import EDGE, GRID, colour

if TYPE_CHECKING:
    import plotly.graph_objects as go

Floats = npt.NDArray[np.float32]

# Numbers of a state in one row of its picture.
ROW = 32
# Blue for negative, orange for positive: told apart by every eye. The middle is see-through, so
# that it is the page's own colour in light and dark.
SIGNED = ((0.0, "#2B83C6"), (0.5, "rgba(128, 128, 128, 0.08)"), (1.0, "#C96A1E"))
# Diameters of circles in pixels: of nothing, and of a share of 1.
SMALL, LARGE = 9, 46
# Read from the back of a room.
TEXT = 15
MARGIN = {"l": 8, "r": 8, "t": 30, "b": 8}


def states_figure(states: Floats, names: Sequence[str]) -> go.Figure:
    """Token states as pictures, on one colour scale: each number is a cell.

    Args:
        states: (N, d), one picture a row.
        names: N headings.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    # A few numbers are many times as large as the others; they would leave the rest without hue.
    reach = float(np.quantile(np.abs(states), 0.98))
    figure = go.Figure()
    layout: dict[str, Any] = {"height": 270, "margin": MARGIN, "annotations": []}
    width = 1 / len(states)
    for number, (state, name) in enumerate(zip(states, names, strict=True)):
        rows = -(-len(state) // ROW)
        cells = np.full(rows * ROW, np.nan, dtype=np.float32)
        cells[: len(state)] = state
        axis = "" if number == 0 else str(number + 1)
        figure.add_trace(_picture(cells.reshape(rows, ROW), reach, axis))
        left, right = number * width, (number + 1) * width
        hidden = {"visible": False, "fixedrange": True}
        layout[f"xaxis{axis}"] = {**hidden, "domain": [left + 0.01, right - 0.01]}
        layout[f"yaxis{axis}"] = {**hidden, "autorange": "reversed", "anchor": f"x{axis}"}
        layout["annotations"].append(_heading(escape(name), (left + right) / 2))
    return figure.update_layout(layout)


def dilution_figure(
    distractors: Sequence[int], shares: Sequence[float], distances: Sequence[float], at: int
) -> go.Figure:
    """What is left of a phrase in the mean, and of the difference that it makes.

    Args:
        distractors: (R,) numbers of words around the phrase.
        shares: (R,) the phrase's share of the mean, in percent.
        distances: (R,) distance of two means, in percent of the first.
        at: which of the R is marked.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    rows = (
        ("Share of the phrase", shares, colour("mean"), "solid"),
        ("Distance between the means", distances, colour("max"), "dash"),
    )
    for name, values, hue, dash in rows:
        sizes = [15 if place == at else 7 for place in range(len(values))]
        figure.add_trace(
            go.Scatter(
                x=list(distractors),
                y=list(values),
                name=name,
                mode="lines+markers",
                line={"color": hue, "dash": dash, "width": 3},
                marker={"size": sizes, "color": hue},
                hovertemplate=f"%{{x}} distractors: %{{y:.0f}} %<extra>{name}</extra>",
            )
        )
    figure.update_layout(_plain(330, "Distractors", "Percent"))
    return figure.update_layout(
        yaxis={"range": [0, 106]},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": TEXT},
        },
    )


def similarity_figure(tokens: Sequence[str], similarities: Floats, tau: float) -> go.Figure:
    """Similarity of one token to the others, with a line at τ.

    Args:
        tokens: (N,) the other tokens.
        similarities: (N,) to each of them.
        tau: where the line is.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    above = np.asarray(similarities) > np.float32(tau)
    figure = go.Figure(
        go.Bar(
            x=list(range(len(tokens))),
            y=similarities,
            marker={"color": [colour("glot") if high else f"rgba({EDGE}, 0.55)" for high in above]},
            hovertext=[escape(token) for token in tokens],
            hovertemplate="%{hovertext}: %{y:.2f}<extra></extra>",
        )
    )
    figure.update_layout(_plain(330, "", "Similarity"))
    figure.add_hline(y=tau, line={"dash": "dot", "width": 2, "color": f"rgb({EDGE})"})
    return figure.update_layout(
        xaxis={
            "tickvals": list(range(len(tokens))),
            "ticktext": [escape(token) for token in tokens],
            "tickangle": -60,
        },
        yaxis={"range": [min(0.0, float(np.min(similarities))), 1.02]},
        bargap=0.15,
    )


def influence_figure(
    tokens: Sequence[str], positions: Floats, edges: npt.NDArray[np.int64], shares: Floats, of: int
) -> go.Figure:
    """The token graph, with circles as large as each token's share in one token's vector.

    Args:
        tokens: the L token strings.
        positions: (L, 2) their places.
        edges: (E, 2) the graph's.
        shares: (L,) from 0 to 1; tokens without any have an empty circle.
        of: the token whose vector it is.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    line = np.full((len(edges), 3, 2), np.nan)
    line[:, :2] = positions[edges]
    x, y = line.reshape(-1, 2).T
    names = [escape(token) for token in tokens]
    reached = np.asarray(shares) > 0
    hue = colour("glot")
    nodes = go.Scatter(
        x=positions[:, 0],
        y=positions[:, 1],
        mode="markers+text",
        text=[f"<b>{name}</b>" if place == of else name for place, name in enumerate(names)],
        textposition="top center",
        textfont={"size": TEXT},
        marker={
            # Area, not diameter, is in proportion to the share.
            "size": SMALL + (LARGE - SMALL) * np.sqrt(shares),
            "color": hue,
            "opacity": 0.9,
            "symbol": np.where(reached, "circle", "circle-open").tolist(),
            "line": {"width": [4 if place == of else 1.5 for place in range(len(tokens))]},
        },
        hovertext=[f"{name}: {share:.1%}" for name, share in zip(names, shares, strict=True)],
        hoverinfo="text",
    )
    lines = go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 1.2, "color": f"rgba({EDGE}, 0.6)"},
        hoverinfo="skip",
    )
    hidden = {"visible": False, "fixedrange": True}
    # Room for the names of the outermost tokens.
    reach = [1.25 * float(positions.min()), 1.25 * float(positions.max())]
    return go.Figure([lines, nodes]).update_layout(
        xaxis={**hidden, "range": reach},
        yaxis={**hidden, "range": reach},
        showlegend=False,
        height=440,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )


def _picture(cells: Floats, reach: float, axis: str) -> go.Heatmap:
    import plotly.graph_objects as go

    return go.Heatmap(
        z=cells,
        zmin=-reach,
        zmax=reach,
        colorscale=[list(stop) for stop in SIGNED],
        showscale=False,
        xgap=1,
        ygap=1,
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
        hovertemplate="%{z:.2f}<extra></extra>",
    )


def _heading(text: str, x: float) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": TEXT},
    }


def _plain(height: int, x: str, y: str) -> dict[str, Any]:
    """What figures with two axes share."""
    return {
        f"{name}axis": {
            "title": {"text": title, "font": {"size": TEXT}},
            "tickfont": {"size": TEXT},
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
        }
        for name, title in (("x", x), ("y", y))
    } | {
        "height": height,
        "margin": MARGIN,
    }
