"""Benchmarks: every number of ours beside the paper's, and what stands behind it."""

from __future__ import annotations

import streamlit as st

from app.components.benchmarks.figures import column_options, experiment_figures
from app.components.benchmarks.filters import experiment_picker, part_picker
from app.components.benchmarks.graph_adds import graph_adds
from app.components.benchmarks.table import table
from app.components.page import plain, small, tell, tell_links
from app.services import results
from app.services.results import Board
from app.state import benchmarks as state
from glot.errors import GlotError

INTRODUCTION = (
    "Every number that was measured here, beside the paper's. Our backbones are far smaller than "
    "the paper's, so compare methods, not implementations: the question is what the token graph "
    "adds, and the control is the same head without it."
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Benchmarks", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    experiment = experiment_picker()
    try:
        board = results.board(experiment)
    except GlotError as error:
        state.publish()
        tell(error)
        return
    options = results.options(board)
    problems += state.fit(
        {
            state.BACKBONES: options["backbones"],
            state.REGIME: options["regime"],
            state.GROUP: options["group"],
            state.METRIC: options["metric"],
        }
    )
    wanted = part_picker(options)
    columns = column_options(board, wanted)
    problems += state.fit({state.COLUMN: columns or [state.ALL]})
    state.publish()
    with told:
        tell_links(problems)
        _skipped(board)
    _measured(board)
    graph_adds(board, wanted)
    st.subheader("All numbers", anchor=False)
    table(board, wanted)
    experiment_figures(board, wanted, columns)
    _commands(board)


def _skipped(board: Board) -> None:
    """Lines of the ledger that could not be read."""
    for line in board.bad:
        st.warning(plain(str(line)), icon=":material/warning:")


def _measured(board: Board) -> None:
    """How much of what is planned the ledger holds."""
    ours = board.lines[board.lines["source"] == "ours"]
    measured = int(ours["value"].notna().sum())
    missing = len(ours) - measured
    seeds = len(board.rows)
    latest = max((row.date for row in board.rows), default="")
    told = f"Ours: {measured:,} numbers from {seeds:,} rows of the ledger"
    told += f", the latest of {latest}." if latest else "."
    if missing:
        told += f" Planned and not measured yet: {missing:,}."
    small(told + f" The paper's: {len(board.numbers):,}.")


def _commands(board: Board) -> None:
    """What would measure the rest."""
    commands = results.fill_commands(board)
    if not commands:
        return
    # What colours code is a large script: it comes when there is code to be seen.
    box = st.expander("Measure what is missing", key="bench_missing_commands", on_change="rerun")
    if not box.open:
        return
    with box:
        for command, numbers in commands.items():
            told = "one of the paper's backbones, none of which is measured here"
            st.markdown(f"{numbers:,} numbers:" if numbers else f"{told[0].upper()}{told[1:]}:")
            st.code(command, language="bash")
