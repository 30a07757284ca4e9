"""The rows behind the points: chosen ones, or all; one of them opens on Explore."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.components.embedding.figures import figures_page
from app.components.embedding.payload import View
from app.components.page import plain, small
from app.navigation import open_link
from app.services import embedding
from app.services.embedding_atlas import Atlas
from app.state import map as state
from glot.plots.palette import title
from glot.projection.maps import TITLES
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors
from glot.tasks.safe_csv import safe_csv

if TYPE_CHECKING:
    import pandas as pd

# Rows and characters that are sent to the browser.
MOST_ROWS, SHOWN = 1_000, 300


def rows_table(view: View, atlas: Atlas) -> None:
    """The chosen rows as a table, the row that is opened, and the download."""
    rows = atlas.rows
    assert rows is not None
    chosen = state.chosen(view.asked)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_heading(len(rows), len(chosen)))
        if chosen and st.button("Choose none", key="map_none", icon=":material/close:"):
            state.choose(view.asked, ())
            st.rerun()
    asked = chosen or tuple(range(len(rows)))
    numbers, named = asked[:MOST_ROWS], {name: atlas.vectors[name] for name in view.poolers}
    event = st.dataframe(
        _frame(rows, named, numbers, SHOWN),
        # Another choice is another table: no row of the old one stays marked.
        key=f"{state.OPENED}_{state.turn()}",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        height=min(320, 38 + 35 * max(len(numbers), 1)),
        column_config={"Text": st.column_config.TextColumn(width="large")},
    )
    marked = event["selection"]["rows"]
    opened = numbers[marked[0]] if marked else numbers[0] if len(chosen) == 1 else None
    if opened is not None and opened < len(rows):
        _open(view, rows, opened)
    else:
        small("Mark a row, or click a point, to read its text and open it on Explore.")
    with st.container(horizontal=True):
        st.download_button(
            "Rows (CSV)",
            lambda: safe_csv(_frame(rows, named, asked)),
            file_name=f"glot-map-{view.asked.source}-rows.csv",
            mime="text/csv",
            key="map_csv",
            on_click="ignore",
            icon=":material/download:",
            help="The chosen rows, or all. Texts that a spreadsheet would run as a formula begin "
            "with an apostrophe.",
        )
        _downloads(view, atlas)


def _heading(n: int, chosen: int) -> str:
    shown = f" The first {MOST_ROWS:,} are listed." if (chosen or n) > MOST_ROWS else ""
    if chosen:
        return f"**{chosen:,} of {n:,} rows chosen**, in every panel.{shown}"
    how = "click a point, or draw a lasso or a box around several, to choose rows"
    return f"**{n:,} rows**: {how}.{shown}"


def _frame(
    rows: MapRows, vectors: dict[str, Vectors], numbers: tuple[int, ...], most: int | None = None
) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, list[object]] = {
        "Row": list(numbers),
        "Text": [rows.shown(i)[:most] for i in numbers],
        "Label": [rows.label(i) for i in numbers],
    }
    if rows.ratios:
        columns["Distractors"] = [rows.ratios[i] for i in numbers]
    for name, made in vectors.items():
        if made.predictions is not None:
            told = made.predictions[list(numbers)].tolist()
            columns[title(name)] = [
                made.classes[int(value)] if made.classes else f"{value:.2f}" for value in told
            ]
    some = next(iter(vectors.values()))
    columns["Tokens"] = some.lengths[list(numbers)].tolist()
    return pd.DataFrame(columns)


def _open(view: View, rows: MapRows, row: int) -> None:
    with st.container(border=True):
        st.markdown(f"**Row {row}**, {plain(rows.label(row))}: {plain(rows.shown(row)[:2000])}")
        if rows.others:
            small("Explore shows the first text of the pair.")
        open_link(
            "explore",
            "Open on Explore",
            "map_open",
            text=rows.texts[row],
            backbone=view.asked.backbone,
            task=view.asked.task,
        )


def _downloads(view: View, atlas: Atlas) -> None:
    # Written when they are asked for: they can be large.
    made = partial(embedding.parquet, view.asked, view.poolers, view.kind, view.dimensions)
    st.download_button(
        "Coordinates and vectors (parquet)",
        made,
        file_name=f"glot-map-{view.asked.source}-{view.kind}.parquet",
        mime="application/vnd.apache.parquet",
        key="map_parquet",
        on_click="ignore",
        icon=":material/download:",
        help=f"Texts, labels, predictions, {TITLES[view.kind]} coordinates and the vectors of "
        "every pooler that is shown.",
    )
    st.download_button(
        "Figures (HTML)",
        partial(figures_page, view, atlas, state.chosen(view.asked)),
        file_name=f"glot-map-{view.asked.source}-{view.kind}.html",
        mime="text/html",
        key="map_html",
        on_click="ignore",
        icon=":material/download:",
        help="The panels as interactive figures that need no server.",
    )
