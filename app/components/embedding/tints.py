"""What the points of a map are coloured by."""

from __future__ import annotations

import numpy as np

from glot.plots.embedding import UNKNOWN, Tint, error_tint
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors


def tint(rows: MapRows, vectors: Vectors, by: str) -> Tint | str:
    """The colours of a pooler's points, or why it has none of this kind.

    Args:
        rows: N rows.
        vectors: of them.
        by: a key of `app.state.map.COLOURS`.
    """
    if by == "prediction":
        return _prediction(vectors)
    if by == "error":
        return _error(rows, vectors)
    if by == "length":
        return Tint("Tokens", vectors.lengths.astype(np.float64))
    if by == "ratio":
        if not rows.ratios:
            return "only the stress test's texts have a distractor ratio"
        return Tint("Distractors", np.array(rows.ratios))
    return Tint("Label", np.array(rows.labels, dtype=np.float64), rows.classes)


def _unpredicted(vectors: Vectors) -> str:
    if vectors.trained:
        return "its head cannot predict these rows: one reads single texts, the other pairs"
    return "it has no trained head, so it predicts nothing"


def _prediction(vectors: Vectors) -> Tint | str:
    if vectors.predictions is None:
        return _unpredicted(vectors)
    return Tint("Prediction", vectors.predictions, vectors.classes)


def _error(rows: MapRows, vectors: Vectors) -> Tint | str:
    if vectors.predictions is None:
        return _unpredicted(vectors)
    labels = np.array(rows.labels, dtype=np.float64)
    if not rows.classes and not vectors.classes:
        return Tint("Distance", np.abs(vectors.predictions - labels))
    known = {name: number for number, name in enumerate(vectors.classes)}
    if not rows.classes or not set(rows.classes) <= set(known):
        given = ", ".join(rows.classes[:4]) or "numbers"
        told = ", ".join(vectors.classes[:4]) or "numbers"
        return f"the texts' labels are {given}, and its head predicts {told}"
    # A file may have the head's classes in another order.
    number = np.array([known[name] for name in rows.classes], dtype=np.float64)
    return error_tint(vectors.predictions != number[labels.astype(int)])


def unknown(rows: MapRows) -> Tint:
    """Points of no known colour."""
    return Tint("", np.full(len(rows), float(UNKNOWN)), ("not known",))
