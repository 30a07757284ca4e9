"""The figures that say more than an experiment's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.components.page import kept_chart, small
from app.navigation import PAGES, open_link
from app.services import results
from app.services import results_figures as figures
from app.services.results import Board, Wanted
from app.state import benchmarks as state
from glot.plots.methods import metric_title, task_title

if TYPE_CHECKING:
    import pandas as pd

CURVES = ("tau", "scaling")


def column_options(board: Board, wanted: Wanted) -> list[str]:
    """The scores that can be drawn, as `task/split/metric`; those of ours first."""
    return figures.score_columns(results.shown(board, wanted))


def experiment_figures(board: Board, wanted: Wanted, columns: list[str]) -> None:
    """All figures of an experiment, for one of its scores.

    Args:
        board: the experiment.
        wanted: which part of it.
        columns: what `column_options` gives.
    """
    lines = results.shown(board, wanted)
    if board.experiment == "efficiency":
        _costs(board, lines)
    if not columns:
        return
    st.subheader("Scores", anchor=False)
    chosen: str = columns[0]
    if board.experiment != "scaling":
        # There every length is a score of its own, and the figure shows them all.
        chosen = st.selectbox(
            "Score in the figures", columns, format_func=_title, key=state.COLUMN, width=420
        )
    if board.experiment == "efficiency":
        _score_against_costs(lines, chosen)
    elif board.experiment in CURVES:
        _curves(board, lines, chosen)
    else:
        _dots(board, lines, chosen)
    if board.experiment == "glue":
        _z_scores(lines)
    if board.experiment == "stress" and "stress" in PAGES:
        open_link("stress", "Accuracy against distractor ratio, with examples", "bench_stress")


def _title(column: str) -> str:
    task, split, metric = column.split("/")
    return " · ".join(part for part in (task_title(task), split, metric_title(metric)) if part)


def _dots(board: Board, lines: pd.DataFrame, column: str) -> None:
    from glot.plots.benchmarks import dots_figure

    frame = figures.of_column(lines, column)
    seeds = figures.seeds(board, frame, column)
    metric = column.rpartition("/")[2]
    kept_chart(
        dots_figure,
        (frame, seeds, metric),
        "benchmarks-scores",
        f"{_title(column)} of every method: mean and deviation over the seeds, and each seed.",
    )
    small("Small dots: single seeds; lines: ± one deviation. Diamonds, faint: the paper's.")


def _curves(board: Board, lines: pd.DataFrame, column: str) -> None:
    from glot.plots.curves import Axes, curves_figure

    frame = figures.along(board, lines, column)
    if frame.empty:
        st.info("Nothing of this score is measured yet, nor in the paper.")
        return
    metric = metric_title(column.rpartition("/")[2])
    axes = {
        "tau": Axes("threshold τ", metric, "density of the graph"),
        "scaling": Axes("length, tokens", metric, "seconds a head", log=True),
    }[board.experiment]
    kept_chart(
        curves_figure,
        (frame, axes),
        "benchmarks-curves",
        f"{metric} against {axes.along}, with the {axes.below} below.",
    )
    small("Lines: means over the seeds ± one deviation. Dotted, faint: the paper's.")


def _z_scores(lines: pd.DataFrame) -> None:
    st.subheader("GLUE on one scale (Figure 4)", anchor=False)
    frame = figures.z_lines(lines)
    if frame.empty:
        st.info("No task is measured with every method yet: z-scores need at least one.")
        return
    from glot.plots.benchmarks import z_figure

    kept_chart(
        z_figure,
        (frame,),
        "benchmarks-z",
        "z-score of each method over the methods of one backbone, by category of tasks.",
    )
    small(
        "How many deviations a method lies above the mean of all methods, averaged over the tasks "
        "of a category. Tasks that some methods were not measured on are left out. Our methods are "
        "seven, the paper's five: compare within a panel. Diamonds, faint: the paper's."
    )


def _costs(board: Board, lines: pd.DataFrame) -> None:
    """What is measured of costs and lengths; nothing where nothing is."""
    from glot.plots.efficiency import costs_figure, lengths_figure

    costs, lengths = figures.costs(lines), figures.lengths(board, lines)
    if len(costs):
        st.subheader("What a head costs", anchor=False)
        kept_chart(
            costs_figure,
            (costs,),
            "benchmarks-costs",
            "Trainable parameters, time and memory of every method, on log axes.",
        )
        small(
            "Ours, a batch of 32 texts about as long as CoLA's. Training memory: weights, the "
            "optimizer's state and the peak of one step. Heads read stored token states."
        )
    if len(lengths):
        st.subheader("The token graph's own time", anchor=False)
        kept_chart(
            lengths_figure,
            (lengths,),
            "benchmarks-lengths",
            "Milliseconds of the token graph and of the backbone against the number of tokens.",
        )
        small("One text. Open marks: longer than the backbone reads, with made-up states.")


def _score_against_costs(lines: pd.DataFrame, column: str) -> None:
    from glot.plots.efficiency import score_cost_figure

    frame = figures.score_and_costs(lines, column)
    if not (frame["source"] == "ours").any():
        st.info("None of ours is measured on this score yet: the paper's are shown alone.")
    kept_chart(
        score_cost_figure,
        (frame, figures.COST_AXES, metric_title(column.rpartition("/")[2])),
        "benchmarks-tradeoff",
        f"{_title(column)} against trainable parameters, time and memory.",
    )
    small(
        "Symbols tell backbones apart, colours poolers. Faint: the paper's, whose memory and time "
        "are a GPU's; compare the shape, not the numbers."
    )
