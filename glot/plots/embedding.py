"""A map of sentence vectors as points, in the plane or in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glot.errors import GlotError
from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import plotly.graph_objects as go

# SVG is drawn at once and exports as lines; browsers pan so many points of it, and no more.
MOST_SVG = 2_000
# Beyond it texts would be most of what the browser is sent: points tell their row's number.
MOST_TEXTS = 2_000
# Characters of a text shown beside its point, and on one line of it.
SHOWN, LINE = 240, 60
HEIGHT = 360
# Rows that no tint is known of.
UNKNOWN = -1
# Colour-blind-safe, 3:1 or more on the light and the dark page.
HUES = ("#2B83C6", "#C96A1E", "#009E73", "#A06FC4", "#B8860B", "#C2649A", "#808080")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
SYMBOLS_3D = ("circle", "diamond", "square", "cross", "circle-open", "diamond-open")
GREY, RIGHT, WRONG, STAR = "#808080", "#6E8FA8", "#D1495B", "#E5383B"
# Between two hues that stand out on both pages.
SCALE = ((0.0, "#2B83C6"), (0.5, "#A06FC4"), (1.0, "#E07A1F"))


@dataclass(frozen=True, eq=False)
class Tint:
    """What points are coloured by.

    Attributes:
        title: for people.
        values: (N,) class numbers, `UNKNOWN` among them, or numbers.
        names: of the classes; empty: `values` are numbers on a scale.
        hues: one for each class; empty: those of the figure, with a symbol for each class.
    """

    title: str
    values: npt.NDArray[np.float64]
    names: tuple[str, ...] = ()
    hues: tuple[str, ...] = ()

    def span(self) -> tuple[float, float]:
        """The scale's ends: the least and the largest number, or two that differ."""
        known = self.values[np.isfinite(self.values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        return low, high if high > low else low + 1


@dataclass(frozen=True, eq=False)
class Placed:
    """A sentence of the reader's own on the map: its place (2 or 3 numbers) and its text."""

    place: npt.NDArray[np.float32]
    text: str


def error_tint(wrong: npt.NDArray[np.bool_]) -> Tint:
    """Right and wrong predictions, (N,) true where wrong."""
    return Tint("Error", wrong.astype(np.float64), ("right", "wrong"), (RIGHT, WRONG))


def embedding_figure(
    coordinates: npt.NDArray[np.float32],
    tint: Tint,
    texts: Sequence[str] = (),
    chosen: Sequence[int] = (),
    placed: Placed | None = None,
    pooler: str = "",
    drag: str = "pan",
) -> go.Figure:
    """Points of a map; each knows its row's number as `customdata`.

    Args:
        coordinates: (N, 2) or (N, 3), finite.
        tint: of N rows.
        texts: N texts to show on hover; with more than `MOST_TEXTS` of them, or none, points tell
            their row's number alone.
        chosen: rows that stand out; the others fade. Empty: none does.
        placed: a sentence beside the rows, drawn as a star.
        pooler: whose vectors they are, for the heading.
        drag: what a drag does in the plane: `pan`, `lasso` or `select` (a box).

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.

    Raises:
        GlotError: coordinates that are no map, or a tint of another number of rows.
    """
    import plotly.graph_objects as go

    _check(coordinates, tint)
    shown = texts if len(coordinates) <= MOST_TEXTS else ()
    marked = np.zeros(len(coordinates), bool)
    marked[list(chosen)] = True
    figure = go.Figure()
    for rows, look in _groups(tint, coordinates.shape[1] == 3):
        parts = _parts(rows, marked, coordinates.shape[1] == 3)
        for part in parts:
            trace = _points(coordinates, part, look, shown, marked)
            # One entry a class: that of the rows which stand out, where there are any.
            figure.add_trace(trace.update(showlegend=bool(tint.names) and part is parts[-1]))
    if placed is not None:
        figure.add_trace(_star(placed))
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 34 if pooler else 8, "b": 8},
        legend={
            "orientation": "h",
            "y": -0.02,
            "yanchor": "top",
            "x": 0,
            "itemsizing": "constant",
            "font": {"size": 13},
        },
        hovermode="closest",
        dragmode="orbit" if coordinates.shape[1] == 3 else drag,
        **_heading(pooler),
        **_axes(coordinates.shape[1]),
    )
    return figure


def _check(coordinates: npt.NDArray[np.float32], tint: Tint) -> None:
    if coordinates.ndim != 2 or coordinates.shape[1] not in (2, 3):
        raise GlotError(f"Coordinates {coordinates.shape}.", "Accepted: (N, 2) or (N, 3).")
    if len(tint.values) != len(coordinates):
        raise GlotError(
            f"{len(coordinates):,} points with {len(tint.values):,} colours.", "One each."
        )
    if not np.isfinite(coordinates).all():
        raise GlotError("Coordinates that are NaN or infinite.", "Accepted: finite ones.")


@dataclass(frozen=True)
class _Look:
    name: str
    marker: dict[str, Any]
    # Numbers of the points; None where all have one colour.
    numbers: npt.NDArray[np.float64] | None = None


def _groups(tint: Tint, space: bool) -> list[tuple[npt.NDArray[np.intp], _Look]]:
    """Rows that share a look: those of a class, or all where numbers tint them."""
    if not tint.names:
        low, high = tint.span()
        marker = {
            "colorscale": [list(stop) for stop in SCALE],
            "cmin": low,
            "cmax": high,
            "colorbar": {"title": {"text": tint.title}, "thickness": 10, "len": 0.9},
            "showscale": True,
        }
        return [(np.arange(len(tint.values)), _Look(tint.title, marker, tint.values))]
    found = []
    for number, (name, hue, symbol) in enumerate(class_looks(tint, space)):
        found.append(
            (
                np.flatnonzero(tint.values == number),
                _Look(escape(name[:40]), {"color": hue, "symbol": symbol}),
            )
        )
    unknown = _Look("not known", {"color": GREY, "symbol": "circle"})
    found.append((np.flatnonzero(tint.values == UNKNOWN), unknown))
    return [(rows, look) for rows, look in found if len(rows)]


