"""Heads of several poolers on the same reported rows: one table, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glot.heads.card import HeadCard
from glot.metrics import difference_interval
from glot.training.reported import Reported

BASELINE = "mean"


@dataclass(frozen=True)
class ComparedHead:
    """One line of the table; scores are times 100.

    Attributes:
        pooler: its name.
        value: the selecting metric on the reported split.
        low: lower end of its 95 % interval.
        high: upper end.
        difference: to the baseline, on the same rows; None of the baseline itself.
        difference_low: lower end of the difference's 95 % interval.
        difference_high: upper end.
        validation: the score that the head was chosen by.
        parameters: of the head.
        seconds: that training took, states that were there already not counted.
    """

    pooler: str
    value: float
    low: float
    high: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    validation: float
    parameters: int
    seconds: float


def baseline_of(poolers: Mapping[str, object]) -> str:
    """Whom the others are compared with: mean pooling, or the first where it is not there."""
    return BASELINE if BASELINE in poolers else next(iter(poolers))


def compare(found: Mapping[str, tuple[HeadCard, Reported]]) -> tuple[ComparedHead, ...]:
    """The table, in the order given.

    Differences are paired: rows are drawn with what both heads say of them (1,000 bootstrap
    draws), so that rows which are hard for both do not widen the interval.

    Args:
        found: card and predictions of each pooler's head, on the same rows.
    """
    base = found[baseline_of(found)][1]
    return tuple(
        _line(pooler, card, reported, None if reported is base else base)
        for pooler, (card, reported) in found.items()
    )


def _line(pooler: str, card: HeadCard, own: Reported, base: Reported | None) -> ComparedHead:
    low, high = own.interval()
    difference: float | None = None
    bounds: tuple[float, float] | tuple[None, None] = (None, None)
    if base is not None:
        difference = own.score() - base.score()
        if len(own.labels) > 1:
            values = (own.labels, own.predicted, base.predicted)
            bounds = difference_interval(own.metrics[0], *(each.tolist() for each in values))
    return ComparedHead(
        pooler=pooler,
        value=own.score(),
        low=low,
        high=high,
        difference=difference,
        difference_low=bounds[0],
        difference_high=bounds[1],
        validation=float(card.metrics["validation"]),
        parameters=int(card.metrics["parameters"]),
        seconds=float(card.metrics["seconds"]),
    )


def as_lines(table: tuple[ComparedHead, ...], metric: str, split: str) -> list[str]:
    """The table as plain text, a line for each head below a line of titles."""
    base = next(row.pooler for row in table if row.difference is None)
    heads = ("pooler", f"{split} {metric}", "95 % interval", f"minus {base}", "95 % interval", "")
    lines = [heads]
    for row in table:
        lines.append(
            (
                row.pooler,
                f"{row.value:.2f}",
                f"{row.low:.2f} to {row.high:.2f}",
                "" if row.difference is None else f"{row.difference:+.2f}",
                _span(row.difference_low, row.difference_high),
                f"{row.parameters:,} parameters",
            )
        )  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:+.2f} to {high:+.2f}"
