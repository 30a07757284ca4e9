"""Which heads of the ledger are compared with which, in pairs: what the graph adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glot.errors import GlotError
from glot.experiments.base import ABLATIONS, NORMED
from glot.experiments.comparison import PairedDifference, paired_difference
from glot.experiments.row import Row
from glot.experiments.tables import is_trial, settings_of

CONTROL = "deepsets"
# Of what `glot.experiments.centred` compares; shuffled edges are as many as cosine's.
SIMILARITIES = (
    ("glot, centred", "glot, cosine"),
    ("glot, centred", "glot, shuffled"),
    ("glot, cosine", "glot, shuffled"),
)
# The regime of times and memory, whose differences are no scores.
MEASURED = "measured"


@dataclass(frozen=True)
class Comparison:
    """A paired difference and what it is of.

    Attributes:
        backbone: of both.
        regime: of both.
        task: of both.
        split: of both.
        a: the method that is subtracted from.
        b: the method that is subtracted.
        result: a minus b.
    """

    backbone: str
    regime: str
    task: str
    split: str
    a: str
    b: str
    result: PairedDifference


def comparisons(rows: Sequence[Row]) -> list[Comparison]:
    """What the graph adds: GLOT minus DeepSets, and minus itself with edges of another kind.

    Where the backbone was fine-tuned, GLOT minus that too. Only of each task's first metric, and
    only within one regime.

    Args:
        rows: of one experiment, as `glot.experiments.tables.current` gives them.
    """
    first: dict[tuple[str, str, str, str], str] = {}
    methods: dict[tuple[str, str, str, str], dict[str, list[Row]]] = defaultdict(
        lambda: defaultdict(list)
    )
    results = [row for row in rows if not is_trial(row) and row.regime != MEASURED]
    for row, setting in zip(results, settings_of(results), strict=True):
        place = (row.backbone, row.regime, row.task, row.split)
        # A method that comes in several settings has no one row of a seed.
        if not setting and first.setdefault(place, row.metric) == row.metric:
            methods[place][row.method].append(row)
    found = []
    for place, by_method in methods.items():
        for a, b in compared({name: own[0] for name, own in by_method.items()}):
            try:
                result = paired_difference(by_method[a], by_method[b])
            except GlotError:
                # A run that is not finished: no seed in common yet.
                continue
            found.append(Comparison(*place, a, b, result))
    return found


def compared(methods: Mapping[str, Row]) -> list[tuple[str, str]]:
    """Pairs of a place's methods: a graph and what it is held against, or one length and none.

    Args:
        methods: one row of each, by its name.
    """
    normed = {
        name.removesuffix(NORMED): row for name, row in methods.items() if name.endswith(NORMED)
    }
    plain = {name: row for name, row in methods.items() if not name.endswith(NORMED)}
    pairs = _compared(plain) + [(a + NORMED, b + NORMED) for a, b in _compared(normed)]
    return pairs + [(name + NORMED, name) for name in normed if name in plain]


def _compared(methods: Mapping[str, Row]) -> list[tuple[str, str]]:
    """Pairs of methods that read the states alike."""
    glots = [
        name
        for name, row in methods.items()
        if row.pooler == "glot" and name not in ABLATIONS and CONTROL in methods
    ]
    pairs = [(name, CONTROL) for name in glots]
    pairs += [("glot", name) for name in ABLATIONS if {"glot", name} <= set(methods)]
    pairs += [pair for pair in SIMILARITIES if set(pair) <= set(methods)]
    # Only what is fine-tuned has a rank, that of its adapters or 0.
    tuned = [name for name, row in methods.items() if "rank" in row.settings]
    return pairs + [("glot", name) for name in tuned if "glot" in methods]
