"""The stress test's measured points, their failing texts, and phrases of a reader's own."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING

import streamlit as st

from app.services import jobs, models
from glot.errors import GlotError
from glot.paths import results_folder

if TYPE_CHECKING:
    from glot.experiments.breaking import Broken, OwnTest
    from glot.experiments.row import Row
    from glot.experiments.stress_points import Inspection, StressPoint

LEDGER = "stress.jsonl"
# Explore's τ goes from 0 to 1.
EXPLORE_TAUS = (0.0, 1.0)


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(stamp: float) -> tuple[Row, ...]:  # noqa: ARG001 - part of the key
    from glot.experiments.ledger import read_ledger
    from glot.experiments.tables import current

    return tuple(current(read_ledger("stress").rows))


def measured() -> tuple[Row, ...]:
    """The ledger's current rows of the stress test, as they lie on disk now.

    Raises:
        GlotError: the ledger cannot be read.
    """
    path = results_folder() / LEDGER
    return _measured(path.stat().st_mtime if path.is_file() else 0.0)


@st.cache_resource(max_entries=16, show_spinner=False)
def _inspection(lines: tuple[str, ...], _point: StressPoint) -> Inspection:  # noqa: ARG001
    from glot.experiments.stress_points import inspect

    return inspect(_point)


def inspection(point: StressPoint) -> Inspection:
    """A point's confusion counts and failing texts.

    Raises:
        GlotError: the ledger does not say which texts were right.
    """
    return _inspection(tuple(row.line() for row in point.rows), point)


def shipped_task(backbone: str, protocol: str, ratio: float) -> str | None:
    """The stress-test task with heads whose ratio is the nearest; None where there is none."""
    prefix = f"stress-{protocol}-"
    found = [name for name in models.tasks_with_heads(backbone) if name.startswith(prefix)]
    near = {name: abs(float(name.removeprefix(prefix)) - ratio) for name in found}
    return min(found, key=near.__getitem__, default=None)


def explore_settings(
    text: str, signal: tuple[int, int], point: StressPoint, task: str
) -> dict[str, str]:
    """URL parameters of Explore that show a text with its signal phrase marked.

    Args:
        text: of the stress test.
        signal: see `Failure.signal`.
        point: whose backbone and pooler are shown.
        task: whose heads.
    """
    from glot.tasks.stress.texts import character_range

    row = point.rows[0]
    start, end = character_range(text, signal)
    found = {
        "text": text,
        "backbone": row.backbone,
        "task": task,
        "tint": row.pooler,
        "poolers": ",".join(dict.fromkeys((row.pooler, "mean", "adapool", "glot"))),
        "mark": f"{start}-{end}" if end > start else "",
    }
    tau = _head_tau(row.backbone, task)
    return found if tau is None else {**found, "tau": f"{tau:.2f}"}


@st.cache_data(max_entries=64, show_spinner=False)
def _head_tau(backbone: str, task: str) -> float | None:
    """τ of the shipped GLOT head, where Explore can show it."""
    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD, checkpoint_folder

    try:
        tau = HeadCard.read(checkpoint_folder(backbone, task, "glot") / CARD).pooler.tau
    except GlotError:
        return None
    return tau if EXPLORE_TAUS[0] <= tau <= EXPLORE_TAUS[1] else None


def try_key(test: OwnTest, backbone: str, task: str) -> str:
    """The job's key: equal questions share an answer until a head changes."""
    asked = [*astuple(test), backbone, task, models.stamp(backbone, task)]
    return f"stress-try {json.dumps(asked)}"


def try_phrases(test: OwnTest, backbone: str, task: str) -> jobs.Job:
    """Run the shipped heads of a task on a reader's phrases; the job's result is a `Broken`."""

    def work(job: jobs.Job) -> Broken:
        from glot.experiments.breaking import break_heads

        job.report(0.0, f"Loading {backbone} and its heads")
        model, shelf = models.backbone(backbone), models.heads(backbone, task)
        return break_heads(
            test, model, shelf.heads, lambda share: job.report(share, "Reading the texts")
        )

    return jobs.start(try_key(test, backbone, task), "Your phrases", work)
