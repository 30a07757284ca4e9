"""Token weights π of several poolers as bars over the same tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.attributions.explanation import Explanation
from glot.plots.bar_rows import BarRow, bar_rows
from glot.plots.palette import colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go


def token_weights_figure(explanation: Explanation, tau: float, poolers: list[str]) -> go.Figure:
    """One row of bars for each pooler, on one scale, aligned by token (paper, Figure 5).

    Args:
        explanation: of one text.
        tau: a value of its grid.
        poolers: which, from top to bottom; all must have weights.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    row = explanation.row(tau)
    rows = [
        BarRow(title(pooler), colour(pooler), explanation.weights[pooler][row])
        for pooler in poolers
    ]
    return bar_rows(rows, explanation.tokens, explanation.text)
