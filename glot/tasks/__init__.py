"""Tasks: labelled data and how it is scored. A new one is a file here and a line in this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.errors import GlotError
from glot.registry import Registry

if TYPE_CHECKING:
    from glot.tasks.base import Task

TASKS = Registry(
    "task",
    {
        "cola": "glot.tasks.cola:COLA",
        "sst2": "glot.tasks.sst2:SST2",
        "stsb": "glot.tasks.stsb:STSB",
        "mrpc": "glot.tasks.mrpc:MRPC",
        "qqp": "glot.tasks.qqp:QQP",
        "mnli": "glot.tasks.mnli:MNLI",
        "qnli": "glot.tasks.qnli:QNLI",
        "rte": "glot.tasks.rte:RTE",
        "wnli": "glot.tasks.wnli:WNLI",
        "imdb": "glot.tasks.imdb:IMDB",
        "emotion": "glot.tasks.emotion:EMOTION",
        "msmarco_pairs": "glot.tasks.msmarco:MSMARCO",
        "stress-paper": "glot.tasks.stress_test:PAPER",
        "stress-released": "glot.tasks.stress_test:RELEASED",
        "stress-strict": "glot.tasks.stress_test:STRICT",
    },
)


def get_task(name: str) -> Task:
    """The task called `name`.

    A stress test takes its distractor ratio behind its name: `stress-strict-0.9`; without one
    the ratio is 0.9. Names never lead to files: those of a user are read by `glot.tasks.own`.

    Raises:
        GlotError: the task is unknown.
    """
    family, dash, ratio = name.rpartition("-")
    # Other tasks have no ratio: "qqp-0.9" is none of them.
    if dash and family.startswith("stress-") and family in TASKS.names():
        from glot.tasks.stress_test import with_ratio

        return with_ratio(TASKS.get(family), ratio)
    task: Task = TASKS.get(name)
    return task


def task_title(name: str) -> str:
    """A task's title; the name itself where there is no such task, as of a user's own file."""
    try:
        return get_task(name).title
    except GlotError:
        return name
