"""Token weights π of several poolers as bars over the same tokens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from glot.attributions.explanation import Explanation
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go


def token_weights_figure(explanation: Explanation, tau: float, poolers: list[str]) -> go.Figure:
    """One row of bars for each pooler, on one scale, aligned by token (paper, Figure 5).

    Args:
        explanation: of one text.
        tau: a value of its grid.
        poolers: which, from top to bottom; all must have weights.
    """
    from plotly.subplots import make_subplots

    row = explanation.row(tau)
    names = [escape(token) for token in explanation.tokens]
    places = list(range(len(names)))
    highest = max(float(explanation.weights[pooler][row].max()) for pooler in poolers)
    figure = make_subplots(
        rows=len(poolers),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.11,
        subplot_titles=[title(pooler) for pooler in poolers],
    )
    for number, pooler in enumerate(poolers, start=1):
        figure.add_bar(
            x=places,
            y=explanation.weights[pooler][row],
            marker={"color": colour(pooler), "line": {"width": 0}},
            name=title(pooler),
            hovertext=names,
            hovertemplate="%{hovertext}: %{y:.4f}<extra>" + title(pooler) + "</extra>",
            row=number,
            col=1,
        )
    figure.update_yaxes(range=[0, highest * 1.05], nticks=3, gridcolor=GRID, fixedrange=True)
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-60, showgrid=False)
    if len(names) > 150:
        # Names would be smaller than a pixel; hover tells them.
        figure.update_xaxes(showticklabels=False)
    elif len(names) > 40:
        figure.update_xaxes(tickfont={"size": 8}, tickangle=-90)
    for heading in figure.layout.annotations:
        heading.update(x=0, xanchor="left", font_size=13)
    figure.update_layout(
        showlegend=False,
        height=460,
        bargap=0.15,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        uirevision=explanation.text,
    )
    return figure
