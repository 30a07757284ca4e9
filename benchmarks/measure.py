"""Timing of alternatives that take turns, so that both meet the same machine."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version

import torch

from glot.memory import keep_freed_memory
from glot.provenance import commit, device_name

# As the command line and the dashboard do: what is measured is what they would take.
keep_freed_memory()


@dataclass(frozen=True)
class Row:
    """One line of a benchmark: what was measured, milliseconds, and against what.

    Attributes:
        name: what was timed.
        median: of all repeats, ms.
        low: first decile, ms.
        high: ninth decile, ms.
        repeats: number of repeats.
        factor: how many times faster than the slowest alternative, or than the one that the
            benchmark says; None without one.
        budget: the design's budget, in words.
        memory: bytes, as the benchmark counts them (`benchmarks.memory`); None where it does not.
        parameters: number of weights that train; None where none is meant.
    """

    name: str
    median: float
    low: float
    high: float
    repeats: int
    factor: float | None = None
    budget: str = ""
    memory: int | None = None
    parameters: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


def alternate(works: dict[str, Callable[[], object]], repeats: int, budget: str = "") -> list[Row]:
    """Time alternatives in turns; the first round warms up and is not counted."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if turn:
                times[name].append((time.perf_counter() - began) * 1000)
    slowest = max(statistics.median(values) for values in times.values())
    return [
        row(name, values, slowest / statistics.median(values) if len(works) > 1 else None, budget)
        for name, values in times.items()
    ]


def row(name: str, times: list[float], factor: float | None = None, budget: str = "") -> Row:
    """A line from measured milliseconds."""
    ordered = sorted(times)
    tenth = len(ordered) // 10
    return Row(
        name=name,
        median=statistics.median(ordered),
        low=ordered[tenth],
        high=ordered[-1 - tenth],
        repeats=len(ordered),
        factor=factor,
        budget=budget,
    )


def line(row: Row) -> str:
    """A row of the table, with memory in MiB and parameters where a benchmark counts them."""
    factor = f"{row.factor:7.1f}×" if row.factor else " " * 8
    spread = f"{row.low:,.1f} to {row.high:,.1f}"
    memory = "" if row.memory is None else f"{row.memory / 2**20:>8,.1f} MiB  "
    parameters = "" if row.parameters is None else f"{row.parameters:>11,} parameters  "
    return (
        f"{row.name:<66}{row.median:>10,.1f} ms  ({spread:>20}, n {row.repeats:>3})"
        f" {factor}  {memory}{parameters}{row.budget}"
    ).rstrip()


def environment() -> dict[str, object]:
    """Device, threads, versions and commit, to stand above every table."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    packages = ("torch", "torch-geometric", "transformers", "peft", "streamlit", "plotly")
    return {
        "device": device_name(device),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "commit": commit(),
    }
