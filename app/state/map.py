"""What the embedding map shows: which texts, on which map, in which colours, and what is chosen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.state import setting
from app.state.setting import Setting, one_of, show_text
from app.state.shared import BACKBONE_NAME, COMPARED_POOLERS, TASK_NAME
from glot.projection.bundle import PROTOCOL, RATIO
from glot.projection.maps import KINDS
from glot.tasks.stress import PROTOCOLS, RATIOS

PAGE = "map"
SOURCES = {"stress": "Stress test", "task": "Task", "file": "Your file"}
ROWS = {"300": "300", "500": "500", "1000": "1,000", "all": "All"}
DIMENSIONS = {"2": "2-D", "3": "3-D"}
COLOURS = {
    "label": "Label",
    "prediction": "Prediction",
    "error": "Error",
    "length": "Length",
    "ratio": "Distractor ratio",
}
DRAGS = {"pan": "Move", "lasso": "Lasso", "select": "Box"}

# Keys of the session that are no settings.
COMPONENT = "embedding_map"
FILE = "map_upload"
KEPT_FILE = "map_kept_file"
CHOSEN = "map_chosen"
OPENED = "map_table"
LAST = "map_last"
POOLERS_SHOWN = "map_poolers"
HEARD = "map_heard"
# Raised when what is chosen changes: the map and the table then forget their own choice.
TURN = "map_turn"


def _parse_ratios(text: str) -> tuple[float, ...]:
    known = {ratio for ratios in RATIOS.values() for ratio in ratios}
    ratios = tuple(sorted({float(part) for part in text.split("_")}))
    if not set(ratios) <= known:
        raise ValueError(text)
    return ratios


def _show_ratios(ratios: tuple[float, ...]) -> str:
    return "_".join(f"{ratio:g}" for ratio in ratios)


SETTINGS = (
    Setting("map_source", "stress", one_of(tuple(SOURCES))),
    Setting("map_protocol", PROTOCOL, one_of(PROTOCOLS)),
    Setting("map_ratios", (RATIO,), _parse_ratios, _show_ratios),
    BACKBONE_NAME,
    TASK_NAME,
    COMPARED_POOLERS,
    Setting("map_rows", "300", one_of(tuple(ROWS))),
    Setting("map_projection", "pca", one_of(KINDS)),
    Setting("map_dims", "2", one_of(tuple(DIMENSIONS))),
    Setting("map_colour", "label", one_of(tuple(COLOURS))),
    Setting("map_drag", "pan", one_of(tuple(DRAGS))),
    Setting("map_sentence", "", show=show_text),
    # Columns of the reader's file; empty: the usual names.
    Setting("map_text_column", "", show=show_text),
    Setting("map_label_column", "", show=show_text),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS) + _fit_ratios()


def _fit_ratios() -> list[str]:
    """The ratios are ones that the protocol has."""
    ratios, known = st.session_state["map_ratios"], RATIOS[st.session_state["map_protocol"]]
    kept = tuple(ratio for ratio in ratios if ratio in known)
    if kept == ratios:
        return []
    st.session_state["map_ratios"] = kept or known[-1:]
    return [
        f"The protocol {st.session_state['map_protocol']} has the distractor ratios "
        f"{', '.join(f'{r:g}' for r in known)}: {_show_ratios(st.session_state['map_ratios'])} is "
        "shown."
    ]


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def chosen(key: Any) -> tuple[int, ...]:
    """Rows that the reader has chosen among the texts of this key, in their order."""
    found = st.session_state.get(CHOSEN)
    return found[1] if found and found[0] == key else ()


def choose(key: Any, rows: tuple[int, ...]) -> None:
    """Choose rows of the texts of this key; none: nothing stands out."""
    st.session_state[CHOSEN] = (key, tuple(sorted(set(rows))))
    st.session_state[TURN] = turn() + 1


def take_view() -> None:
    """The reader has chosen another colour, or another use of the mouse, in the browser."""
    told = setting.reported(COMPONENT, "view")
    colour, drag, number = told.get("colour"), told.get("drag"), told.get("heard")
    if colour in list(COLOURS) and drag in list(DRAGS) and isinstance(number, int):
        st.session_state["map_colour"] = colour
        st.session_state["map_drag"] = drag
        st.session_state[HEARD] = number


def heard() -> int:
    """Number of the browser's last report."""
    return int(st.session_state.get(HEARD, 0))


def turn() -> int:
    """How often the choice has changed."""
    return int(st.session_state.get(TURN, 0))
