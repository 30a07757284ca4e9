"""What the browser is sent for the map: places, colours, and what is said beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.components.embedding.tints import tint, unknown
from app.services.embedding_atlas import Asked, Atlas
from app.state import map as state
from glot.plots.palette import colour, title
from glot.projection.maps import TITLES
from glot.projection.quality import TITLES as MEASURES
from glot.projection.quality import Measure

if TYPE_CHECKING:
    import numpy as np

    from glot.projection.maps import FittedMap

VERSION = 1
# Characters of all texts that are sent along, and of one of them. Where less than the least is
# left for each, a point tells its row's number alone.
ALL_SHOWN, SHOWN, LEAST_SHOWN = 2_000_000, 240, 40


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


def payload(
    view: View,
    atlas: Atlas,
    places: Mapping[str, np.ndarray],
    choice: tuple[int, ...] = (),
    turn: int = 0,
    drag: str = "pan",
    heard: int = 0,
) -> dict[str, Any]:
    """The component's data: words in one JSON text, numbers in arrays of their own.

    Every colour is sent: changing it asks nobody.

    Args:
        view: what is drawn.
        atlas: rows, vectors and maps of its texts.
        places: where the reader's sentence stands on each pooler's map.
        choice: rows that stand out; none: all look alike.
        turn: how often the choice has changed.
        drag: a key of `state.DRAGS`.
        heard: number of the component's last report on colour and drag.

    Returns:
        `meta`, JSON; `chosen`, the rows of the choice; for each pooler with a map `places_NAME`
        (N · dimensions,), point by point; `values_DIGEST` (N,), class numbers or numbers, which
        the tints name.
    """
    import numpy as np

    from glot.plots.embedding import GREY, SCALE, STAR, point_size

    rows = atlas.rows
    assert rows is not None
    arrays = {"chosen": np.array(choice, np.float32)}
    panels = []
    for pooler in view.poolers:
        fitted = atlas.map(pooler, view.kind, view.dimensions)
        panels.append(_panel(view, atlas, pooler, fitted, arrays))
        panels[-1]["star"] = places[pooler].tolist() if pooler in places else None
        if fitted is not None:
            arrays[f"places_{pooler}"] = fitted.coordinates.astype(np.float32).ravel()
    meta = {
        "version": VERSION,
        "map": _digest([repr(view.asked), view.kind, view.dimensions]),
        "rows": len(rows),
        "dimensions": view.dimensions,
        "colours": list(state.COLOURS.items()),
        "drags": list(state.DRAGS.items()),
        "size": point_size(len(rows)),
        "scale": [hue for _, hue in SCALE],
        "unknown": GREY,
        "star": {"hue": STAR, "text": view.sentence},
        "texts": _texts(atlas),
        "panels": panels,
    }
    told = {"colour": view.colour, "drag": drag, "heard": heard, "turn": turn}
    return {"meta": json.dumps({**meta, **told, "id": _digest(meta)}), **arrays}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _texts(atlas: Atlas) -> list[str]:
    assert atlas.rows is not None
    most = min(SHOWN, ALL_SHOWN // max(1, len(atlas.rows)))
    return [atlas.rows.shown(row)[:most] for row in range(len(atlas.rows))] * (most >= LEAST_SHOWN)


def _panel(
    view: View, atlas: Atlas, pooler: str, fitted: FittedMap | None, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    problem = atlas.problem(pooler, view.kind, view.dimensions)
    trained = atlas.vectors[pooler].trained
    return {
        "pooler": pooler,
        "title": title(pooler),
        "hue": colour(pooler),
        "problem": "" if fitted is not None else str(problem or "There is no map of it."),
        "tints": {by: _tint(view, atlas, pooler, by, arrays) for by in state.COLOURS},
        "measures": _measures(view, atlas, pooler, fitted),
        "notes": [] if trained else ["Untrained: there is no head for it."],
    }


def _tint(
    view: View, atlas: Atlas, pooler: str, by: str, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """One colour of a panel; its values join the arrays."""
    import numpy as np

    from glot.plots.embedding import class_looks

    rows = atlas.rows
    assert rows is not None
    found = tint(rows, atlas.vectors[pooler], by)
    drawn = unknown(rows) if isinstance(found, str) else found
    values = drawn.values.astype(np.float32)
    array = f"values_{hashlib.sha256(values.tobytes()).hexdigest()[:12]}"
    arrays[array] = values
    low, high = drawn.span()
    looks = class_looks(drawn)
    return {
        "title": drawn.title,
        "classes": [{"name": n, "hue": hue, "symbol": symbol} for n, hue, symbol in looks],
        "low": low,
        "high": high,
        "alt": f"{TITLES[view.kind]} map of {len(rows):,} texts by {title(pooler)}, coloured by "
        f"{state.COLOURS[by].lower()}. The same rows stand in the table below.",
        "note": f"No such colour: {found}." if isinstance(found, str) else "",
        "array": array,
    }


def _measures(
    view: View, atlas: Atlas, pooler: str, fitted: FittedMap | None
) -> list[tuple[str, str, str]]:
    """Name, value, and what it rests on."""
    quality = atlas.quality[pooler]
    trust = atlas.trust.get((pooler, view.kind, view.dimensions), Measure(None, "not measured"))
    found = {
        "probe": quality.probe,
        "silhouette": quality.silhouette,
        "trust": trust,
        "anisotropy": quality.anisotropy,
    }
    shown = [(MEASURES[name], number(name, each), each.told) for name, each in found.items()]
    if fitted is not None and fitted.shares:
        shown.append(("Variance drawn", f"{100 * sum(fitted.shares):.0f} %", ""))
    return shown


def number(name: str, measure: Measure) -> str:
    """A measure as it is read."""
    if measure.value is None:
        return "–"
    return (
        f"{100 * measure.value:.1f} %"
        if name == "probe"
        else f"{measure.value:.2f}".replace("-", "−")
    )
