"""Rows of bars over the same tokens: what the figures of token weights share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.plots.palette import GRID

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Share of the height between two rows of bars: room for a name.
GAP = 0.1
# Pixels: as tall as the graph beside it, and more where the rows would become too low to read.
HEIGHT, ROW = 460, 105
# More names than this cannot be read side by side; the bars tell the others on hover.
MAX_LABELS = 60


@dataclass(frozen=True)
class BarRow:
    """One row.

    Attributes:
        name: its heading.
        colour: of its bars.
        values: (L,) heights.
        low: (L,) lower ends of error bars; None for none.
        high: (L,) their upper ends.
    """

    name: str
    colour: str
    values: npt.NDArray[np.float32]
    low: npt.NDArray[np.float32] | None = None
    high: npt.NDArray[np.float32] | None = None

    @property
    def reach(self) -> npt.NDArray[np.float32]:
        """(L,) how high what is drawn reaches."""
        return self.values if self.high is None else self.high


def bar_rows(
    rows: Sequence[BarRow], tokens: Sequence[str], revision: str, own_scales: bool = False
) -> go.Figure:
    """Rows of bars, from top to bottom, aligned by token.

    Args:
        rows: at least one.
        tokens: the L token strings.
        revision: what a reader's zoom is kept for: the text.
        own_scales: each row has a scale of its own, below 0 too where its values are; else all
            share one from 0.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    names = [escape(token) for token in tokens]
    reaches = _reaches(rows, own_scales)
    height = (1 + GAP) / len(rows) - GAP
    layout: dict[str, Any] = {
        "xaxis": _token_axis(names, _labelled(reaches)),
        "annotations": [],
        "showlegend": False,
        "height": max(HEIGHT, ROW * len(rows)),
        "bargap": 0.15,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "uirevision": revision,
    }
    bars = []
    # All rows share one axis of tokens, drawn below the last.
    for number, row in enumerate(rows):
        top = 1 - number * (height + GAP)
        layout[f"yaxis{number + 1}"] = {
            "domain": [max(0.0, top - height), top],
            "range": _own_range(row) if own_scales else [0, float(reaches.max()) * 1.05],
            "nticks": 4 if own_scales else 3,
            "gridcolor": GRID,
            "zerolinecolor": GRID,
            "fixedrange": True,
        }
        layout["annotations"].append(_heading(row.name, top))
        bars.append(_bars(row, names, f"y{number + 1}"))
    layout["xaxis"]["anchor"] = f"y{len(rows)}"
    return go.Figure(bars, layout)


def _reaches(rows: Sequence[BarRow], own_scales: bool) -> npt.NDArray[np.float32]:
    """(L,) how far each token's highest bar reaches, of rows of their own scale in its unit."""
    if not own_scales:
        found: npt.NDArray[np.float32] = np.max([row.reach for row in rows], axis=0)
        return found
    sizes = np.abs(np.nan_to_num([row.values for row in rows]))
    largest = sizes.max(axis=1, keepdims=True)
    relative: npt.NDArray[np.float32] = (sizes / np.where(largest > 0, largest, 1)).max(axis=0)
    return relative


def _own_range(row: BarRow) -> list[float]:
    """From the lowest bar to the highest, 0 among them, with some room."""
    values = np.nan_to_num(row.values)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.08 * (high - low or 1.0)
    return [low - room if low < 0 else 0.0, high + room if high > 0 else room]


def _bars(row: BarRow, names: list[str], axis: str) -> go.Bar:
    import plotly.graph_objects as go

    values = "%{hovertext}: %{y:.4f}"
    if row.low is not None and row.high is not None:
        values += " (%{customdata[0]:.4f} to %{customdata[1]:.4f})"
    return go.Bar(
        x=list(range(len(names))),
        y=row.values,
        yaxis=axis,
        marker={"color": row.colour, "line": {"width": 0}},
        name=row.name,
        hovertext=names,
        hovertemplate=f"{values}<extra>{row.name}</extra>",
        **_error_bars(row),
    )


def _error_bars(row: BarRow) -> dict[str, Any]:
    """From `low` to `high`, as Plotly takes them: by their distance from the bar's end."""
    if row.low is None or row.high is None:
        return {}
    return {
        "customdata": np.stack([row.low, row.high], axis=1),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": row.high - row.values,
            "arrayminus": row.values - row.low,
            "thickness": 1,
            "width": 2,
        },
    }


def _labelled(reaches: npt.NDArray[np.float32]) -> list[int]:
    """Which tokens are named below the bars: all, or the heaviest that do not collide."""
    tokens = len(reaches)
    if tokens <= MAX_LABELS:
        return list(range(tokens))
    room = tokens / MAX_LABELS
    chosen: list[int] = []
    for place in np.argsort(-reaches, kind="stable").tolist():
        if all(abs(place - other) >= room for other in chosen):
            chosen.append(place)
    return sorted(chosen)


def _token_axis(names: list[str], places: list[int]) -> dict[str, Any]:
    """Token names below the bars, as large as their number allows."""
    many = len(places) > MAX_LABELS // 2
    return {
        "tickvals": places,
        "ticktext": [names[place] for place in places],
        "tickangle": -90 if many else -60,
        "tickfont": {"size": 9 if many else 13},
        "showgrid": False,
    }


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
