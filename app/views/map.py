"""Embedding map: many texts as points, by up to four poolers side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.components.embedding.controls import (
    map_picker,
    own_file,
    sentence_picker,
    texts_picker,
)
from app.components.embedding.panels import panels
from app.components.embedding.payload import View
from app.components.embedding.table import rows_table
from app.components.page import plain, progress, small, tell, tell_links
from app.services import embedding
from app.services.embedding_atlas import Asked, Atlas
from app.services.jobs import Job
from app.state import map as state
from glot.errors import GlotError
from glot.plots.palette import title
from glot.projection.maps import TITLES

if TYPE_CHECKING:
    import numpy as np

INTRODUCTION = (
    "Each point is a text: the vector that a pooler made of its tokens, laid out so that it can be "
    "seen. Vectors that serve a task part its labels; the numbers below each map say how well, in "
    "all dimensions and not only in those that are drawn."
)
NO_FILE = (
    "Open a CSV, TSV, JSON lines or parquet file with a column of texts and one of labels. Its "
    "rows are embedded on this machine and drawn here."
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Embedding map", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    asked = texts_picker()
    map_picker()
    sentence = sentence_picker()
    # Before anything long: what was set is in the link even if its computation is interrupted.
    state.publish()
    with told:
        tell_links(problems)
    if asked.source == "file" and own_file() is None:
        st.info(NO_FILE, icon=":material/upload_file:")
        _last()
        return
    _results(asked, sentence)


def _results(asked: Asked, sentence: str) -> None:
    """The maps, or what is still done or wrong, above those that were shown last."""
    poolers: tuple[str, ...] = st.session_state["poolers"]
    try:
        job = embedding.embedding(asked, poolers, own_file())
        atlas = embedding.atlas(asked)
    except GlotError as error:
        tell(error)
        _last()
        return
    if job is not None and not _followed(job) and not atlas.shown(poolers):
        _last()
        return
    view = View(
        asked,
        atlas.shown(poolers),
        st.session_state["map_projection"],
        int(st.session_state["map_dims"]),
        st.session_state["map_colour"],
        sentence,
    )
    if view.poolers:
        _notes(atlas, poolers)
        st.session_state[state.LAST] = asked, view.poolers
        _drawn(view, atlas)


def _followed(job: Job) -> bool:
    """Where a job stands; one that ended otherwise can be started anew. Whether it is done."""
    if progress(job):
        return True
    if job.over and st.button("Try again", key=f"again {job.key}", icon=":material/refresh:"):
        embedding.again(job)
        st.rerun()
    return False


def _drawn(view: View, atlas: Atlas) -> None:
    """All panels and the table; PCA stands in for a map that is not ready."""
    job = embedding.mapping(view.asked, view.poolers, view.kind, view.dimensions)
    if job is not None and not _followed(job):
        small(f"{TITLES[view.kind]} is not ready: PCA is shown.")
        view = View(view.asked, view.poolers, "pca", view.dimensions, view.colour, view.sentence)
    panels(view, atlas, _places(view, atlas))
    rows_table(view, atlas)


def _places(view: View, atlas: Atlas) -> dict[str, np.ndarray]:
    """Where the reader's sentence stands on each map."""
    if not view.sentence:
        return {}
    assert atlas.rows is not None
    if atlas.rows.others:
        st.info("These points are pairs of texts: a single sentence has no place among them.")
        return {}
    job = embedding.placing(view.asked, view.poolers, view.kind, view.dimensions, view.sentence)
    if job is None or not _followed(job):
        return {}
    if view.kind == "tsne":
        st.info(
            "t-SNE cannot place a new text: the star stands on the text whose vector is nearest "
            "to your sentence's.",
            icon=":material/info:",
        )
    places: dict[str, np.ndarray] = job.result
    return places


def _notes(atlas: Atlas, poolers: tuple[str, ...]) -> None:
    """What a reader must know of the texts and the heads, in one box."""
    assert atlas.rows is not None
    told = list(atlas.rows.notes)
    for name in atlas.shown(poolers):
        vectors = atlas.vectors[name]
        if vectors.cut_rows:
            told.append(
                f"{title(name)}: it reads {vectors.limit:,} tokens at most. Texts that were cut: "
                f"{vectors.cut_rows:,} of {len(atlas.rows):,}, by {int(vectors.n_cut.sum()):,} "
                "tokens in all."
            )
    left = [title(name) for name in poolers if name in atlas.unusable]
    if left:
        told.append(f"Left out, as they need a trained head: {', '.join(left)}.")
        told += atlas.notes
    if told:
        st.info("  \n".join(plain(each) for each in told), icon=":material/info:")


def _last() -> None:
    """The map that this session saw last, while another is not there."""
    found = st.session_state.get(state.LAST)
    if found is None:
        return
    asked, poolers = found
    atlas = embedding.atlas(asked)
    view = View(
        asked,
        atlas.shown(poolers),
        "pca",
        int(st.session_state["map_dims"]),
        st.session_state["map_colour"],
        "",
    )
    if view.poolers:
        small(f"Below: what was shown before ({plain(atlas.rows.source if atlas.rows else '')}).")
        panels(view, atlas, {})
        rows_table(view, atlas)
