"""A user's own file as a task: single texts or pairs, with classes or numbers to predict."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glot.errors import GlotError, quoted
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.files import blank_rows, find_column, read_table, refuse_blank, texts_of
from glot.tasks.splits import cut_validation, nobody

TEXT = ("text", "text_a", "sentence", "sentence1", "review", "content")
OTHER = ("text_b", "sentence2")
LABEL = ("label", "labels", "target", "score", "class")
# Whole numbers with more distinct values than this are taken for amounts, not for classes.
MAX_NUMBERED_CLASSES = 20
TEST_SHARE = 0.2
SPLIT_SEED = 42
# Characters of a name that is made of a file's.
MAX_NAME = 50
# Texts are cut to this many tokens.
MAX_TOKENS = 512


@dataclass(frozen=True)
class OwnColumns:
    """How to read a user's file; an empty name means: look for the usual ones.

    Attributes:
        text: column of the texts, or of the first texts of pairs.
        other: column of the second texts.
        label: column of the classes or numbers.
        kind: `classification` or `regression`; by default what the labels look like.
        encoding: of text files.
        drop_empty: leave out rows without text or label instead of refusing the file.
        single: each row is one text, whatever its other columns are called.
    """

    text: str = ""
    other: str = ""
    label: str = ""
    kind: Literal["", "classification", "regression"] = ""
    encoding: str = "utf-8"
    drop_empty: bool = False
    single: bool = False

    def __post_init__(self) -> None:
        for name in ("text", "other", "label", "encoding"):
            if not isinstance(getattr(self, name), str):
                raise GlotError(f"{name} {quoted(getattr(self, name))}.", "Accepted: a name.")
        if self.kind not in ("", "classification", "regression"):
            raise GlotError(f"kind {quoted(self.kind)}.", "Accepted: classification or regression.")
        if self.single and self.other:
            raise GlotError(
                f"Single texts with a column {self.other!r} of second texts.",
                "Accepted: one of the two.",
            )

    def second(self, names: Sequence[str]) -> str:
        """Which of a file's columns holds second texts; empty where none does."""
        if self.single:
            return ""
        return self.other or next((name for name in OTHER if name in names), "")


@dataclass(frozen=True)
class OwnFile:
    """Splits that were read from a user's files (`glot.tasks.base.Reader`)."""

    splits: dict[str, LabelledTexts]

    def read(self, task: str, split: str, folder: Path | None) -> LabelledTexts:
        """The split; it is in memory already."""
        return self.splits[split]


@dataclass(frozen=True)
class _Rows:
    texts: list[str]
    others: list[str]
    labels: list[str]
    source: str


def own_task(
    path: Path,
    columns: OwnColumns | None = None,
    test: Path | None = None,
    labels: tuple[str, ...] = (),
    alive: Callable[[], None] = nobody,
) -> Task:
    """A task made of a user's file.

    Args:
        path: rows to train on.
        columns: where texts and labels stand.
        test: rows to report on; without it a fifth of `path` is cut off (seed 42) so that no
            text stands on both sides.
        labels: class names of a head trained before, to which the labels must belong.
        alive: called again and again, for a large file takes a minute; what it raises ends the
            work.

    Raises:
        GlotError: the file cannot be read, lacks a column, has blank cells, one class only, or
            labels that are no numbers where numbers are asked.
    """
    columns = columns or OwnColumns()
    parts = {"train": _read(path, columns, alive)}
    if test is not None:
        parts["test"] = _read(test, columns, alive)
    every = [label for part in parts.values() for label in part.labels]
    kind = columns.kind or ("classification" if labels else kind_of(every))
    names = (labels or classes_of(every)) if kind == "classification" else ()
    splits = {name: _labelled(part, names) for name, part in parts.items()}
    if test is None:
        held_out = max(1, round(TEST_SHARE * len(splits["train"])))
        cut = cut_validation(splits["train"], held_out, SPLIT_SEED, alive)
        splits["train"], splits["test"] = cut
    pairs = bool(splits["train"].others)
    return Task(
        name=own_name(path),
        title=path.name,
        kind="classification" if kind == "classification" else "regression",
        reader=OwnFile(splits),
        metrics=("accuracy", "macro_f1") if names else ("spearman", "pearson"),
        labels=names,
        pairs=pairs,
        head="classifier" if names else ("similarity" if pairs else "regression"),
        max_tokens=MAX_TOKENS,
        evaluation_splits=("test",),
    )


