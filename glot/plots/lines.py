"""Many lines of one kind, strongest first, in a few traces of falling ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.plots.palette import EDGE

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Lines are drawn in as many strengths: one trace each.
STRENGTHS = 4


@dataclass(frozen=True)
class Pen:
    """How lines are drawn; their strength falls from 1 to 1 / `STRENGTHS`.

    Attributes:
        width: pixels of no strength, and how many full strength adds.
        ink: opacity of no strength, and how much full strength adds.
        sparse: up to so many lines are drawn in full ink.
    """

    width: tuple[float, float]
    ink: tuple[float, float]
    sparse: int

    def line(self, strength: float, lines: int) -> dict[str, Any]:
        """Plotly's settings for lines of a strength, of so many in all."""
        # Many lines on top of each other would hide what is below them and which are strong.
        share = min(1.0, (self.sparse / max(lines, 1)) ** 0.5)
        opacity = (self.ink[0] + self.ink[1] * strength) * share
        return {
            "width": self.width[0] + self.width[1] * strength,
            "color": f"rgba({EDGE}, {opacity:.3f})",
        }


def line_traces(
    curves: npt.NDArray[np.floating[Any]], pen: Pen, name: str | None = None
) -> list[go.Scatter]:
    """Curves, strongest first, in falling strength.

    Args:
        curves: (N, P, 2) x and y of each curve's points.
        pen: how they are drawn.
        name: of the traces.

    Returns:
        At most `STRENGTHS` traces, none of them empty.
    """
    import plotly.graph_objects as go

    points = curves.shape[1]
    traces = []
    for rank, part in enumerate(np.array_split(curves, STRENGTHS)):
        if not len(part):
            continue
        # A gap after each curve: one trace draws many.
        line = np.full((len(part), points + 1, 2), np.nan, dtype=np.float32)
        line[:, :points] = part
        x, y = line.reshape(-1, 2).T
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line=pen.line(1 - rank / STRENGTHS, len(curves)),
                hoverinfo="skip",
                name=name,
            )
        )
    return traces
