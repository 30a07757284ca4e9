"""What sentence vectors, and a map of them, are worth in numbers; each says how it was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glot.projection.rows import SEED, MapRows
from glot.projection.vectors import Floats

# Beyond it silhouette and trustworthiness, which compare all pairs, are taken of a draw.
MOST = 2_000
FOLDS = 5
NEIGHBOURS = 15

TITLES = {
    "probe": "Linear probe",
    "silhouette": "Silhouette",
    "trust": "Trustworthiness",
    "anisotropy": "Anisotropy",
}
HOW = {
    "probe": f"Share of rows whose class a logistic regression on the standardised vectors "
    f"predicts, in {FOLDS}-fold cross-validation (scikit-learn, C = 1). Equal texts, and texts of "
    "one minimal pair, stay in one fold. Compare it with the largest class's share.",
    "silhouette": "Mean over the rows of (b − a) / max(a, b), where a is the mean Euclidean "
    "distance of a vector to its own class and b that to the nearest other class: 1 for classes "
    "far apart, 0 for classes on top of each other. Of the vectors, not of the map.",
    "trust": f"How far a point's {NEIGHBOURS} nearest neighbours on the map are neighbours in the "
    "vectors' own space too (Venna and Kaski, 2001): 1 when all are. Of the map that is shown.",
    "anisotropy": "Mean cosine of two different rows' vectors, over all pairs: 0 when they point "
    "everywhere, 1 when all point one way.",
}


@dataclass(frozen=True)
class Measure:
    """A number, or why there is none.

    Attributes:
        value: the number; None where it cannot be computed.
        told: on how many rows it was computed, or why it was not.
    """

    value: float | None
    told: str


@dataclass(frozen=True)
class Quality:
    """Measures of one pooler's vectors, whatever the map."""

    probe: Measure
    silhouette: Measure
    anisotropy: Measure


def quality(values: Floats, rows: MapRows) -> Quality:
    """Measure vectors (N, D) of N rows."""
    return Quality(probe_accuracy(values, rows), silhouette(values, rows), anisotropy(values))


def probe_accuracy(values: Floats, rows: MapRows) -> Measure:
    """Accuracy of a linear classifier in grouped, stratified cross-validation, from 0 to 1.

    Args:
        values: (N, D).
        rows: of them, with classes.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = _draw(len(rows))
    labels, units = np.array(rows.labels)[chosen], np.array(rows.units)[chosen]
    missing = _no_classes(rows, labels)
    if missing:
        return Measure(None, missing)
    distinct = [len(set(units[labels == label].tolist())) for label in np.unique(labels)]
    folds = min(FOLDS, *distinct)
    if folds < 2:
        return Measure(None, "a class has one text only, and cross-validation needs two")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    cut = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    try:
        guessed = cross_val_predict(model, values[chosen], labels, groups=units, cv=cut)
    except ValueError:
        # Whole groups can leave a fold's training part with one class.
        return Measure(None, "its classes cannot be shared out over folds")
    largest = np.unique(labels, return_counts=True)[1].max() / len(labels)
    told = f"{_of(rows, chosen)}, {folds} folds; the largest class has {largest:.1%}"
    return Measure(float((guessed == labels).mean()), told)


def silhouette(values: Floats, rows: MapRows) -> Measure:
    """Mean silhouette of the classes, from −1 to 1, by Euclidean distance.

    Args:
        values: (N, D).
        rows: of them, with classes.
    """
    from sklearn.metrics import silhouette_score

    chosen = _draw(len(rows))
    labels = np.array(rows.labels)[chosen]
    missing = _no_classes(rows, labels)
    if missing:
        return Measure(None, missing)
    if len(set(labels.tolist())) == len(labels):
        return Measure(None, "each class has one row only")
    return Measure(float(silhouette_score(values[chosen], labels)), _of(rows, chosen))


def anisotropy(values: Floats) -> Measure:
    """Mean cosine over all pairs of two different rows (Ethayarajh, 2019), from −1 to 1.

    Exact, though no pair is looked at: the unit vectors' sum s has s·s = N + Σ_{i≠j} cos_ij.

    Args:
        values: (N, D); vectors of zeros have no direction and are left out.
    """
    wide = values.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1)
    units = wide[norms > 0] / norms[norms > 0, None]
    n = len(units)
    if n < 2:
        return Measure(None, "it needs two vectors that are not zero")
    total = units.sum(axis=0)
    return Measure(float((total @ total - n) / (n * (n - 1))), f"all {n * (n - 1) // 2:,} pairs")


def trustworthiness(values: Floats, coordinates: Floats) -> Measure:
    """Whether neighbours on a map are neighbours among the vectors (Venna and Kaski, 2001).

    Args:
        values: (N, D).
        coordinates: (N, 2 or 3) of their map.
    """
    from sklearn.manifold import trustworthiness as trust

    chosen = _draw(len(values))
    neighbours = min(NEIGHBOURS, (len(chosen) - 1) // 2)
    if neighbours < 1:
        return Measure(None, "it needs three rows")
    value = float(trust(values[chosen], coordinates[chosen], n_neighbors=neighbours))
    drawn = "" if len(chosen) == len(values) else f" drawn from {len(values):,}"
    return Measure(value, f"{len(chosen):,} rows{drawn}, {neighbours} neighbours")


def _draw(n: int) -> npt.NDArray[np.int64]:
    """The rows that are measured, in their order."""
    if n <= MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).permutation(n)[:MOST])


def _no_classes(rows: MapRows, labels: npt.NDArray[np.float64]) -> str:
    if not rows.classes:
        return "the labels are numbers, and it needs classes"
    if len(set(labels.tolist())) < 2:
        return "all rows have one class, and it needs two"
    return ""


def _of(rows: MapRows, chosen: Sequence[int] | npt.NDArray[np.int64]) -> str:
    drawn = "" if len(chosen) == len(rows) else f" drawn from {len(rows):,}"
    return f"{len(chosen):,} rows{drawn}"
