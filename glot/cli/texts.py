"""The texts of a user's file or of a task, for commands that need no labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def table_of_texts(
    file: Path, text_column: str, encoding: str, drop_empty: bool
) -> tuple[pd.DataFrame, str]:
    """The file's rows with their texts as strings, and the name of the column of texts.

    Args:
        file: .csv, .tsv, .jsonl, .parquet, or .txt with one text a line.
        text_column: empty: look for the usual names.
        encoding: of text formats.
        drop_empty: leave out blank texts instead of refusing the file.

    Raises:
        GlotError: the file cannot be read, has no such column, or a blank text.
    """
    from glot.tasks.files import (
        blank_rows,
        find_column,
        read_lines,
        read_table,
        refuse_blank,
        texts_of,
    )
    from glot.tasks.own import TEXT

    lines = file.suffix.lower() == ".txt"
    frame = read_lines(file, encoding) if lines else read_table(file, encoding)
    column = find_column(frame, text_column, TEXT, "--text-column")
    frame[column] = texts_of(frame, column)
    blank = blank_rows(frame[column].tolist())
    if blank and drop_empty:
        return frame.drop(index=frame.index[blank]), column
    refuse_blank(blank, "text")
    return frame, column


def texts_of_task(name: str, data: str | None) -> tuple[list[str], int]:
    """All texts of all splits of a task, and how many tokens it cuts them to.

    Raises:
        GlotError: the task is unknown, or its data is not there.
    """
    from glot.paths import data_folder
    from glot.tasks import get_task

    task = get_task(name)
    splits = [task.load(split, data_folder(data)) for split in task.splits]
    texts = [text for rows in splits for text in (*rows.texts, *rows.others)]
    return texts, task.max_tokens