def class_looks(tint: Tint, space: bool = False) -> list[tuple[str, str, str]]:
    """Name, hue and symbol of each class.

    Args:
        tint: with classes.
        space: for plotly's figures in three dimensions, which know other symbols.
    """
    symbols = SYMBOLS_3D if space else SYMBOLS
    hues = tint.hues or HUES
    # Shapes of many points are too small to be told apart, and cost time when they move.
    plain = bool(tint.hues) or len(tint.values) > MOST_SVG
    return [
        (name, hues[number % len(hues)], "circle" if plain else symbols[number % len(symbols)])
        for number, name in enumerate(tint.names)
    ]


def _parts(
    rows: npt.NDArray[np.intp], marked: npt.NDArray[np.bool_], space: bool
) -> list[npt.NDArray[np.intp]]:
    """In space opacity belongs to a whole trace, so the chosen rows have one of their own."""
    if not space or not marked.any():
        return [rows]
    return [part for part in (rows[~marked[rows]], rows[marked[rows]]) if len(part)]


def _points(
    coordinates: npt.NDArray[np.float32],
    rows: npt.NDArray[np.intp],
    look: _Look,
    texts: Sequence[str],
    marked: npt.NDArray[np.bool_],
) -> Any:
    import plotly.graph_objects as go

    n, space = len(coordinates), coordinates.shape[1] == 3
    size = point_size(n) * (0.6 if space else 1)
    marker = {"size": size, "opacity": 0.8, **look.marker}
    if look.numbers is not None:
        marker["color"] = look.numbers[rows].astype(np.float32)
    told: dict[str, Any] = {
        "name": look.name,
        "customdata": rows.astype(np.int32),
        "hovertemplate": "row %{customdata}<extra>" + look.name + "</extra>",
        "mode": "markers",
        "marker": marker,
        "legendgroup": look.name,
    }
    if texts:
        told["text"] = [wrapped(texts[row]) for row in rows]
        told["hovertemplate"] = "%{text}<extra>" + look.name + "</extra>"
    places = coordinates[rows].T
    if space:
        marker["opacity"] = 0.85 if not marked.any() or marked[rows].all() else 0.12
        return go.Scatter3d(x=places[0], y=places[1], z=places[2], **told)
    if marked.any():
        told["selectedpoints"] = np.flatnonzero(marked[rows]).tolist()
    told["selected"] = {"marker": {"opacity": 1.0}}
    told["unselected"] = {"marker": {"opacity": 0.12}}
    kind = go.Scatter if n <= MOST_SVG else go.Scattergl
    return kind(x=places[0], y=places[1], **told)


def _star(placed: Placed) -> Any:
    import plotly.graph_objects as go

    told: dict[str, Any] = {
        "mode": "markers",
        "name": "your sentence",
        "text": [wrapped(placed.text)],
        "hovertemplate": "%{text}<extra>your sentence</extra>",
        # No row of the table.
        "customdata": np.array([UNKNOWN], np.int32),
    }
    line = {"width": 1.5, "color": "#FFFFFF"}
    if len(placed.place) == 3:
        x, y, z = placed.place[:, None]
        marker = {"symbol": "diamond", "size": 9, "color": STAR, "line": line}
        return go.Scatter3d(x=x, y=y, z=z, marker=marker, **told)
    x, y = placed.place[:, None]
    marker = {"symbol": "star", "size": 18, "color": STAR, "line": line}
    # It stays whatever is chosen among the rows.
    faded = {"marker": {"opacity": 1.0}}
    return go.Scatter(x=x, y=y, marker=marker, unselected=faded, **told)


def _heading(pooler: str) -> dict[str, Any]:
    if not pooler:
        return {}
    text = f'<span style="color:{colour(pooler)}">●</span> {title(pooler)}'
    return {"title": {"text": text, "x": 0.01, "y": 0.985, "yanchor": "top", "font": {"size": 15}}}


def _axes(dimensions: int) -> dict[str, Any]:
    # Numbers along the axes mean nothing: a map is neighbours and directions.
    plain: dict[str, Any] = {"showticklabels": False, "showgrid": False, "zeroline": False}
    if dimensions == 2:
        return {"xaxis": plain, "yaxis": plain}
    walls = {
        **plain,
        "title": {"text": ""},
        "showgrid": True,
        "gridcolor": GRID,
        "showbackground": False,
        "showspikes": False,
    }
    axes = {f"{axis}axis": walls for axis in "xyz"}
    near = {"eye": {"x": 1.1, "y": 1.1, "z": 0.7}}
    return {"scene": {**axes, "aspectmode": "cube", "camera": near}}


def point_size(n: int) -> float:
    """Diameter of a point among n, in pixels: many need room."""
    return 8 if n <= 500 else 6 if n <= 2_000 else 4 if n <= 20_000 else 2.5


def wrapped(text: str) -> str:
    """A text's beginning on short lines, as plotly shows it: no markup of its own."""
    words = " ".join(text.split())
    cut = words if len(words) <= SHOWN else f"{words[:SHOWN]} …"
    lines, line = [], ""
    for word in cut.split():
        if line and len(line) + len(word) >= LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return "<br>".join(escape(part) for part in (*lines, line))
