"""Tasks: labelled data and how it is scored. A new one is a file here and a line in this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glot.registry import Registry

if TYPE_CHECKING:
    from glot.tasks.base import Task

TASKS = Registry("task", {"sst2": "glot.tasks.sst2:SST2"})


def get_task(name: str) -> Task:
    """The task called `name`; an unknown one raises `GlotError`."""
    task: Task = TASKS.get(name)
    return task
