"""All that stands behind one number of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.page import plain
from app.navigation import open_link
from app.services import models, results
from app.services.results import Board
from glot.plots.methods import method_title, metric_title, task_title

if TYPE_CHECKING:
    from glot.experiments.row import Row

# What a reader looks for first; the others follow in the ledger's order.
FIRST = (
    *("value", "low", "high", "n_train", "n_validation", "n_eval", "protocol", "ratio", "tau"),
    *("density", "regime", "backbone", "fingerprint", "device", "threads", "commit", "date"),
)
# Pixels, and lines from which a table of fields scrolls.
ROW, MANY = 35, 14


def details(board: Board, key: tuple[str, ...], place: tuple[str, ...]) -> None:
    """Every field of the rows behind a number, and the commands that measure it again.

    Args:
        board: the experiment.
        key: of the table's row, see `app.services.results.LINE`.
        place: of its column, see `app.services.results.PLACE`.
    """
    source, backbone, method, regime, setting = key
    task, split, metric = place
    where = ", ".join(part for part in (backbone, regime, setting) if part)
    what = " · ".join(part for part in (task_title(task), split, metric_title(metric)) if part)
    st.markdown(f"**{plain(method_title(method))}** on {plain(where)}: {plain(what)}")
    if source == "paper":
        found = [number.flat() for number in results.paper_behind(board, key, place)]
        lines = {name: [_shown(number[name]) for number in found] for name in found[0]}
        _fields(lines, ["the paper"] * len(found), "bench_paper_fields")
        return
    rows = results.behind(board, key, place)
    if not rows:
        st.info("Not measured yet. This measures it, with its search and all its seeds:")
        st.code(results.cell_command(board, key, place), language="bash")
        return
    _measured(rows)
    if rows[0].pooler and task in models.tasks_with_heads(backbone):
        open_link(
            "explore",
            "Open this task's heads on Explore",
            key="bench_explore",
            backbone=backbone,
            task=task,
        )


def _measured(rows: Sequence[Row]) -> None:
    st.markdown("Each of these commands measures one row again and puts both numbers side by side:")
    st.code("\n".join(row.command() for row in rows), language="bash")
    records = [row.flat() for row in rows]
    for record in records:
        del record["command"]
    shared = {
        name: value
        for name, value in records[0].items()
        if len(records) > 1 and all(record.get(name) == value for record in records)
    }
    heads = [f"seed {row.seed}" for row in rows]
    names = sorted(records[0].keys() - shared.keys(), key=_rank)
    by_seed = {name: [_shown(record.get(name)) for record in records] for name in names}
    _fields(by_seed, heads, "bench_by_seed")
    if shared:
        names = sorted(shared, key=_rank)
        _fields({name: [_shown(shared[name])] for name in names}, ["every seed"], "bench_shared")


def _rank(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST)), name


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _fields(lines: dict[str, list[str]], heads: list[str], key: str) -> None:
    """A line for each field that has a value."""
    import pandas as pd

    filled = {name: line for name, line in lines.items() if any(line)}
    frame = pd.DataFrame.from_dict(filled, orient="index", columns=heads).rename_axis("field")
    st.dataframe(
        frame, key=key, height="content" if len(frame) < MANY else ROW * MANY, row_height=ROW
    )
