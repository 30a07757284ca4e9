"""The table of an experiment, what stands behind each number, and downloads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.benchmarks.details import details
from app.components.page import plain, small
from app.services import results
from app.services.results import Board, Laid, Wanted
from glot.plots.methods import method_title

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

READING = (
    "Mean ± deviation over seeds (number of seeds). ★: the best of its column on one backbone "
    "under one regime, and whatever Welch's test over the seeds does not tell apart from it (5 %); "
    "a star on many says that the seeds decide little. The paper's numbers have no spread and are "
    "starred among themselves, by value. Costs have no stars. Click a heading to sort, a number "
    "to see all that stands behind it."
)
STAR = " ★"
FAINT = "color: #7d7d7d"
ROW, MOST_ROWS = 35, 16
# Pixels: of a letter, around a text, and of the widest column.
LETTER, PADDING, WIDEST = 7, 18, 260
WORDS = ("Method", "Backbone", "Regime", "Setting", "Source")


@st.fragment
def table(board: Board, wanted: Wanted) -> None:
    """The table; a click on a number opens what stands behind it."""
    lines = results.shown(board, wanted)
    if lines.empty:
        st.info(
            "Nothing is in the part that is chosen above: choose more of it, or let what is not "
            "measured yet be shown."
        )
        return
    laid = results.laid(board, wanted, board.experiment, board.stamp)
    frame, words = _frame(laid)
    small(READING)
    event = st.dataframe(
        _styled(frame, laid, len(words)),
        # Another part is another table: what was chosen in the last one is not in it.
        key=f"bench_table {board.experiment} {hash(wanted)}",
        hide_index=True,
        height=ROW * (min(len(frame), MOST_ROWS) + 1) + 3,
        row_height=ROW,
        placeholder="",
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_widths(frame, laid, words),
    )
    _downloads(board, lines)
    chosen = _chosen(event, frame, laid, len(words))
    if chosen is not None:
        details(board, *chosen)


def _frame(laid: Laid) -> tuple[pd.DataFrame, list[str]]:
    """Words, then numbers, which sort as numbers; words that nothing varies in are left out."""
    import numpy as np
    import pandas as pd

    source, backbone, method, regime, setting = (
        list(level) for level in zip(*laid.keys, strict=True)
    )
    levels = [method_title(m) for m in method], backbone, regime, setting, source
    columns = dict(zip(WORDS, levels, strict=True))
    words = [name for name in WORDS if name == "Method" or len(set(columns[name])) > 1]
    data: dict[str, Any] = {name: columns[name] for name in words}
    missing = laid.values.isna() & (laid.texts != "")
    # A cell without any number could not say that it is missing.
    values = laid.values.mask(missing, -np.inf)
    for number, title in enumerate(laid.titles):
        data[title] = values.iloc[:, number].to_numpy()
    return pd.DataFrame(data), words


def _widths(frame: pd.DataFrame, laid: Laid, words: list[str]) -> dict[str, Any]:
    """Columns as wide as their texts: the browser would measure the numbers behind them."""
    texts = [list(frame[name]) for name in words] + [list(laid.texts[c]) for c in laid.texts]
    config: dict[str, Any] = {}
    for name, column in zip(frame.columns, texts, strict=True):
        longest = max(map(len, (name, *(text + STAR for text in column))))
        width = min(LETTER * longest + PADDING, WIDEST)
        config[name] = st.column_config.Column(width=width, pinned=name == "Method")
    return config


def _styled(frame: pd.DataFrame, laid: Laid, n_words: int) -> Styler:
    """Numbers as text with their spread; the best bold, the paper's and what is missing faint."""
    import numpy as np
    import pandas as pd

    texts, best = laid.texts.to_numpy(), laid.best.to_numpy()
    missing = np.isnan(laid.values.to_numpy()) & (texts != "")
    paper = np.array([key[0] == "paper" for key in laid.keys])
    styles = np.full(frame.shape, "", dtype=object)
    styles[paper, :] = FAINT
    numbers = styles[:, n_words:]
    numbers[missing] = FAINT
    numbers[best] = np.where(numbers[best] == "", "", FAINT + "; ") + "font-weight: bold"
    shown = pd.DataFrame(texts + np.where(best, STAR, ""))
    styler = frame.style.apply(lambda _: styles, axis=None)
    for number in range(shown.shape[1]):
        styler = _texts(styler, frame.columns[n_words + number], list(shown[number]))
    return styler


def _texts(styler: Styler, column: str, texts: list[str]) -> Styler:
    """Show these in a column in place of its numbers: pandas asks row by row, from the first."""
    left = cycle(texts)
    return styler.format(lambda _: next(left), subset=[column], na_rep=None)


def _chosen(
    event: Any, frame: pd.DataFrame, laid: Laid, n_words: int
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Row and column of the number that was clicked; None where there is none."""
    cells = event["selection"]["cells"]
    if not cells:
        return None
    row, name = cells[0]
    column = list(frame.columns).index(name) - n_words
    if column < 0 or not laid.texts.iat[row, column]:
        return None
    return laid.keys[row], laid.places[column]


def _downloads(board: Board, lines: pd.DataFrame) -> None:
    """The table as shown in three forms, and the rows behind it."""
    from glot.experiments.export import as_csv, as_latex, as_markdown

    forms: dict[str, tuple[str, str, Callable[[], str]]] = {
        "CSV": ("csv", "text/csv", lambda: as_csv(lines)),
        "LaTeX": ("tex", "text/plain", lambda: as_latex(lines)),
        "Markdown": ("md", "text/markdown", lambda: as_markdown(lines)),
        "Ledger rows": ("jsonl", "application/jsonl", lambda: results.raw_lines(board, lines)),
    }
    with st.container(horizontal=True):
        for label, (suffix, kind, content) in forms.items():
            st.download_button(
                plain(label),
                content,
                file_name=f"glot-{board.experiment}.{suffix}",
                mime=kind,
                on_click="ignore",
                icon=":material/download:",
                key=f"bench_{suffix}",
            )
