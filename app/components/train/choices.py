"""What is trained: backbone, poolers and settings."""

from __future__ import annotations

import streamlit as st

from app.components.pickers import backbone_picker
from app.components.train.texts import Chosen
from app.state import train as state
from glot.experiments.tried_settings import LEARNING_RATES
from glot.plots.palette import title
from glot.poolers import POOLERS
from glot.training.runs.request import Request


def backbone_and_poolers() -> None:
    """Whose token states, and which ways of pooling them."""
    left, right = st.columns([1, 2])
    with left:
        backbone_picker()
    with right:
        st.session_state[state.POOLERS_SHOWN] = list(st.session_state["train_poolers"])
        st.pills(
            "Poolers",
            POOLERS.names(),
            selection_mode="multi",
            format_func=title,
            key=state.POOLERS_SHOWN,
            on_change=_take_poolers,
            wrap=True,
            help="A head is trained for each, and all are compared on the same rows. Mean is what "
            "the others are compared with; DeepSets is GLOT without its graph.",
        )


def _take_poolers() -> None:
    given = st.session_state[state.POOLERS_SHOWN]
    chosen = tuple(name for name in POOLERS.names() if name in given)
    # The last one stays: a run needs one.
    if chosen:
        st.session_state["train_poolers"] = chosen


def settings() -> None:
    """How they are trained; usual values need no look."""
    with st.expander("Settings", key="train_settings"):
        columns = st.columns(3)
        with columns[0]:
            st.number_input("Epochs", 1, 1000, key="train_epochs", step=1)
            st.selectbox(
                "Learning rate",
                _with(LEARNING_RATES, st.session_state["train_lr"]),
                key="train_lr",
                format_func=lambda rate: f"{rate:g}",
            )
        with columns[1]:
            st.number_input("τ of GLOT", -1.0, 1.0, key="train_tau", step=0.1, format="%.2f")
        with columns[2]:
            st.number_input(
                "Learn from at most so many rows",
                0,
                key="train_rows",
                step=1000,
                help="Drawn at random; 0: all.",
            )
            st.number_input(
                "Report on at most so many rows",
                0,
                key="train_reported",
                step=1000,
                help="Drawn at random; 0: all.",
            )


def _with(options: tuple[float, ...], value: float) -> list[float]:
    """The options, with one that a link has set."""
    return sorted({*options, value})


def request(chosen: Chosen) -> Request:
    """The run that the page's settings ask for.

    Raises:
        GlotError: one of them cannot run.
    """
    value = st.session_state
    return Request(
        task="",
        file="",
        title=chosen.upload.name,
        digests={},
        columns=chosen.found.columns,
        backbone=value["backbone"].strip(),
        poolers=tuple(value["train_poolers"]),
        test_file=chosen.test.name if chosen.test else "",
        epochs=value["train_epochs"],
        lr=value["train_lr"],
        tau=value["train_tau"],
        n_train=value["train_rows"],
        n_evaluation=value["train_reported"],
    )
