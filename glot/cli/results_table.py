"""How `glot results` prints tables: blocks that 100 columns hold, no number ever cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from glot.experiments.comparison import z_scores
from glot.experiments.comparisons import Comparison, comparisons
from glot.experiments.paper import PaperNumber
from glot.experiments.row import Row
from glot.experiments.tables import missing_commands, paper_summary, records_of, summary, wide
from glot.plots.methods import task_title

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
# What rich's SIMPLE_HEAD takes around an entry.
PADDING = 3
CAPTION = (
    "Over seeds × examples: points of accuracy; the interval draws both (bootstrap). The last\n"
    "column tells how far the seeds lie apart."
)


@dataclass(frozen=True)
class Column:
    """A column of a printed table: the lines above it, and its entries."""

    head: list[str]
    entries: list[str]

    @property
    def width(self) -> int:
        """Characters that it takes, with the room around it."""
        return max(map(len, (*self.head, *self.entries))) + PADDING

    def where(self, chosen: Sequence[bool]) -> Column:
        """The column with some of its entries."""
        return Column(self.head, [e for e, keep in zip(self.entries, chosen, strict=True) if keep])


def print_experiment(
    name: str, rows: Sequence[Row], numbers: Sequence[PaperNumber], command: str
) -> None:
    """Print our table, what the graph adds, the paper's table, and what would fill the gaps.

    Args:
        name: of the experiment.
        rows: ours, as `glot.experiments.tables.current` gives them.
        numbers: the paper's.
        command: what measures rows where there are none; empty: only the paper's are asked for.
    """
    console = _console()
    tables = dict.fromkeys([row.table for row in rows] or [n.table for n in numbers])
    _line(console, f"== {name} ({', '.join(tables)})" if tables else f"== {name}")
    if rows:
        seconds: list[Row] = []
        if name == "scaling":
            rows, seconds = _by_length(rows)
        frame = summary([*rows, *seconds])
        _line(console, "Ours: mean ± deviation over seeds (number of seeds).")
        _print_summary(console, frame)
        _print_comparisons(console, comparisons(rows))
        _print_z_scores(console, name, frame)
    elif command:
        _line(console, f"Nothing of ours is in the ledger. Measure it: {command}")
    if numbers:
        frame = paper_summary(numbers)
        _line(console, "\nThe paper's:")
        _print_summary(console, frame)
        _print_z_scores(console, name, frame)
    if command and (missing := missing_commands(name, numbers, rows)):
        _line(console, "\nThe paper's backbones that the ledger has no row of are measured by:")
        for other in missing:
            _line(console, f"  {other}")
    _line(console, "")


def _by_length(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows that differ in their texts' length, named by it, and what each head took in seconds."""
    lengths = [replace(r, task=task_title(r.task), protocol="") for r in rows]
    return lengths, [replace(r, metric="seconds", value=r.seconds) for r in lengths]


def _console() -> Console:
    """A terminal as wide as it is; a file or a pipe 100 columns wide, without colours."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def _line(console: Console, text: str) -> None:
    # Names may hold brackets, which are no markup, and commands are copied whole.
    console.print(text, markup=False, soft_wrap=True)


def _print_summary(console: Console, frame: pd.DataFrame) -> None:
    """A block for each backbone and, of the paper's, table; one for each group if it is wide."""
    tables = frame["regime"].where(frame["source"] == "paper", "")
    for key, part in frame.groupby(["backbone", tables], sort=False):
        about = [str(name) for name in key if name]
        if _print_block(console, about, part, whole=True):
            continue
        for group, grouped in part.groupby("group", sort=False):
            _print_block(console, [*about, str(group)] if group else about, grouped, whole=False)


