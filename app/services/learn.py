"""The numbers that the lesson shows: stored states, and the results ledger as it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from glot.attributions.examples import BACKBONE, TASK
from glot.attributions.lesson import Lesson, lesson_path, stored_example, stored_lesson
from glot.errors import GlotError
from glot.heads.summary import head_summaries
from glot.live.payload import payload
from glot.paths import results_folder

if TYPE_CHECKING:
    from glot.attributions.explanation import Explanation
    from glot.experiments.row import Row

EXPERIMENT = "stress"
CONTROLS = {
    "deepsets": "DeepSets (no edges)",
    "glot, random edges": "GLOT, random edges",
    "glot, all edges": "GLOT, all edges",
}
# What the graph of a step shows: fewer poolers than Explore, so that it stays plain.
SHOWN_POOLERS = ("mean", "glot")
TAU = 0.6


@dataclass(frozen=True)
class Place:
    """Where heads were measured on the strict stress test.

    Attributes:
        backbone: of the heads.
        regime: how their settings were found.
    """

    backbone: str
    regime: str


@dataclass(frozen=True)
class Scores:
    """One method's results, in percent, one a seed."""

    method: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return sum(self.values) / len(self.values)


@dataclass(frozen=True)
class Gap:
    """GLOT minus a control, in points, with its 95 % interval.

    Attributes:
        control: the method that is subtracted.
        difference: mean over seeds and examples.
        low: lower end; None where one seed leaves nothing to draw from.
        high: upper end.
        seeds: that both were run with.
    """

    control: str
    difference: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def verdict(self) -> str:
        """`ahead`, `behind`, or `open` where the interval holds zero or there is none."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "open"
        return "ahead" if self.low > 0 else "behind"


# The first is the one that the lesson's words are about.
PLACES = {
    Place("minilm", "searched"): "MiniLM",
    Place("smollm2", "searched"): "SmolLM2",
    Place("minilm", "chosen"): "MiniLM, layer chosen too",
}
FIRST_PLACE = next(iter(PLACES))


def states() -> Lesson:
    """The stored states and what was worked out from them.

    Raises:
        GlotError: they are missing or stale.
    """
    return _states(_stamp(lesson_path()))


@st.cache_resource(max_entries=1, show_spinner=False)
def _states(stamp: float) -> Lesson:  # noqa: ARG001 - part of the key
    return stored_lesson()


@st.cache_resource(max_entries=1, show_spinner=False)
def example() -> Explanation:
    """The lesson's sentence at every τ.

    Raises:
        GlotError: it is missing or stale.
    """
    return stored_example()


@st.cache_resource(max_entries=1, show_spinner=False)
def graph_data() -> dict[str, Any]:
    """What the browser is sent for the live graph.

    Raises:
        GlotError: see `example`.
    """
    shown = example()
    kept = replace(
        shown,
        poolers=SHOWN_POOLERS,
        weights={name: shown.weights[name] for name in SHOWN_POOLERS},
        probabilities={name: shown.probabilities[name] for name in SHOWN_POOLERS},
    )
    first = {
        "nonce": 1,
        "tau": TAU,
        "poolers": ["glot"],
        "tint": "glot",
        "layout": "force",
        "words": False,
    }
    told = head_summaries(BACKBONE, TASK, SHOWN_POOLERS)
    return payload(kept, first, told, len(kept.tokens))


def scores(protocol: str, place: Place = FIRST_PLACE) -> tuple[Scores, ...]:
    """Accuracy of all poolers on a protocol at 90 % distractors; empty if nothing was measured.

    Raises:
        GlotError: the ledger cannot be read.
    """
    found: dict[str, list[float]] = {}
    for row in _rows(f"stress-{protocol}-0.9", place):
        if row.method not in CONTROLS or row.method == "deepsets":
            found.setdefault(row.method, []).append(row.value)
    return tuple(Scores(method, tuple(values)) for method, values in found.items())


def gaps(place: Place = FIRST_PLACE) -> tuple[Gap, ...]:
    """GLOT minus each of its controls on the strict protocol; those that were measured.

    Raises:
        GlotError: the ledger cannot be read.
    """
    return _gaps(place, _ledger_stamp())


@st.cache_data(max_entries=16, show_spinner=False)
def _gaps(place: Place, stamp: float) -> tuple[Gap, ...]:  # noqa: ARG001 - part of the key
    from glot.experiments.comparison import paired_difference

    rows = _rows("stress-strict-0.9", place)
    glot = [row for row in rows if row.method == "glot"]
    found = []
    for control in CONTROLS:
        others = [row for row in rows if row.method == control]
        try:
            result = paired_difference(glot, others)
        except GlotError:
            # A run that is not finished: there is no seed in common yet.
            continue
        found.append(Gap(control, result.difference, result.low, result.high, result.n_seeds))
    return tuple(found)


def _rows(task: str, place: Place) -> list[Row]:
    """The ledger's rows of a task's first metric, one a method and seed."""
    return [
        row
        for row in _stress_rows(_ledger_stamp())
        if (row.task, row.backbone, row.regime) == (task, place.backbone, place.regime)
        and row.metric == "accuracy"
    ]


@st.cache_resource(max_entries=1, show_spinner=False)
def _stress_rows(stamp: float) -> list[Row]:  # noqa: ARG001 - part of the key
    from glot.experiments.ledger import read_ledger
    from glot.experiments.tables import current

    return current(read_ledger(EXPERIMENT).rows)


def _ledger_stamp() -> float:
    return _stamp(results_folder() / f"{EXPERIMENT}.jsonl")


def _stamp(path: Any) -> float:
    found: float = path.stat().st_mtime if path.is_file() else 0.0
    return found