def own_name(path: Path) -> str:
    """The name of the task that a file makes: the file's, without its ending."""
    # No file system has longer names than 255 bytes, and more comes before and after this one.
    return re.sub(r"[^\w.-]+", "_", path.stem)[:MAX_NAME].strip(".") or "own"


def _read(path: Path, columns: OwnColumns, alive: Callable[[], None]) -> _Rows:
    frame = read_table(path, columns.encoding, alive)
    text = texts_of(frame, find_column(frame, columns.text, TEXT, "--text-column"))
    other_name = columns.second(list(frame.columns))
    others = []
    if other_name:
        others = texts_of(frame, find_column(frame, other_name, OTHER, "--other-column"))
    label = texts_of(frame, find_column(frame, columns.label, LABEL, "--label-column"))
    alive()
    no_text = blank_rows(text, others) if others else blank_rows(text)
    no_label = blank_rows(label)
    dropped = set(no_text) | set(no_label)
    if not columns.drop_empty:
        refuse_blank(no_text, "text")
        refuse_blank(no_label, "label")
    alive()
    kept = [i for i in range(len(text)) if i not in dropped]
    if not kept:
        raise GlotError(f"{path.name} has no row with text and label.", "Accepted: at least one.")
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    note = f", {len(dropped)} rows without text or label left out" if dropped else ""
    return _Rows(
        texts=[text[i] for i in kept],
        others=[others[i] for i in kept] if others else [],
        labels=[label[i].strip() for i in kept],
        source=f"{path.name} sha256 {checksum[:16]}{note}",
    )


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers_of(labels: Sequence[str]) -> list[float]:
    """Those of the labels that are finite numbers."""
    return [value for label in labels if (value := _number(label)) is not None]


def kind_of(labels: list[str]) -> Literal["classification", "regression"]:
    """Strings and few whole numbers are classes; other numbers are to be predicted."""
    values = [_number(label) for label in labels]
    if any(value is None for value in values):
        return "classification"
    whole = all(value is not None and value.is_integer() for value in values)
    return "classification" if whole and len(set(values)) <= MAX_NUMBERED_CLASSES else "regression"


def classes_of(labels: list[str]) -> tuple[str, ...]:
    """The distinct labels, numbers by size and strings by alphabet.

    Raises:
        GlotError: there is one only, or so many that they cannot be classes.
    """
    distinct = set(labels)
    numbers = {label: _number(label) for label in distinct}
    if all(value is not None for value in numbers.values()):
        names = sorted(distinct, key=lambda label: (numbers[label], label))
    else:
        names = sorted(distinct)
    if len(names) < 2:
        raise GlotError(
            f"All rows have the label {names[0]!r}.",
            "Accepted: two classes or more.",
            "Check the label column (--label-column).",
        )
    if len(names) > max(2, len(labels) // 2):
        raise GlotError(
            f"{len(labels)} rows have {len(names)} different labels, such as {names[0][:40]!r}.",
            "Accepted: classes with two rows or more on average, or numbers.",
            "Check the label column (--label-column), or ask for --kind regression.",
        )
    return tuple(names)


def _labelled(rows: _Rows, names: tuple[str, ...]) -> LabelledTexts:
    number = {name: float(i) for i, name in enumerate(names)}
    labels = [number.get(label) if names else _number(label) for label in rows.labels]
    strange = sorted({rows.labels[i] for i, value in enumerate(labels) if value is None})
    if strange:
        raise GlotError(
            f"The labels {', '.join(repr(label[:40]) for label in strange[:5])}.",
            f"Accepted: {', '.join(names) if names else 'numbers'}.",
            "Check the label column (--label-column) and --kind.",
        )
    return LabelledTexts(
        texts=tuple(rows.texts),
        labels=tuple(value for value in labels if value is not None),
        source=rows.source,
        others=tuple(rows.others),
    )
