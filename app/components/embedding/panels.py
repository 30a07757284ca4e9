"""One panel for each pooler: its map, and what its vectors are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.embedding.tints import tint, unknown
from app.components.page import chart, plain, small, tell
from app.services.embedding_atlas import Asked, Atlas
from app.state import map as state
from glot.plots.palette import title
from glot.projection.maps import TITLES, FittedMap
from glot.projection.quality import HOW, Measure
from glot.projection.quality import TITLES as MEASURES
from glot.projection.rows import MapRows

if TYPE_CHECKING:
    import numpy as np

# One choice can hold as many rows; more of them would only slow the page.
MOST_CHOSEN = 20_000


@dataclass(frozen=True)
class View:
    """What is drawn.

    Attributes:
        asked: which texts.
        poolers: whose vectors, in order; there are vectors of each.
        kind: which map.
        dimensions: 2 or 3.
        colour: a key of `state.COLOURS`.
        sentence: the reader's own; "" for none.
    """

    asked: Asked
    poolers: tuple[str, ...]
    kind: str
    dimensions: int
    colour: str
    sentence: str


def panels(view: View, atlas: Atlas, places: Mapping[str, np.ndarray]) -> None:
    """Draw the panels, side by side; below each other where the window is narrow."""
    # Four are read better two by two than as four strips.
    across = 2 if len(view.poolers) in (2, 4) else len(view.poolers)
    for start in range(0, len(view.poolers), across):
        row = view.poolers[start : start + across]
        for column, pooler in zip(st.columns(across), row, strict=False):
            with column:
                _panel(view, atlas, pooler, places)
    with st.expander("How these numbers are computed", key="map_how"):
        for name, told in HOW.items():
            st.markdown(f"**{MEASURES[name]}.** {plain(told)}")


def _panel(view: View, atlas: Atlas, pooler: str, places: Mapping[str, np.ndarray]) -> None:
    from glot.plots.embedding import Placed, embedding_figure

    rows, vectors = atlas.rows, atlas.vectors[pooler]
    assert rows is not None
    fitted = atlas.map(pooler, view.kind, view.dimensions)
    if fitted is None:
        st.markdown(f"**{title(pooler)}**")
        problem = atlas.problem(pooler, view.kind, view.dimensions)
        if problem is not None:
            tell(problem)
        return
    tinted = tint(rows, vectors, view.colour)
    figure = embedding_figure(
        fitted.coordinates,
        unknown(rows) if isinstance(tinted, str) else tinted,
        _texts(rows),
        state.chosen(view.asked),
        Placed(places[pooler], view.sentence) if pooler in places else None,
        pooler,
        st.session_state["map_drag"],
    )
    # Another choice is another chart: drawn as once before, it would still hold its old lasso.
    key = f"map-{pooler}-{state.turn()}"
    flat = view.dimensions == 2
    options: dict[str, Any] = {}
    if flat:
        options = {
            "on_select": partial(_take, key, view.asked),
            "selection_mode": ("points", "box", "lasso"),
        }
    chart(figure, key, _alt(view, rows, pooler), **options)
    told = [] if not isinstance(tinted, str) else [f"No such colour: {tinted}."]
    if not vectors.trained:
        told.append("Untrained: there is no head for it.")
    _measures(view, atlas, pooler, fitted, told)


def _texts(rows: MapRows) -> tuple[str, ...]:
    from glot.plots.embedding import MOST_TEXTS

    if len(rows) > MOST_TEXTS:
        return ()
    return tuple(rows.shown(row) for row in range(len(rows))) if rows.others else rows.texts


def _alt(view: View, rows: MapRows, pooler: str) -> str:
    colour = state.COLOURS[view.colour].lower()
    return (
        f"{TITLES[view.kind]} map of {len(rows):,} texts by {title(pooler)}, coloured by {colour}. "
        "The same rows stand in the table below."
    )


def _take(key: str, asked: Asked) -> None:
    """Points were chosen in one panel: they are the rows of all."""
    points = st.session_state[key]["selection"]["points"]
    rows = {_row(point) for point in points[:MOST_CHOSEN]}
    state.choose(asked, tuple(row for row in rows if row >= 0))


def _row(point: Mapping[str, Any]) -> int:
    """The row that a chosen point tells; a lone number comes as it is or in a list."""
    told = point.get("customdata", -1)
    return int(told[0] if isinstance(told, (list, tuple)) else told)


def _measures(view: View, atlas: Atlas, pooler: str, fitted: FittedMap, told: list[str]) -> None:
    quality = atlas.quality[pooler]
    trust = atlas.trust.get((pooler, view.kind, view.dimensions), Measure(None, "not measured"))
    found = {
        "probe": quality.probe,
        "silhouette": quality.silhouette,
        "trust": trust,
        "anisotropy": quality.anisotropy,
    }
    shown = [f"{MEASURES[name]} **{number(name, each)}**" for name, each in found.items()]
    basis = [f"{MEASURES[name]}: {plain(each.told)}." for name, each in found.items()]
    if fitted.shares:
        shown.append(f"Variance drawn **{100 * sum(fitted.shares):.0f} %**")
    st.markdown(" · ".join(shown), help="  \n".join(basis))
    if told:
        small(plain(" ".join(told)))


def number(name: str, measure: Measure) -> str:
    """A measure as it is read."""
    if measure.value is None:
        return "–"
    return (
        f"{100 * measure.value:.1f} %"
        if name == "probe"
        else f"{measure.value:.2f}".replace("-", "−")
    )
