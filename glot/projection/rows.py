"""The rows of a map: a task's reported split, stress-test texts, or a user's own file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glot.errors import GlotError
from glot.tasks.base import LabelledTexts, Task
from glot.tasks.own import OwnColumns, own_task
from glot.tasks.stress import LABELS, RATIOS, SIZES, generate

# Of the draw of rows; the same rows for every backbone, pooler and reader.
SEED = 42
# Points that a browser still pans.
MAX_ROWS = 100_000
# Between the two texts of a pair.
BREAK = " ⏎ "


@dataclass(frozen=True)
class MapRows:
    """N texts, or pairs of texts, with all that points can be coloured by before any model.

    Attributes:
        texts: N texts; of pairs, the first ones.
        labels: class numbers, or numbers.
        classes: class names; empty where labels are numbers.
        source: where they came from, for provenance.
        others: of pairs, the second texts; else empty.
        groups: rows of one group are parted by no cross-validation; empty: no groups.
        ratios: distractor ratio of each text; empty where there is none.
        notes: what a reader must know of them, in sentences.
    """

    texts: tuple[str, ...]
    labels: tuple[float, ...]
    classes: tuple[str, ...]
    source: str
    others: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    ratios: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = len(self.texts)
        if not rows or len(self.labels) != rows:
            raise GlotError(
                f"{rows} texts with {len(self.labels)} labels.", "Accepted: one text or more."
            )
        given = {len(self.others), len(self.groups), len(self.ratios)}
        if given - {0, rows}:
            raise GlotError(f"{rows} texts with columns of {sorted(given)}.", "One each, or none.")
        if not np.isfinite(self.labels).all():
            raise GlotError(
                f"{self.source} holds labels that are no finite numbers.",
                "Accepted: a label in every row.",
            )

    def __len__(self) -> int:
        return len(self.texts)

    def shown(self, row: int) -> str:
        """A row's text; of a pair, both."""
        return BREAK.join((self.texts[row], self.others[row])) if self.others else self.texts[row]

    def label(self, row: int) -> str:
        """A row's label for people."""
        value = self.labels[row]
        return self.classes[int(value)] if self.classes else f"{value:g}"

    @property
    def units(self) -> tuple[int, ...]:
        """(N,) numbers of what cross-validation must not part: groups, else equal texts."""
        if self.groups:
            return self.groups
        keys = list(zip(self.texts, self.others or self.texts, strict=True))
        number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        return tuple(number[key] for key in keys)


def task_rows(task: Task, data: Path | None, n: int) -> MapRows:
    """Rows of the split that a task reports, drawn at random where there are more than n.

    Args:
        task: the task.
        data: local folder of labelled data; None asks the hub.
        n: how many at most; 0: all, up to `MAX_ROWS`.

    Raises:
        GlotError: the data is not there, or not as expected.
    """
    split = task.evaluation_splits[0]
    return _rows(task.load(split, data), task.labels, n)


def stress_rows(protocol: str, ratios: Sequence[float], n: int) -> MapRows:
    """The first texts of the stress test's test split, as many of each distractor ratio.

    Args:
        protocol: a name in `glot.tasks.stress.PROTOCOLS`.
        ratios: at least one that the protocol can express.
        n: how many at most over all ratios; 0: all that a split has.

    Raises:
        GlotError: no ratio, or one that the protocol cannot express.
    """
    if not ratios:
        raise GlotError(
            "No distractor ratio.", f"Accepted: {', '.join(f'{r:g}' for r in RATIOS[protocol])}."
        )
    each = SIZES[protocol]["test"]
    if n:
        # Minimal pairs stay whole.
        each = min(each, max(2, n // len(ratios) // 2 * 2))
    made = [(ratio, generate(protocol, "test", ratio, each)) for ratio in ratios]
    texts = tuple(text for _, part in made for text in part.texts)
    return MapRows(
        texts=texts,
        labels=tuple(float(label) for _, part in made for label in part.labels),
        classes=LABELS[protocol],
        source="; ".join(part.source for _, part in made),
        # A phrase is the same at every ratio, so its number is too.
        groups=tuple(group for _, part in made for group in part.groups),
        ratios=tuple(ratio for ratio, part in made for _ in part.texts),
        notes=_notes(texts, ()),
    )


def file_rows(path: Path, columns: OwnColumns | None, n: int) -> MapRows:
    """Rows of a user's file, drawn at random where there are more than n.

    Args:
        path: see `glot.tasks.own.own_task`.
        columns: where texts and labels stand.
        n: how many at most; 0: all, up to `MAX_ROWS`.

    Raises:
        GlotError: see `glot.tasks.own.own_task`.
    """
    # Named as its own test file, it is read whole: a map cuts nothing off to train on.
    task = own_task(path, columns, test=path)
    return _rows(task.load("test"), task.labels, n)


def _rows(given: LabelledTexts, classes: tuple[str, ...], n: int) -> MapRows:
    most = min(n or MAX_ROWS, MAX_ROWS)
    rows, notes = given, []
    if len(given) > most:
        order = np.random.default_rng(SEED).permutation(len(given))[:most]
        rows = given.take(sorted(order.tolist()))
        why = "the most that is drawn" if most == MAX_ROWS else "as chosen"
        notes.append(
            f"{most:,} of {len(given):,} rows, {why}: they were drawn at random (seed {SEED})."
        )
    return MapRows(
        texts=rows.texts,
        labels=rows.labels,
        classes=classes,
        source=rows.source,
        others=rows.others,
        groups=rows.groups,
        notes=(*notes, *_notes(rows.texts, rows.others)),
    )


def _notes(texts: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    counts = Counter(zip(texts, others or texts, strict=True))
    doubled = sum(count for count in counts.values() if count > 1)
    if not doubled:
        return ()
    return (f"{doubled:,} rows have a text that another row has too: such points coincide.",)
