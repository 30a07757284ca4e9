"""Choosing the texts, the poolers and the map."""

from __future__ import annotations

import streamlit as st

from app.components.page import plain, small
from app.components.pickers import backbone_picker, task_picker
from app.services import embedding
from app.services.embedding_atlas import Asked, OwnUpload
from app.services.embedding_work import MAX_MEGABYTES
from app.services.uploads import most_megabytes
from app.state import map as state
from app.state.shared import MAX_POOLERS
from glot.plots.palette import title
from glot.poolers import POOLERS
from glot.projection.maps import TITLES
from glot.tasks.files import SUFFIXES
from glot.tasks.stress import PROTOCOLS, RATIOS

# Larger files would have to be cut before anything else.


def texts_picker() -> Asked:
    """Which texts, and which backbone and heads embed them."""
    left, right = st.columns([3, 1])
    with right:
        backbone = backbone_picker()
        if st.session_state["map_source"] != "stress":
            task_picker(backbone)
    with left:
        source = st.segmented_control(
            "Texts",
            list(state.SOURCES),
            format_func=state.SOURCES.__getitem__,
            key="map_source",
            required=True,
            help="A task's reported split, generated texts of the stress test, or a file of yours.",
        )
        if source == "stress":
            _stress_picker()
        elif source == "file":
            _file_picker()
    return _asked(backbone, str(source))


def _asked(backbone: str, source: str) -> Asked:
    chosen = st.session_state["map_rows"]
    rows = 0 if chosen == "all" else int(chosen)
    if source == "stress":
        protocol, ratios = st.session_state["map_protocol"], st.session_state["map_ratios"]
        task = embedding.stress_task(backbone, protocol, ratios)
        return Asked(backbone, task, source, rows, protocol, ratios)
    task = st.session_state["task"]
    if source == "task":
        return Asked(backbone, task, source, rows)
    upload = own_file()
    return Asked(
        backbone,
        task,
        source,
        rows,
        file=upload.digest if upload else "",
        text_column=st.session_state["map_text_column"].strip(),
        label_column=st.session_state["map_label_column"].strip(),
    )


def own_file() -> OwnUpload | None:
    """The reader's file; it is kept while other pages are shown."""
    kept: OwnUpload | None = st.session_state.get(state.KEPT_FILE)
    return kept


def _stress_picker() -> None:
    with st.container(horizontal=True):
        st.segmented_control(
            "Protocol",
            PROTOCOLS,
            wrap=True,
            key="map_protocol",
            required=True,
            on_change=_take_protocol,
            help="How the texts are made. In “strict” a bag of words tells nothing.",
        )
        known = RATIOS[st.session_state["map_protocol"]]
        st.session_state["map_ratios_shown"] = list(st.session_state["map_ratios"])
        st.pills(
            "Distractor ratio",
            known,
            selection_mode="multi",
            format_func=lambda ratio: f"{ratio:g}",
            key="map_ratios_shown",
            on_change=_take_ratios,
            help="Share of a text's words that have nothing to do with its label. Several can be "
            "shown on one map.",
            wrap=True,
        )


def _take_protocol() -> None:
    known = RATIOS[st.session_state["map_protocol"]]
    kept = tuple(ratio for ratio in st.session_state["map_ratios"] if ratio in known)
    st.session_state["map_ratios"] = kept or known[-1:]


def _take_ratios() -> None:
    given = tuple(sorted(st.session_state["map_ratios_shown"]))
    # The last one stays: a map needs texts.
    st.session_state["map_ratios"] = given or st.session_state["map_ratios"]


def _file_picker() -> None:
    most = most_megabytes(MAX_MEGABYTES)
    st.file_uploader(
        "Open a table of labelled texts",
        type=[suffix.removeprefix(".") for suffix in SUFFIXES],
        key=state.FILE,
        on_change=_take_file,
        max_upload_size=most,
        help=f"CSV, TSV, JSON lines or parquet, at most {most} MB, with a column of texts "
        "and one of labels (classes or numbers). It stays on this machine.",
    )
    with st.container(horizontal=True):
        st.text_input(
            "Column of texts", key="map_text_column", placeholder="text, sentence, review, …"
        )
        st.text_input(
            "Column of labels", key="map_label_column", placeholder="label, target, class, …"
        )
    kept = own_file()
    if kept is not None:
        small(f"Open: {plain(kept.name)}, {len(kept.content):,} bytes.")


def _take_file() -> None:
    file = st.session_state[state.FILE]
    # Taking the file out of the box, or leaving the page, forgets nothing.
    if file is not None:
        st.session_state[state.KEPT_FILE] = OwnUpload(file.name, file.getvalue())


def map_picker() -> None:
    """Which poolers, how many rows and which map; colours are chosen in the browser."""
    st.session_state[state.POOLERS_SHOWN] = list(st.session_state["poolers"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(
            "Poolers",
            POOLERS.names(),
            selection_mode="multi",
            format_func=title,
            key=state.POOLERS_SHOWN,
            on_change=_take_poolers,
            help=f"Up to {MAX_POOLERS}, side by side.",
            wrap=True,
        )
        _choice("Rows at most", state.ROWS, "map_rows", "Drawn at random where there are more.")
        _choice("Map", TITLES, "map_projection", "PCA is linear; UMAP and t-SNE keep neighbours.")
        _choice("Dimensions", state.DIMENSIONS, "map_dims", None)


def _choice(label: str, names: dict[str, str], key: str, told: str | None) -> None:
    st.segmented_control(
        label,
        list(names),
        format_func=names.__getitem__,
        key=key,
        required=True,
        help=told,
        wrap=True,
    )


def _take_poolers() -> None:
    given = st.session_state[state.POOLERS_SHOWN]
    chosen = tuple(name for name in POOLERS.names() if name in given)
    # None, or one too many: what was compared stays.
    if 0 < len(chosen) <= MAX_POOLERS:
        st.session_state["poolers"] = chosen
    elif chosen:
        st.toast(f"At most {MAX_POOLERS} poolers: put one of them out first.")


def sentence_picker() -> str:
    """A sentence of the reader's own."""
    given: str = st.text_input(
        "Place your own sentence on the maps",
        key="map_sentence",
        max_chars=10_000,
        placeholder="Type a sentence and press Enter",
    )
    return given.strip()
