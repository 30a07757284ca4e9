"""A user's own labels and what a head makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import product
from typing import TYPE_CHECKING

from glot.plots.palette import GRID, colour

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import plotly.graph_objects as go

# Beyond them a bar or a row has no room for its name.
MOST = 40
# Beyond them the cells have no room for their numbers.
NUMBERED = 20
# Characters of a class's name.
NAME = 24
BLUE = "#2B83C6"


def counts_figure(counts: Sequence[tuple[str, int]]) -> go.Figure:
    """Rows of each class, the largest on top.

    Args:
        counts: (class, rows), the largest first; those beyond `MOST` are left out.
    """
    import plotly.graph_objects as go

    shown = counts[:MOST]
    figure = go.Figure(
        go.Bar(
            x=[count for _, count in shown],
            y=list(range(len(shown))),
            orientation="h",
            marker_color=BLUE,
            text=[f"{count:,}" for _, count in shown],
            textposition="auto",
            textangle=0,
            hovertext=[f"{escape(name)}: {count:,} rows" for name, count in shown],
            hoverinfo="text",
        )
    )
    figure.update_layout(
        height=90 + 24 * len(shown),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
        bargap=0.25,
    )
    figure.update_xaxes(title="Rows", gridcolor=GRID, rangemode="tozero")
    names = [_short(name) for name, _ in shown]
    figure.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=names, autorange="reversed", showgrid=False
    )
    return figure


def confusion_figure(classes: Sequence[str], counts: npt.NDArray[np.int64]) -> go.Figure:
    """Rows by label (down) and predicted class (across), each cell with its number.

    Args:
        classes: C names; those beyond `MOST` are left out.
        counts: (C, C).
    """
    import plotly.graph_objects as go

    shown = min(len(classes), MOST)
    cells = counts[:shown, :shown]
    names = [_short(name) for name in classes[:shown]]
    places = list(range(shown))
    of_label = cells / counts.sum(axis=1).clip(min=1)[:shown, None]
    figure = go.Figure(
        go.Heatmap(
            z=of_label,
            x=places,
            y=places,
            zmin=0,
            zmax=1,
            # From clear to blue: the page's own background shows through, light or dark.
            colorscale=[[0, "rgba(43, 131, 198, 0.04)"], [1, "rgba(43, 131, 198, 0.55)"]],
            text=cells,
            customdata=[[(names[i], names[j]) for j in places] for i in places],
            hovertemplate="%{customdata[0]} told %{customdata[1]}: %{text} rows, "
            "%{z:.0%} of the label<extra></extra>",
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_layout(
        height=160 + 34 * shown,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
    )
    # Not the heatmap's own texts: it would choose their colour for an opaque cell.
    for row, column in product(places, places) if shown <= NUMBERED else ():
        figure.add_annotation(x=column, y=row, text=f"{cells[row, column]:,}", showarrow=False)
    ticks = {"tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False}
    figure.update_xaxes(title="Predicted", side="top", **ticks)
    figure.update_yaxes(title="Label", autorange="reversed", **ticks)
    return figure


def numbers_figure(
    labels: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64], pooler: str
) -> go.Figure:
    """Predicted numbers against labels, with the line on which they are equal.

    Args:
        labels: (N,).
        predicted: (N,).
        pooler: whose head predicts.
    """
    import plotly.graph_objects as go

    ends = [float(min(labels.min(), predicted.min())), float(max(labels.max(), predicted.max()))]
    figure = go.Figure(
        [
            go.Scatter(
                x=ends,
                y=ends,
                mode="lines",
                line={"color": "#808080", "dash": "dot", "width": 1.5},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=labels,
                y=predicted,
                mode="markers",
                marker={"color": colour(pooler), "size": 8, "opacity": 0.7},
                hovertemplate="label %{x:.4g}, predicted %{y:.4g}<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        height=380,
        showlegend=False,
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(title="Label", gridcolor=GRID)
    figure.update_yaxes(title="Predicted", gridcolor=GRID)
    return figure


def _short(name: str) -> str:
    """A class's name with room beside a bar; plotly would read its angle brackets as markup."""
    return escape(name if len(name) <= NAME else name[: NAME - 1] + "…")
