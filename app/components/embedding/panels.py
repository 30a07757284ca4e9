"""One panel for each pooler: its map, and what its vectors are worth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app.components.embedding.payload import View, payload
from app.components.front_end import front_end
from app.components.page import plain, tell
from app.services.embedding_atlas import Asked, Atlas
from app.state import map as state
from app.state.setting import reported
from glot.errors import GlotError
from glot.projection.quality import HOW
from glot.projection.quality import TITLES as MEASURES

if TYPE_CHECKING:
    import numpy as np

BUNDLE = Path(__file__).parent / "dist" / "embedding_map.js"


def panels(view: View, atlas: Atlas, places: Mapping[str, np.ndarray]) -> None:
    """Draw the panels, side by side; below each other where the window is narrow."""
    assert atlas.rows is not None
    data = payload(
        view,
        atlas,
        places,
        state.chosen(view.asked),
        state.turn(),
        st.session_state["map_drag"],
        state.heard(),
    )
    try:
        front_end("glot_embedding_map", BUNDLE)(
            data=data,
            key=state.COMPONENT,
            on_chosen_change=partial(_take, view.asked, len(atlas.rows)),
            on_view_change=state.take_view,
        )
    except GlotError as error:
        tell(error)
    with st.expander("How these numbers are computed", key="map_how"):
        for name, told in HOW.items():
            st.markdown(f"**{MEASURES[name]}.** {plain(told)}")


def _take(asked: Asked, n: int) -> None:
    """Points were chosen in one panel: they are the rows of all."""
    rows = reported(state.COMPONENT, "chosen").get("rows")
    if isinstance(rows, list):
        known = (row for row in rows if isinstance(row, int) and 0 <= row < n)
        state.choose(asked, tuple(known))
