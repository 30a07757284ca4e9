"""The stress test on one's own: phrases among more and more distractors, and a training run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glot.plots.palette import colour, title
from glot.plots.stress import CHANCE, axes_and_legend

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


def phrase_figure(shares: pd.DataFrame) -> go.Figure:
    """Share of the draws of one's own phrases that each pooler's head tells right.

    Args:
        shares: columns pooler, ratio, value, draws.

    Returns:
        As `stress_figure`.
    """
    import plotly.graph_objects as go

    ratios = sorted(set(shares["ratio"]))
    place = {ratio: float(number) for number, ratio in enumerate(ratios)}
    figure = go.Figure()
    for pooler, curve in shares.groupby("pooler", sort=False):
        name = title(str(pooler))
        figure.add_trace(
            go.Scatter(
                x=[place[ratio] for ratio in curve["ratio"]],
                y=curve["value"],
                name=name,
                mode="lines+markers",
                line={"color": colour(str(pooler)), "width": 2.5},
                marker={"size": 8},
                customdata=curve[["ratio", "draws"]],
                hovertemplate="%{customdata[0]:.0%} distractors: %{y:.0f} % of %{customdata[1]} "
                f"draws right<extra>{name}</extra>",
            )
        )
    figure.add_hline(CHANCE, line={"dash": "dot", "width": 1.5, "color": "#808080"})
    figure.update_layout(
        **axes_and_legend("Share of distractors", "Draws right, %"),
        height=360,
        yaxis_range=[-4, 104],
    )
    figure.update_xaxes(
        tickvals=list(place.values()), ticktext=[f"{ratio:.0%}" for ratio in place], showgrid=False
    )
    return figure


def run_figure(
    losses: Sequence[tuple[float, float]], scores: Sequence[tuple[float, float]], pooler: str
) -> go.Figure:
    """A training run so far: loss of every step, validation accuracy of every epoch.

    Args:
        losses: (epochs done, loss) of each step.
        scores: (epochs done, accuracy in percent) of each epoch.
        pooler: what is trained.

    Returns:
        As `stress_figure`.
    """
    import plotly.graph_objects as go

    hue = colour(pooler)
    figure = go.Figure(
        [
            go.Scatter(
                x=[at for at, _ in losses],
                y=[loss for _, loss in losses],
                name="Training loss",
                mode="lines",
                line={"color": "#808080", "width": 1.5},
                hovertemplate="epoch %{x:.2f}: loss %{y:.3f}<extra></extra>",
            ),
            go.Scatter(
                x=[at for at, _ in scores],
                y=[score for _, score in scores],
                name="Validation accuracy",
                mode="lines+markers",
                yaxis="y2",
                line={"color": hue, "width": 3},
                marker={"size": 9},
                hovertemplate="epoch %{x}: %{y:.1f} %<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        **axes_and_legend("Passes over the training texts", "Loss of a batch"), height=320
    )
    figure.update_layout(
        xaxis_rangemode="tozero",
        yaxis_rangemode="tozero",
        yaxis2={
            "title": "Validation accuracy, %",
            "overlaying": "y",
            "side": "right",
            "range": [40, 102],
            # Ticks of its own at round numbers, not where those of the loss stand.
            "tickmode": "auto",
            "showgrid": False,
        },
    )
    return figure
