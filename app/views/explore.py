"""Explore: one text, its token graph, its token weights and what each head makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.components.page import chart, plain, tell, tell_links
from app.components.pickers import (
    backbone_picker,
    file_picker,
    file_problem,
    graph_picker,
    layer_picker,
    past_picker,
    task_picker,
    text_picker,
)
from app.components.token_graph import token_graph
from app.navigation import open_link
from app.services import compare, explain, models
from app.state import explore as state
from app.state.setting import MAX_URL_TEXT
from glot.errors import GlotError

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

INTRODUCTION = (
    "A text runs through a frozen language model. Tokens whose hidden states have a similarity "
    "above **τ** are joined into a graph; a trained head weighs them (**π**) and sums them up in "
    "one sentence vector. Below: what each way of pooling looks at."
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("GLOT Explorer", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    left, right = st.columns([3, 1])
    with left:
        text = text_picker()
        past = st.container(horizontal=True)
    with right:
        backbone = backbone_picker()
        task_picker(backbone)
    settings = st.container(horizontal=True, gap="large", vertical_alignment="bottom")
    # A container: what is told above the component comes and goes without moving it.
    notes = st.container()
    with notes:
        layers = _layers(backbone)
    if layers is not None:
        problems += state.fit_layer(layers)
    # Before anything long: what was set is in the link even if its computation is interrupted.
    state.commit()
    state.publish()
    with told:
        tell_links(problems)
        file_problem()
    with past:
        past_picker()
        file_picker()
    with settings:
        if layers is not None:
            layer_picker(layers)
        graph_picker()
    if layers is not None:
        _results(_asked(text, backbone), notes)
    explain.warm_up()


def _asked(text: str, backbone: str) -> explain.Asked:
    return explain.Asked(
        text,
        backbone,
        st.session_state["task"],
        st.session_state["layer"],
        st.session_state["similarity"],
        st.session_state["special"],
    )


def _layers(backbone: str) -> int | None:
    """Number of the backbone's layers, or a message in its place."""
    try:
        with st.spinner(f"Loading {plain(backbone)} …"):
            return models.n_layers(backbone)
    except GlotError as error:
        tell(error)
        return None


def _results(asked: explain.Asked, notes: DeltaGenerator) -> None:
    """All that comes of the text, or a message in its place; the text typed stays in its box."""
    with notes:
        try:
            with st.spinner(f"Running the text through {plain(asked.backbone)} …"):
                explanation = explain.explanation(asked)
        except GlotError as error:
            tell(error)
            return
        for note in (*explanation.notes, *_link_note(asked.text)):
            st.info(plain(note), icon=":material/info:")
        _pair_link(asked)
        if state.marked():
            st.markdown("Underlined in the text and ringed in the graph: what the link marks.")
    try:
        token_graph(
            explain.component_data(asked, {**state.first(), "mark": state.marked()}),
            key=state.COMPONENT,
            on_tau_change=state.take_tau,
            on_view_change=state.take_view,
        )
    except GlotError as error:
        tell(error)
    _controls(asked)


def _pair_link(asked: explain.Asked) -> None:
    """Heads of pairs predict nothing of one text: the way to where they do."""
    if compare.takes_pairs(asked.backbone, asked.task):
        open_link(
            "compare",
            "Compare it with a second text",
            "compare_link",
            first_text=asked.text,
            backbone=asked.backbone,
            pair_task=asked.task,
        )


def _link_note(text: str) -> tuple[str, ...]:
    if len(text) <= MAX_URL_TEXT:
        return ()
    return (
        f"The text has more than {MAX_URL_TEXT:,} characters: the link to this page brings "
        "back all settings, but not the text.",
    )


def _controls(asked: explain.Asked) -> None:
    """The same text and head with other edges, at the τ that was released last."""
    box = st.expander("Is it the graph?", key="controls", on_change="rerun")
    if not box.open:
        # Filled when opened: it takes as long as a new text.
        return
    tau = st.session_state["tau"]
    with box:
        try:
            with st.spinner("Running the head on other graphs of the same tokens …"):
                controls = explain.controls(asked, tau)
        except GlotError as error:
            tell(error)
            return
        from glot.attributions.controls import largest_change
        from glot.plots.graph_controls import graph_controls_figure

        sentence = largest_change(controls)
        st.markdown(f"At τ = {tau:.2f}. {plain(sentence)}")
        chart(
            graph_controls_figure(controls),
            "controls_chart",
            f"Token weights of the head on other graphs of the same tokens. {sentence}",
        )
