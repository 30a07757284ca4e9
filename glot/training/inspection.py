"""A look at a user's labelled file before anything is trained on it; torch is not needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glot.backbones.lengths import Lengths, lengths_of
from glot.errors import GlotError
from glot.tasks import problems
from glot.tasks.files import blank_rows, find_column, read_table, texts_of
from glot.tasks.guess import guess_columns
from glot.tasks.own import LABEL, MAX_TOKENS, TEXT, OwnColumns, classes_of, kind_of, numbers_of
from glot.tasks.problems import Labelled, Problem

if TYPE_CHECKING:
    import pandas as pd

# Rows of the preview, and texts whose tokens are counted.
PREVIEW = 8
COUNTED = 5_000


@dataclass(frozen=True)
class Inspection:
    """What a file holds, and what is wrong with it.

    Attributes:
        name: of the file.
        names: of its columns.
        columns: those that will be read; guessed where none was asked for.
        reasons: of the guesses.
        kind: what its labels are.
        rows: number of rows that can be used.
        empty: number of rows without text or label.
        test_rows: of the test file; 0 without one.
        counts: (class, rows), the largest first; empty of numbers.
        span: least and greatest label where labels are numbers.
        preview: the first usable rows: text, second text of pairs, label.
        problems: what to know, the worst first.
    """

    name: str
    names: tuple[str, ...]
    columns: OwnColumns
    reasons: tuple[str, ...]
    kind: Literal["classification", "regression"]
    rows: int
    empty: int
    test_rows: int
    counts: tuple[tuple[str, int], ...]
    span: tuple[float, float] | None
    preview: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> GlotError | None:
        """Why training would be refused; None where nothing stands in its way."""
        stops = [problem for problem in self.problems if problem.severity == "stop"]
        if not stops:
            return None
        return GlotError(
            " ".join(stop.told for stop in stops),
            "Accepted: a file that can be learnt from.",
            " ".join(dict.fromkeys(stop.remedy for stop in stops)),
        )

    def told(self) -> list[str]:
        """All of it, a line for each thing."""
        pairs = "pairs of texts" if self.columns.other else "texts"
        what = (
            f"{len(self.counts)} {'class' if len(self.counts) == 1 else 'classes'}"
            if self.kind == "classification"
            else "numbers from {:g} to {:g}".format(*(self.span or (0, 0)))
        )
        lines = [f"{self.name}: {self.rows:,} {pairs} with {what}"]
        if self.test_rows:
            lines.append(f"test file: {self.test_rows:,} rows")
        lines += self.reasons
        if self.counts:
            shown = ", ".join(f"{name} {count:,}" for name, count in self.counts[:10])
            lines.append(f"rows of each class: {shown}{' …' if len(self.counts) > 10 else ''}")
        return lines + [f"{p.severity}: {p.told} {p.remedy}" for p in self.problems]


def inspect_file(
    path: Path,
    columns: OwnColumns | None = None,
    test: Path | None = None,
    backbone: str = "minilm",
) -> Inspection:
    """Read a file, guess its columns and name what is wrong with it.

    Args:
        path: rows to train on.
        columns: what is known of its columns already.
        test: rows to report on, with columns of the same names.
        backbone: whose tokenizer counts tokens.

    Raises:
        GlotError: a file that cannot be read, or without the columns that are needed.
    """
    frame = read_table(path, (columns or OwnColumns()).encoding)
    guess = guess_columns(frame, columns)
    chosen = guess.columns
    rows, empty = _labelled(frame, chosen)
    found = _empty(empty, chosen, "")
    part = None
    if test is not None:
        part, test_empty = _labelled(read_table(test, chosen.encoding), chosen)
        found += _empty(test_empty, chosen, " of the test file")
    every = [*rows.labels, *(part.labels if part else ())]
    kind = chosen.kind or (kind_of(every) if every else "classification")
    found += _labels(rows, every, kind)
    found += _content(rows, part, kind, lengths_of(backbone))
    order = ("stop", "warning", "note")
    values = [float(label) for label in numbers_of(rows.labels)] if kind == "regression" else []
    return Inspection(
        name=path.name,
        names=tuple(map(str, frame.columns)),
        columns=chosen,
        reasons=guess.reasons,
        kind=kind,
        rows=len(rows.texts),
        empty=len(empty),
        test_rows=len(part.texts) if part else 0,
        counts=tuple(Counter(rows.labels).most_common()) if kind == "classification" else (),
        span=(min(values), max(values)) if values else None,
        preview=_preview(rows),
        problems=tuple(sorted(found, key=lambda problem: order.index(problem.severity))),
    )


def _labelled(frame: pd.DataFrame, columns: OwnColumns) -> tuple[Labelled, list[int]]:
    """The rows that can be used, and the numbers of those that cannot."""
    text = texts_of(frame, find_column(frame, columns.text, TEXT, "--text-column"))
    label = texts_of(frame, find_column(frame, columns.label, LABEL, "--label-column"))
    other = (
        texts_of(frame, find_column(frame, columns.other, (), "--other-column"))
        if columns.other
        else []
    )
    blank = blank_rows(text, label, *([other] if other else []))
    left = set(blank)
    kept = [i for i in range(len(text)) if i not in left]
    rows = Labelled(
        [text[i] for i in kept],
        [other[i] for i in kept] if other else [],
        [label[i].strip() for i in kept],
        [i + 1 for i in kept],
    )
    return rows, [i + 1 for i in blank]


def _empty(numbers: list[int], columns: OwnColumns, where: str) -> list[Problem]:
    if not numbers:
        return []
    shown = ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
    n = len(numbers)
    told = f"{n:,} {'row' if n == 1 else 'rows'}{where} without text or label: row {shown}."
    if columns.drop_empty:
        return [Problem("empty", "note", told, "They are left out.")]
    remedy = "Fill them in, or leave such rows out with --drop-empty."
    return [Problem("empty", "stop", told, remedy)]


def _labels(rows: Labelled, every: list[str], kind: str) -> list[Problem]:
    """Labels that cannot be learnt, in the words of those who would refuse them."""
    if not rows.texts:
        return [Problem("no-rows", "stop", "No row has text and label.", "Check the columns.")]
    if kind == "regression":
        strange = len(every) - len(numbers_of(every))
        if not strange:
            return []
        told = f"{strange:,} labels are no numbers."
        return [Problem("labels", "stop", told, "Check the label column and --kind.")]
    try:
        classes_of(every)
    except GlotError as error:
        return [Problem("labels", "stop", f"{error.given} {error.accepted}", error.remedy)]
    return []


def _content(rows: Labelled, test: Labelled | None, kind: str, lengths: Lengths) -> list[Problem]:
    if not rows.texts:
        return []
    texts = [*rows.texts, *rows.others]
    found = problems.same_texts(rows)
    found += problems.leaks(rows, test) if test else []
    if kind == "classification":
        found += problems.classes(Counter(rows.labels))
        unseen = sorted(set(test.labels) - set(rows.labels)) if test else []
        if unseen:
            told = f"The test file has labels that the training file lacks: {unseen[:5]}."
            found.append(Problem("unseen", "warning", told, "No head can learn them: add rows."))
    found += problems.size(len(rows.texts))
    step = -(-len(texts) // COUNTED)
    limit = min(MAX_TOKENS, lengths.context or MAX_TOKENS)
    return found + problems.too_long(texts[::step], limit, lengths.count, lengths.exact)


def _preview(rows: Labelled) -> tuple[tuple[str, ...], ...]:
    columns = [rows.texts[:PREVIEW], rows.labels[:PREVIEW]]
    if rows.others:
        columns.insert(1, rows.others[:PREVIEW])
    return tuple(zip(*columns, strict=True))
