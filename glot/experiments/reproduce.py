"""Measuring the cells of an experiment that the ledger does not hold yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from glot.errors import GlotError
from glot.experiments.base import Cell
from glot.experiments.bench import Bench
from glot.experiments.row import Row


@dataclass(frozen=True)
class Progress:
    """Told before and after every cell.

    Attributes:
        cell: the cell.
        done: cells of this call that are over.
        of: cells of this call.
        remaining: seconds that the rest will take, guessed from what is over; None before.
        rows: what was measured; empty before.
        error: why there are no rows.
    """

    cell: Cell
    done: int
    of: int
    remaining: float | None
    rows: tuple[Row, ...] = ()
    error: str = ""


def reproduce(
    cells: Sequence[Cell], experiment: str, bench: Bench, told: Callable[[Progress], None]
) -> list[str]:
    """Measure what is missing; every cell is written as soon as it is measured.

    Args:
        cells: in an order in which each finds what it builds on.
        experiment: their experiment's name.
        bench: the run.
        told: hears of progress.

    Returns:
        What went wrong, a line for each cell that could not be measured; the others are.
    """
    measured = bench.ledger(experiment).cells()
    todo = [cell for cell in cells if cell.key not in measured]
    left = sum(cell.cost for cell in todo)
    rates: list[float] = []
    errors: list[str] = []
    for number, cell in enumerate(todo):
        told(Progress(cell, number, len(todo), _remaining(rates, left)))
        began = time.perf_counter()
        rows: list[Row] = []
        error = ""
        try:
            rows = cell.measure(bench)
            bench.record(rows)
        except GlotError as problem:
            error = " ".join(str(problem).split())
            errors.append(f"{cell.key}: {error}")
        rates.append((time.perf_counter() - began) / cell.cost)
        left -= cell.cost
        told(Progress(cell, number + 1, len(todo), _remaining(rates, left), tuple(rows), error))
    return errors


@dataclass(frozen=True)
class Again:
    """A number measured again.

    Attributes:
        was: the ledger's row.
        now: the new one.
        spread: the ledger's values of the same thing, one for each seed.
    """

    was: Row
    now: Row
    spread: tuple[float, ...]


def measure_again(cells: Sequence[Cell], experiment: str, bench: Bench, key: str) -> list[Again]:
    """Measure one cell that the ledger holds, and put each number beside the one that it holds.

    Nothing is written.

    Raises:
        GlotError: no such cell, or the ledger does not hold it.
    """
    by_key = {cell.key: cell for cell in cells}
    rows = bench.ledger(experiment).rows
    latest = {_what(row): row for row in rows if row.cell == key}
    if key not in by_key or not latest:
        raise GlotError(
            f"The row {key!r} is not in the ledger of {experiment} on {bench.scope.backbone}, or "
            "the experiment has no such cell any more.",
            "Accepted: a `cell` of a row that glot results shows.",
            f"List them with: glot results --experiment {experiment} --format csv",
        )
    siblings = key.rpartition("/seed-")[0] or key
    found = []
    for row in by_key[key].measure(bench):
        values = [r.value for r in rows if r.cell.startswith(siblings) and _what(r) == _what(row)]
        found.append(Again(latest[_what(row)], row, tuple(values)))
    return found


def _what(row: Row) -> tuple[str, str, str]:
    return row.task, row.split, row.metric


def _remaining(rates: list[float], left: float) -> float | None:
    """Seconds; by the median cell, since the first of a task waits for its token states."""
    return median(rates) * left if rates else None
