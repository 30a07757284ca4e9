"""Curves of the pair's figure: arcs between tokens of one text, and links between two texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glot.plots.lines import Pen

Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

# Points of a curve: enough to look round.
POINTS = 15
PEN = Pen(width=(0.7, 1.6), ink=(0.3, 0.6), sparse=120)


def arcs(edges: Places, edge: float, far: float, rows: int) -> Doubles:
    """Half ellipses from token to token, the farther apart the deeper.

    Args:
        edges: (E, 2) token places.
        edge: x of the words' side that arcs begin and end on.
        far: x that the deepest arc could reach.
        rows: number of rows of the figure.

    Returns:
        (E, POINTS, 2) x and y.
    """
    angles = np.linspace(0, np.pi, POINTS)
    start, end = edges[:, :1].astype(np.float64), edges[:, 1:].astype(np.float64)
    # By the square root: short arcs stay apart from the words, and long ones from the margin.
    depth = np.sqrt(np.abs(end - start) / max(rows - 1, 1))
    x = edge + (far - edge) * 0.97 * depth * np.sin(angles)
    y = (start + end) / 2 - (end - start) / 2 * np.cos(angles)
    return np.stack([x, y], axis=2)


def links(pairs: Places, room: tuple[float, float]) -> Doubles:
    """Curves from tokens of the left text to tokens of the right one.

    Args:
        pairs: (N, 2) token places.
        room: x where they begin and where they end.

    Returns:
        (N, POINTS, 2) x and y.
    """
    along = np.linspace(0, 1, POINTS)
    # Level at both ends, so that it is seen which word a curve comes from.
    eased = along**2 * (3 - 2 * along)
    start, end = pairs[:, :1].astype(np.float64), pairs[:, 1:].astype(np.float64)
    y = start + (end - start) * eased
    x = np.broadcast_to(room[0] + (room[1] - room[0]) * along, y.shape)
    return np.stack([x, y], axis=2)
