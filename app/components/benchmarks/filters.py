"""Choosing an experiment, and which part of its table is shown."""

from __future__ import annotations

import streamlit as st

from app.components.page import small
from app.services.results import Wanted
from app.state import benchmarks as state
from glot.experiments.catalogue import CATALOGUE
from glot.plots.methods import metric_title

METRICS = {"main": "each task's main metric", "all": "all"}


def experiment_picker() -> str:
    """One of the experiments, by title and tables of the paper."""
    chosen: str = st.selectbox(
        "Experiment",
        list(CATALOGUE),
        format_func=lambda name: CATALOGUE[name].heading,
        key=state.EXPERIMENT,
    )
    small(CATALOGUE[chosen].about)
    return chosen


def part_picker(options: dict[str, list[str]]) -> Wanted:
    """Which part of the experiment; the session's values must be among the options."""
    st.pills(
        "Backbones",
        options["backbones"],
        selection_mode="multi",
        key=state.BACKBONES,
        help="None chosen: all. Ours come first, then the paper's.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(options["regime"]) > 2:
            st.selectbox(
                "Regime of ours",
                options["regime"],
                format_func=lambda name: name or "all",
                key=state.REGIME,
                width=200,
                help="How settings were come by. fixed: the paper's; searched: by an equal search "
                "on validation rows; chosen: by a search on nouns and templates left out of "
                "training; zero-shot: nothing is trained; measured: a cost.",
            )
        if len(options["group"]) > 2:
            st.selectbox(
                "Protocol or category",
                options["group"],
                format_func=lambda name: name or "all",
                key=state.GROUP,
                width=240,
            )
        if len(options["metric"]) > 3:
            st.selectbox(
                "Metric",
                options["metric"],
                format_func=lambda name: METRICS.get(name, metric_title(name)),
                key=state.METRIC,
                width=240,
            )
        st.toggle("The paper's numbers", key=state.PAPER)
        st.toggle(
            "What is not measured yet",
            key=state.MISSING,
            help="What the experiment plans on our backbones and the ledger does not hold.",
        )
    chosen = st.session_state
    return Wanted(
        backbones=tuple(chosen[state.BACKBONES]),
        regime=chosen[state.REGIME],
        group=chosen[state.GROUP],
        metric=chosen[state.METRIC],
        paper=chosen[state.PAPER],
        missing=chosen[state.MISSING],
    )
