"""Ledger rows as tables: mean and deviation over seeds, with the paper's numbers beside ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from glot.experiments.comparison import group_of
from glot.experiments.paper import PaperNumber, fill_command
from glot.experiments.row import Row

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "source",
    "backbone",
    "method",
    "regime",
    "setting",
    "group",
    "task",
    "split",
    "metric",
    "ratio",
    "value",
    "deviation",
    "seeds",
    "bound",
)
INDEX = ("source", "backbone", "method", "regime", "setting")
HEAD = ("group", "task", "split", "metric")
# What training found out, not what it was told.
OUTCOMES = ("best_epoch", "validation", "stopped")


def is_trial(row: Row) -> bool:
    """Whether a row records a search: it chose something and is no result."""
    return row.regime == "search" or row.split == "validation"


def current(rows: Iterable[Row], search: bool = False) -> list[Row]:
    """The latest row of everything that was measured, without the trials of searches.

    Cells that only a digest of settings tells apart are versions of one plan: the rows of the
    latest one count. So a plan that was changed leaves no half of its former self in a table.

    Args:
        rows: of any experiments; of equal dates the later line is the latest.
        search: keep the trials.
    """
    latest: dict[tuple[str, ...], Row] = {}
    plans: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = (row.cell, *_what(row))
        if key not in latest or row.date >= latest[key].date:
            latest[key] = row
        place = _place(row)
        if place not in plans or row.date >= plans[place].date:
            plans[place] = row
    return [
        row
        for row in latest.values()
        if _plan(row) == _plan(plans[_place(row)]) and (search or not is_trial(row))
    ]


def _what(row: Row) -> tuple[str, ...]:
    return row.experiment, row.task, row.split, row.metric


def _plan(row: Row) -> str:
    """What a head's trials and seeds have in common: the cell's name without its last part."""
    return row.cell.rpartition("/")[0]


def _place(row: Row) -> tuple[str, ...]:
    """What versions of a plan have in common."""
    return (_plan(row).partition("~")[0], *_what(row))


def summary(rows: Sequence[Row]) -> pd.DataFrame:
    """Mean and sample deviation over the seeds, one line for each thing measured.

    Args:
        rows: of one experiment, as `current` gives them.

    Returns:
        Columns `COLUMNS`; `setting` tells apart what only a setting tells apart, `group` is the
        protocol or the task category, `deviation` is missing with one seed.
    """
    settings = settings_of(rows)
    seeds: dict[tuple[Any, ...], dict[int, Row]] = defaultdict(dict)
    for row, setting in zip(rows, settings, strict=True):
        names = (row.backbone, row.method, row.regime, setting, group_of(row.task, row.protocol))
        seeds[(*names, row.task, row.split, row.metric, row.ratio)][row.seed] = row
    records = []
    for key, found in seeds.items():
        values = [row.value for row in found.values()]
        deviation = stdev(values) if len(values) > 1 else None
        records.append(("ours", *key, mean(values), deviation, len(values), ""))
    return _frame(records)


def paper_summary(numbers: Sequence[PaperNumber]) -> pd.DataFrame:
    """The paper's numbers in the form of `summary`; `regime` names the table, seeds are 1."""
    return _frame(
        (
            "paper",
            n.backbone,
            n.method,
            n.table,
            "" if n.tau is None else f"τ {n.tau:g}",
            group_of(n.task, "paper" if n.ratio is not None else ""),
            n.task,
            n.split,
            n.metric,
            n.ratio,
            n.value,
            None,
            1,
            n.bound,
        )
        for n in numbers
    )


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    """A summary as a table to read: one row a method, one column a task, split and metric.

    Args:
        frame: as `summary` or `paper_summary` gives it, or several put together.

    Returns:
        Index `INDEX`, columns (group, task, split, metric), cells such as `81.20 ± 0.35 (3)`:
        mean, deviation and number of seeds; the number alone for the paper's.
    """
    import pandas as pd

    cells: dict[tuple[Any, ...], str] = {}
    heads: dict[tuple[Any, ...], tuple[int, float]] = {}
    groups = {name: number for number, name in enumerate(dict.fromkeys(frame["group"]))}
    for record in records_of(frame):
        row = tuple(record[name] for name in INDEX)
        head = tuple(record[name] for name in HEAD)
        cells[row, head] = cell_text(record)
        # Without a ratio, which is NaN then, a task stays where it came first.
        ratio = record["ratio"] if record["ratio"] == record["ratio"] else 0.0
        heads.setdefault(head, (groups[record["group"]], ratio))
    rows = list(dict.fromkeys(row for row, _ in cells))
    ordered = sorted(heads, key=heads.__getitem__)
    return pd.DataFrame(
        [[cells.get((row, head), "") for head in ordered] for row in rows],
        index=pd.MultiIndex.from_tuples(rows, names=INDEX),
        columns=pd.MultiIndex.from_tuples(ordered, names=HEAD),
    )


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A data frame's lines as dicts."""
    return [{str(k): v for k, v in record.items()} for record in frame.to_dict("records")]


def cell_text(record: dict[str, Any]) -> str:
    """One entry of a summary as text."""
    text = f"{record['bound']}{number_text(record['value'])}"
    if record["source"] == "paper":
        return text
    deviation = record["deviation"]
    # A missing one is NaN in a data frame, the only number that is not itself.
    if deviation is not None and deviation == deviation:
        text += f" ± {deviation:,.2f}" if abs(record["value"]) >= 0.1 else f" ± {deviation:.3g}"
    return f"{text} ({record['seeds']})"


def number_text(value: float) -> str:
    """Two decimals; none of a count from a thousand on, three digits below a tenth."""
    if abs(value) >= 1000 and float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}" if 0 < abs(value) < 0.1 else f"{value:,.2f}"


def missing_commands(
    experiment: str, numbers: Iterable[PaperNumber], rows: Iterable[Row]
) -> list[str]:
    """What would measure an experiment on those of the paper's backbones that we have no row of."""
    here = {row.backbone for row in rows}
    wanted = dict.fromkeys(number.hub_id for number in numbers if number.hub_id)
    return [fill_command(experiment, hub_id) for hub_id in wanted if hub_id not in here]


def _frame(records: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(records), columns=list(COLUMNS))
    return frame.astype({"ratio": float, "value": float, "deviation": float, "seeds": int})


def settings_of(rows: Sequence[Row]) -> list[str]:
    """For each row the settings that nothing else tells it apart by; mostly none.

    What a search chose differs between tasks, which the task tells; what differs on one task with
    one seed under one name is part of the name.
    """
    same: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        key = (row.backbone, row.method, row.regime, row.task, row.split, row.metric, row.seed)
        same[key].append(_told(row))
    varying: dict[tuple[Any, ...], dict[str, None]] = defaultdict(dict)
    for key, told in same.items():
        for name in dict.fromkeys(name for values in told for name in values):
            if len({str(values.get(name)) for values in told}) > 1:
                varying[key[:3]][name] = None
    texts = []
    for row in rows:
        told_of = _told(row)
        names = varying.get((row.backbone, row.method, row.regime), {})
        texts.append(", ".join(f"{name} {told_of.get(name, 'none')}" for name in names))
    return texts


def _told(row: Row) -> dict[str, Any]:
    """What a row's head was told to be."""
    own = {name: value for name, value in row.settings.items() if name not in OUTCOMES}
    return {"τ": row.tau, "conv": row.conv, "texts": row.n_train, **own}
