"""What can be wrong with labelled rows: each problem named, with what to do about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from glot.tasks.files import SHOWN

Severity = Literal["stop", "warning", "note"]

# A class is rare where the largest one has so many times its rows.
RARE = 10
# Fewer rows teach little of a class.
FEW_ROWS = 10
# With fewer rows in all, intervals are so wide that few heads can be told apart.
FEW_IN_ALL = 200
# More rows take long and fill the disk with token states.
MANY = 50_000
# Characters of a text in a message.
QUOTED = 60


@dataclass(frozen=True)
class Problem:
    """Something that a reader should know before training.

    Attributes:
        name: for programs.
        severity: `stop`: training would be refused; `warning`: scores or heads suffer; `note`.
        told: what there is, in a sentence.
        remedy: what to do, in a sentence.
    """

    name: str
    severity: Severity
    told: str
    remedy: str


@dataclass(frozen=True)
class Labelled:
    """N rows of a file as they stand in it, those without text or label left out.

    Attributes:
        texts: N texts.
        others: N second texts; empty where rows are single texts.
        labels: N labels as written.
        numbers: N row numbers, counted from 1 without the header.
    """

    texts: Sequence[str]
    others: Sequence[str]
    labels: Sequence[str]
    numbers: Sequence[int]

    def keys(self) -> list[str]:
        """What makes rows the same: words in lower case, whatever is between them."""
        whole = (
            zip(self.texts, self.others, strict=True) if self.others else ((t,) for t in self.texts)
        )
        return ["\n".join(" ".join(text.lower().split()) for text in row) for row in whole]


def same_texts(rows: Labelled) -> list[Problem]:
    """Rows that repeat others, and texts that have two labels."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(rows.keys()):
        found[key].append(place)
    repeated: list[list[int]] = []
    torn: list[list[int]] = []
    for places in found.values():
        if len(places) > 1:
            equal = len({rows.labels[place] for place in places}) == 1
            (repeated if equal else torn).append(places)
    problems = []
    if torn:
        problems.append(
            Problem(
                "different-labels",
                "warning",
                f"{_n(torn, 'text has', 'texts have')} different labels: {_shown(torn, rows)}.",
                "Correct them: no head can be right about both.",
            )
        )
    if repeated:
        extra = sum(map(len, repeated)) - len(repeated)
        problems.append(
            Problem(
                "duplicates",
                "warning",
                f"{extra:,} {'row repeats' if extra == 1 else 'rows repeat'} the text and label "
                f"of another row: {_shown(repeated, rows)}.",
                "Such rows never stand on both sides of a cut; leave the copies out unless they "
                "are meant.",
            )
        )
    return problems


def leaks(train: Labelled, test: Labelled) -> list[Problem]:
    """Test rows whose text stands in the training file."""
    if train.others:
        known = {_plain(text) for text in (*train.texts, *train.others)}
        shared = [
            place
            for place, pair in enumerate(zip(test.texts, test.others, strict=True))
            if known.intersection(map(_plain, pair))
        ]
    else:
        known = set(train.keys())
        shared = [place for place, key in enumerate(test.keys()) if key in known]
    if not shared:
        return []
    return [
        Problem(
            "leak",
            "warning",
            f"{len(shared):,} of {len(test.texts):,} rows of the test file "
            f"{'has a text' if len(shared) == 1 else 'have a text'} that the training file has "
            f"too: row {_numbers([test.numbers[i] for i in shared])}.",
            "Take them out of one of the files: what was learnt by heart makes scores too good.",
        )
    ]


def classes(counts: Counter[str]) -> list[Problem]:
    """Classes that outweigh others, and such as have few rows."""
    problems = []
    total, (first, most) = sum(counts.values()), counts.most_common(1)[0]
    last, least = min(counts.items(), key=lambda item: item[1])
    if len(counts) > 1 and (most >= RARE * least or most > 0.8 * total):
        problems.append(
            Problem(
                "imbalance",
                "warning",
                f"{first!r} is the label of {most / total:.0%} of the rows, {last!r} of "
                f"{least / total:.1%}: always saying {first!r} would be right that often.",
                "Judge heads by macro_f1 and the confusion matrix, or bring more rows of the rare "
                "classes.",
            )
        )
    few = [name for name, count in counts.items() if count < FEW_ROWS]
    if few:
        shown = ", ".join(f"{name!r} ({counts[name]})" for name in few[:SHOWN])
        problems.append(
            Problem(
                "few-rows",
                "warning",
                f"{_n(few, 'class has', 'classes have')} fewer than {FEW_ROWS} rows: {shown}"
                f"{' …' if len(few) > SHOWN else ''}.",
                "Bring more of them, or merge such classes: a fifth of the rows is kept for the "
                "test, more for choosing the best epoch.",
            )
        )
    return problems


def size(n: int) -> list[Problem]:
    """Too few rows for a sure score, or so many that they take long."""
    if n < FEW_IN_ALL:
        return [
            Problem(
                "few-in-all",
                "note",
                f"{n:,} rows: about {max(1, n // 5):,} are reported on, so intervals will be wide.",
                "Bring more rows to tell poolers apart.",
            )
        ]
    if n > MANY:
        return [
            Problem(
                "many",
                "warning",
                f"{n:,} rows: their token states take long to compute and fill the disk.",
                "Learn from fewer with --n-train and report on fewer with --n-evaluation; rows are "
                "drawn at random.",
            )
        ]
    return []


def too_long(
    texts: Sequence[str], limit: int, count: Callable[[Sequence[str]], list[int]], exact: bool
) -> list[Problem]:
    """Texts of which a backbone reads the beginning only.

    Args:
        texts: some of the file's, or all.
        limit: tokens that are read.
        count: their numbers of tokens.
        exact: whether it counts, or estimates.
    """
    long = [n for n in count(texts) if n > limit] if texts else []
    if not long:
        return []
    about = "" if exact else "about "
    return [
        Problem(
            "too-long",
            "warning",
            f"{about}{len(long) / len(texts):.1%} of the texts have more than {limit:,} tokens, up "
            f"to {about}{max(long):,}: what comes after is not read.".capitalize(),
            "Put what matters first, or make several rows of one text.",
        )
    ]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _n(found: Sequence[object], one: str, many: str) -> str:
    return f"{len(found):,} {one if len(found) == 1 else many}"


def _shown(groups: Sequence[Sequence[int]], rows: Labelled) -> str:
    first = groups[0]
    text = " ".join(rows.texts[first[0]].split())
    quoted = text if len(text) <= QUOTED else text[:QUOTED] + " …"
    more = f" and {len(groups) - 1:,} more" if len(groups) > 1 else ""
    return f"{quoted!r} in rows {_numbers([rows.numbers[i] for i in first])}{more}"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:SHOWN])) + (" …" if len(numbers) > SHOWN else "")
