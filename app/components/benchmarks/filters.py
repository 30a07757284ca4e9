"""Choosing an experiment, and which part of its table is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app.components.page import small
from app.services.results import Wanted
from app.state import benchmarks as state
from glot.experiments.catalogue import CATALOGUE
from glot.plots.methods import metric_title

# Choices that stand for several, and their titles.
EVERY = {"": "all"}
METRICS = {"main": "each task's main metric", "all": "all"}
REGIMES = (
    "How settings were come by. fixed: the paper's; searched: by an equal search on validation "
    "rows; chosen: by a search on nouns and templates left out of training; zero-shot: nothing is "
    "trained; measured: a cost."
)


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
        _menu("Regime of ours", options["regime"], state.REGIME, width=200, about=REGIMES)
        _menu("Protocol or category", options["group"], state.GROUP)
        _menu("Metric", options["metric"], state.METRIC, several=METRICS, title=metric_title)
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


def _menu(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    several: Mapping[str, str] = EVERY,
    title: Callable[[str], str] = str,
    width: int = 240,
    about: str | None = None,
) -> None:
    """A menu, where there is a choice: at least two options beside those that stand for several."""
    if len(options) < len(several) + 2:
        return
    st.selectbox(
        label,
        options,
        format_func=lambda name: several.get(name, title(name)),
        key=key,
        width=width,
        help=about,
    )