def _print_block(console: Console, about: list[str], part: pd.DataFrame, whole: bool) -> bool:
    """Print one block, parted where it is too wide.

    Args:
        console: to print on.
        about: what all of it is about.
        part: the block, as `summary` gives it.
        whole: print it in one part or not at all.

    Returns:
        Whether it was printed.
    """
    source = part["source"].iloc[0]
    block = wide(part)
    names = ["method", "regime" if source == "ours" else "", "setting"]
    left = _columns(names, [list(map(str, key[2:])) for key in block.index])
    # A setting that nothing varies in takes no room; the paper's table is in the title.
    left = [column for column in left if column.head[0] and any(column.entries)]
    right = [Column(_head(column, whole), list(block[column])) for column in block.columns]
    parts = _fitting(left, right, console.width)
    if whole and len(parts) > 1:
        return False
    for chosen in parts:
        filled = [any(column.entries[i] for column in chosen) for i in range(len(block))]
        shown = [column.where(filled) for column in (*left, *chosen)]
        _print_table(console, f"{', '.join(about)} ({source})", shown, len(left))
    return True


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    return [Column([head], [row[i] for row in rows]) for i, head in enumerate(heads)]


def _head(column: Sequence[str], whole: bool) -> list[str]:
    """The lines above a column; a protocol's block has told all of a task but its ratio."""
    group, task, split, metric = column
    if group.endswith("protocol") and not whole:
        task = f"ratio {task.rpartition('-')[2]}"
    return [line for line in (task, split, metric) if line]


def _fitting(left: Sequence[Column], right: Sequence[Column], width: int) -> list[list[Column]]:
    """The columns at the right, parted so that each part fits beside those at the left."""
    room = width - sum(column.width for column in left)
    parts: list[list[Column]] = []
    used = 0
    for column in right:
        if not parts or used + column.width > room:
            parts.append([])
            used = 0
        parts[-1].append(column)
        used += column.width
    return parts


def _print_table(console: Console, title: str, columns: Sequence[Column], n_words: int) -> None:
    """One table; the first `n_words` columns are words, the others numbers."""
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for number, column in enumerate(columns):
        table.add_column(
            "\n".join(column.head),
            justify="left" if number < n_words else "right",
            # Rich would rather cut an entry than pass the console's width.
            min_width=column.width - PADDING,
            no_wrap=True,
        )
    for entries in zip(*(column.entries for column in columns), strict=True):
        table.add_row(*map(escape, entries))
    _line(console, f"\n{title}")
    console.print(table, crop=False, soft_wrap=True)


def _print_comparisons(console: Console, found: Sequence[Comparison]) -> None:
    """One block for each backbone and pair of methods."""
    heads = ("regime", "task", "points", "95 % interval", "over", "by seed")
    for backbone, a, b in dict.fromkeys((c.backbone, c.a, c.b) for c in found):
        rows = [_told(c) for c in found if (c.backbone, c.a, c.b) == (backbone, a, b)]
        _print_table(console, f"{backbone}, {a} minus {b} (ours)", _columns(heads, rows), 2)
    if found:
        _line(console, CAPTION)


def _told(comparison: Comparison) -> list[str]:
    """A comparison as entries of a table; a seed's own metric is named where it is another."""
    result = comparison.result
    seeds = f"{result.n_seeds} seed{'s' if result.n_seeds > 1 else ''}"
    over = f"{seeds} × {result.n_examples:,}" if "examples" in result.over else seeds
    named = "" if result.seed_metric == "accuracy" else f" {result.seed_metric}"
    return [
        comparison.regime,
        f"{comparison.task} {comparison.split}",
        f"{result.difference:+.2f}",
        "none" if result.low is None else f"{result.low:+.2f} to {result.high:+.2f}",
        over,
        f"{result.seed_min:+.2f} to {result.seed_max:+.2f}{named}",
    ]


def _print_z_scores(console: Console, name: str, frame: pd.DataFrame) -> None:
    """GLUE's methods on one scale (Figure 4)."""
    if name != "glue":
        return
    scores = records_of(z_scores(frame[frame["split"] != "validation"]))
    for place in dict.fromkeys((s["backbone"], s["regime"]) for s in scores):
        here = [s for s in scores if (s["backbone"], s["regime"]) == place]
        methods = list(dict.fromkeys(s["method"] for s in here))
        columns = [Column(["method"], methods)]
        for category in dict.fromkeys(s["category"] for s in here):
            by_method = {s["method"]: f"{s['z']:+.2f}" for s in here if s["category"] == category}
            columns.append(Column([category], [by_method.get(m, "") for m in methods]))
        _print_table(console, f"{', '.join(place)}, z-scores", columns, 1)
