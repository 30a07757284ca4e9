"""A summary as CSV, LaTeX with booktabs, or Markdown.

CSV holds one line a number, with all digits, for further work; LaTeX and Markdown hold the table
as it is read, `mean ± deviation (seeds)`, the best of each column in bold
(`glot.experiments.best`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from glot.experiments.best import best
from glot.experiments.tables import HEAD, INDEX, cell_text, records_of, wide
from glot.plots.methods import method_title, metric_title, task_title

if TYPE_CHECKING:
    import pandas as pd

MISSING = "not measured"
NAMES = {
    "source": "Source",
    "backbone": "Backbone",
    "method": "Method",
    "regime": "Regime",
    "setting": "Setting",
}
LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "τ": r"$\tau$",
    "±": r"$\pm$",
    "−": r"$-$",
}
NOTE = (
    "Mean ± deviation over seeds (number of seeds). Bold: the best of a column on one backbone "
    "under one regime, and what Welch's test over the seeds does not tell apart from it (5 %); "
    "the paper's numbers, which have no spread, stand apart."
)


def entry(record: dict[str, Any]) -> str:
    """One number of a summary as text; tells what is planned and not measured.

    Args:
        record: a line of a summary; `planned` may be missing.
    """
    if record["value"] != record["value"]:
        return MISSING
    text, seeds, planned = cell_text(record), record["seeds"], record.get("planned", 0)
    if record["source"] == "ours" and seeds < planned:
        return f"{text.removesuffix(f'({seeds})')}({seeds} of {planned})"
    return text


def laid_out(frame: pd.DataFrame, content: Callable[[dict[str, Any]], Any]) -> pd.DataFrame:
    """A summary's lines as a table of one row a method and one column a task, split and metric.

    Args:
        frame: as `glot.experiments.tables.summary` gives it, or with further columns.
        content: a line → what stands in its place.

    Returns:
        Index and columns as `glot.experiments.tables.wide` orders them; None where there is no
        line.
    """
    table = wide(frame).astype(object)
    table.loc[:, :] = None
    places: dict[Any, int] = {key: number for number, key in enumerate(table.index)}
    heads: dict[Any, int] = {key: number for number, key in enumerate(table.columns)}
    for record in records_of(frame):
        row = places[tuple(record[name] for name in INDEX)]
        column = heads[tuple(record[name] for name in HEAD)]
        table.iat[row, column] = content(record)
    return table


def column_titles(table: pd.DataFrame) -> list[str]:
    """What stands above the columns of `laid_out`: no more than tells them apart."""
    _, tasks, splits, metrics = (list(level) for level in zip(*table.columns, strict=True))
    titles = []
    for task, split, metric in zip(tasks, splits, metrics, strict=True):
        parts = [task_title(task)] if task else []
        of_task = {s for t, s in zip(tasks, splits, strict=True) if t == task}
        if len(of_task) > 1:
            parts.append(split.removeprefix("dev_"))
        if len(set(metrics)) > 1 or not parts:
            parts.append(metric_title(metric))
        titles.append(" · ".join(parts))
    return titles


def as_csv(frame: pd.DataFrame) -> str:
    """Every number on a line of its own, with all its digits and whether it is among the best."""
    return str(frame.assign(best=best(frame)).to_csv(index=False, lineterminator="\n"))


def as_markdown(frame: pd.DataFrame) -> str:
    """The table as it is read, in Markdown."""
    heads, rows = _read(frame, lambda text: f"**{text}**", _markdown)
    n_words = len(heads) - len(laid_out(frame, entry).columns)
    rule = ["---"] * n_words + ["---:"] * (len(heads) - n_words)
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]
    return "\n".join([*lines, "", NOTE, ""])


def as_latex(frame: pd.DataFrame) -> str:
    """The table as it is read, in LaTeX; needs the package booktabs."""
    heads, rows = _read(frame, lambda text: rf"\textbf{{{text}}}", _latex)
    n_words = len(heads) - len(laid_out(frame, entry).columns)
    body = [" & ".join(cells) + r" \\" for cells in rows]
    return "\n".join(
        [
            r"% \usepackage{booktabs}",
            f"% {NOTE}",
            rf"\begin{{tabular}}{{{'l' * n_words}{'r' * (len(heads) - n_words)}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _read(
    frame: pd.DataFrame, bold: Callable[[str], str], escape: Callable[[str], str]
) -> tuple[list[str], list[list[str]]]:
    """Headings and rows; names that nothing varies in are left out, but for the method's."""
    marked = frame.assign(best=best(frame))

    def content(record: dict[str, Any]) -> str:
        text = escape(entry(record))
        return bold(text) if record["best"] else text

    table = laid_out(marked, content)
    names = {
        name: list(level) for name, level in zip(INDEX, zip(*table.index, strict=True), strict=True)
    }
    names["method"] = [method_title(method) for method in names["method"]]
    shown = [name for name, level in names.items() if name == "method" or len(set(level)) > 1]
    heads = [escape(NAMES[name]) for name in shown] + [escape(t) for t in column_titles(table)]
    rows = [
        [*(escape(names[name][i]) for name in shown), *("" if c is None else c for c in cells)]
        for i, cells in enumerate(table.itertuples(index=False, name=None))
    ]
    return heads, rows


def _latex(text: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in text)


def _markdown(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("<", "\\<")
