"""The results ledger for Benchmarks: read once per change of its files, and laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from glot.experiments.ledger import SUFFIX, BadLine, read_ledger
from glot.experiments.paper import PaperNumber, fill_command, numbers_of
from glot.experiments.planned import fill_cell_command, planned
from glot.experiments.row import Row
from glot.paths import results_folder
from glot.plots.methods import pooler_of

if TYPE_CHECKING:
    import pandas as pd

# A line of the table, and a number in it.
LINE = ("source", "backbone", "method", "regime", "setting")
PLACE = ("task", "split", "metric")
# From the simplest on.
POOLERS = ("cls", "eos", "mean", "max", "adapool", "mlp", "deepsets", "glot")
# Those with the most thorough search first.
REGIMES = ("chosen", "searched", "fixed")
Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Board:
    """One experiment: ours, what is planned, and the paper's.

    Attributes:
        experiment: its name.
        stamp: changes with the ledger's file.
        lines: a line for each number, as `glot.experiments.tables.summary` has them, with
            `planned` (see `glot.experiments.planned.with_planned`) and `best`.
        rows: ours, without the trials of searches.
        numbers: the paper's.
        bad: lines of the ledger that are skipped.
    """

    experiment: str
    stamp: Stamp
    lines: pd.DataFrame
    rows: tuple[Row, ...]
    numbers: tuple[PaperNumber, ...]
    bad: tuple[BadLine, ...]


@dataclass(frozen=True)
class Wanted:
    """Which part of an experiment's table is shown.

    Attributes:
        backbones: names; empty: all.
        regime: of ours; empty: all.
        group: protocol or task category; empty: all.
        metric: its name, `main` (each task's first one) or `all`.
        paper: whether the paper's numbers are shown.
        missing: whether what is planned and not measured is shown.
    """

    backbones: tuple[str, ...] = ()
    regime: str = ""
    group: str = ""
    metric: str = "main"
    paper: bool = True
    missing: bool = True


def stamp(experiment: str) -> Stamp:
    """Changes with the file that holds the experiment's rows."""
    path = results_folder() / (experiment + SUFFIX)
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


def board(experiment: str) -> Board:
    """An experiment's numbers as they stand in the ledger now.

    Raises:
        GlotError: the ledger, the paper's numbers or the outline of plans cannot be read.
    """
    return _board(experiment, stamp(experiment))


@st.cache_resource(max_entries=32, show_spinner=False)
def _board(experiment: str, stamp: Stamp) -> Board:
    import pandas as pd

    from glot.experiments.best import best
    from glot.experiments.planned import with_planned
    from glot.experiments.tables import current, paper_summary, summary

    ledger = read_ledger(experiment)
    rows = current(ledger.rows)
    numbers = numbers_of(experiment)
    plans = [plan for plan in planned() if plan.experiment == experiment]
    ours = with_planned(summary(rows), plans)
    theirs = paper_summary(numbers).assign(planned=0)
    parts = [part for part in (ours, theirs) if len(part)]
    lines = _ordered(pd.concat(parts, ignore_index=True) if parts else ours)
    lines = lines.assign(best=best(lines))
    return Board(experiment, stamp, lines, tuple(rows), tuple(numbers), ledger.bad)


def _ordered(lines: pd.DataFrame) -> pd.DataFrame:
    """Ours before the paper's, backbone by backbone, regime by regime, pooler by pooler."""
    poolers = list(POOLERS)
    backbones = list(dict.fromkeys(lines["backbone"]))
    regimes = [*REGIMES, *dict.fromkeys(lines["regime"])]
    methods = list(dict.fromkeys(lines["method"]))

    def place(line: Any) -> tuple[int, ...]:
        pooler = pooler_of(line.method)
        return (
            line.source != "ours",
            backbones.index(line.backbone),
            regimes.index(line.regime),
            poolers.index(pooler) if pooler in poolers else len(poolers),
            methods.index(line.method),
        )

    places = [place(line) for line in lines.itertuples()]
    order = sorted(range(len(places)), key=places.__getitem__)
    return lines.iloc[order].reset_index(drop=True)


def options(board: Board) -> dict[str, list[str]]:
    """What there is to choose from: `backbones`, `regime`, `group`, `metric`."""
    lines = board.lines
    ours = lines[lines["source"] == "ours"]
    groups = [group for group in dict.fromkeys(lines["group"]) if group]
    metrics = list(dict.fromkeys(lines["metric"]))
    return {
        "backbones": list(dict.fromkeys(lines["backbone"])),
        "regime": ["", *dict.fromkeys(ours["regime"])],
        "group": ["", *groups],
        "metric": ["main", "all", *metrics],
    }


def shown(board: Board, wanted: Wanted) -> pd.DataFrame:
    """The lines that a part of the table has, in the board's order."""
    lines = board.lines
    keep = lines["source"].isin(["ours", "paper"] if wanted.paper else ["ours"])
    if wanted.backbones:
        keep &= lines["backbone"].isin(wanted.backbones)
    if wanted.regime:
        keep &= (lines["regime"] == wanted.regime) | (lines["source"] == "paper")
    if wanted.group:
        keep &= lines["group"] == wanted.group
    if wanted.metric == "main":
        keep &= _main(lines)
    elif wanted.metric != "all":
        keep &= lines["metric"] == wanted.metric
    if not wanted.missing:
        keep &= lines["value"].notna()
    return lines[keep]


def _main(lines: pd.DataFrame) -> pd.Series:
    """Costs, and of scores each task's first metric."""
    import numpy as np

    from glot.experiments.best import COSTS

    scores = lines[~lines["metric"].isin(COSTS)]
    # Ours come first, and with them the metric that chose.
    first: dict[Any, str] = {}
    ours: dict[Any, str] = {}
    for line in scores[["source", "task", "metric"]].itertuples(index=False):
        first.setdefault((line.source, line.task), str(line.metric))
        if line.source == "ours":
            ours.setdefault(line.task, str(line.metric))
    chosen = [
        line.metric in COSTS
        or line.metric == ours.get(line.task, first.get((line.source, line.task)))
        for line in lines[["source", "task", "metric"]].itertuples(index=False)
    ]
    return lines["value"].isna() | np.array(chosen, dtype=bool)


@dataclass(frozen=True)
class Laid:
    """The table as it is read, three times over, row by row and column by column.

    Attributes:
        keys: of the rows, see `LINE`.
        places: of the columns, see `PLACE`.
        titles: of the columns.
        values: the numbers; NaN where there is none.
        texts: what stands in their place.
        best: whether they are among the best.
    """

    keys: list[tuple[str, ...]]
    places: list[tuple[str, ...]]
    titles: list[str]
    values: pd.DataFrame
    texts: pd.DataFrame
    best: pd.DataFrame


@st.cache_resource(max_entries=64, show_spinner=False)
def laid(_board: Board, wanted: Wanted, experiment: str, stamp: Stamp) -> Laid:  # noqa: ARG001
    """What is shown of a board, laid out; the last two arguments are the board's, for the cache."""
    from glot.experiments.export import column_titles, entry, laid_out

    nothing = float("nan"), "", False
    cells = laid_out(
        shown(_board, wanted), lambda line: (line["value"], entry(line), line["best"])
    ).map(lambda cell: cell or nothing)
    return Laid(
        keys=[tuple(map(str, key)) for key in cells.index],
        places=[tuple(map(str, column[1:])) for column in cells.columns],
        titles=column_titles(cells),
        values=cells.map(lambda cell: cell[0]).astype(float),
        texts=cells.map(lambda cell: cell[1]),
        best=cells.map(lambda cell: cell[2]).astype(bool),
    )


def behind(board: Board, key: tuple[str, ...], place: tuple[str, ...]) -> list[Row]:
    """The ledger's rows behind a number of ours, one for each seed.

    Args:
        board: the experiment.
        key: of the table's row, see `LINE`.
        place: of its column, see `PLACE`.
    """
    wanted = dict(zip((*LINE, *PLACE), (*key, *place), strict=True))
    setting = wanted.pop("setting")
    del wanted["source"]
    found = {
        row.seed: row
        for row in board.rows
        if all(getattr(row, name) == value for name, value in wanted.items())
        and (not setting or _told(row, setting))
    }
    return [found[seed] for seed in sorted(found)]


def _told(row: Row, setting: str) -> bool:
    """Whether a row is one of those that a setting such as `τ 0.2, lr 0.001` tells apart."""
    told = {"τ": row.tau, "conv": row.conv, "texts": row.n_train, **row.settings}
    parts = {f"{name} {value}" for name, value in told.items()}
    return all(
        part in parts or (part.endswith(" none") and part.removesuffix(" none") not in told)
        for part in setting.split(", ")
    )


def paper_behind(board: Board, key: tuple[str, ...], place: tuple[str, ...]) -> list[PaperNumber]:
    """The paper's numbers behind one of the table."""
    _, backbone, method, table, setting = key
    task, split, metric = place
    return [
        number
        for number in board.numbers
        if (number.backbone, number.method, number.table) == (backbone, method, table)
        and (number.task, number.split, number.metric) == (task, split, metric)
        and setting in ("", f"τ {number.tau or 0:g}")
    ]


def cell_command(board: Board, key: tuple[str, ...], place: tuple[str, ...]) -> str:
    """What measures a number of ours that is missing."""
    _, backbone, method, regime, _ = key
    return fill_cell_command(board.experiment, backbone, place[0], method, regime)


def fill_commands(board: Board) -> Mapping[str, int]:
    """What measures all that is missing: command → how many numbers; 0: not planned here."""
    from glot.experiments.tables import missing_commands

    lines = board.lines
    missing = lines[lines["value"].isna()]
    found = {
        fill_command(board.experiment, str(backbone)): len(part)
        for backbone, part in missing.groupby("backbone", sort=False)
    }
    others = missing_commands(board.experiment, board.numbers, board.rows)
    return found | dict.fromkeys(others, 0)


def raw_lines(board: Board, lines: pd.DataFrame) -> str:
    """The ledger's rows behind lines of the table, as JSON lines."""
    names = ["backbone", "method", "regime", *PLACE]
    there = set(lines[lines["source"] == "ours"][names].itertuples(index=False, name=None))
    return "".join(
        f"{row.sealed_line()}\n"
        for row in board.rows
        if tuple(getattr(row, name) for name in names) in there
    )
