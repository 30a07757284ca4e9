"""Trials of searches on a Ray cluster: Ray Tune runs them, and here their rows are written.

A worker measures a trial as `glot reproduce` does on one machine and hands its rows back; this
process alone writes the ledger, each trial once. A search that allows it is run with ASHA
(`glot.experiments.base.Halving`), whose stopped trials are recorded as such. A trial whose machine
dies begins again on another, or goes on from its last save where the cache folder is shared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from glot.errors import GlotError
from glot.experiments.base import Cell, Halving, Scope
from glot.experiments.bench import Bench
from glot.experiments.reproduce import Progress
from glot.experiments.row import Row
from glot.experiments.unfinished import TRIAL
from glot.integrations.ray_cluster import (
    Share,
    cluster_errors_told,
    connected,
    share_of_cluster,
)
from glot.paths import cache_folder, data_folder

# What a worker tells Tune: the epoch that is over, the best validation score so far, the rows to
# record as lines of the ledger, whether they are the whole trial's, and what went wrong.
EPOCH, SCORE, ROWS, WHOLE, ERROR = "epoch", "validation", "rows", "whole", "error"
# A machine that dies is one failure; so is a bug, which must not be tried for ever.
FAILURES = 5


@dataclass(frozen=True)
class Place:
    """What a worker needs to stand where this process stands.

    Attributes:
        scope: what is run.
        backbone: its name; a path must lead to it on every machine.
        data: folder of labelled data on every machine; None asks the hub.
        device: `auto`, `cpu` or `cuda`.
        dtype: see `glot.backbones.load_backbone`.
    """

    scope: Scope
    backbone: str
    data: str | None = None
    device: str = "auto"
    dtype: str = "auto"


def measure_trials(
    cells: Sequence[Cell],
    experiment: str,
    bench: Bench,
    place: Place,
    address: str,
    cores: int,
    told: Callable[[Progress], None],
) -> list[str]:
    """Measure the trials that the ledger lacks; every row is written as soon as its trial ends.

    Args:
        cells: of the experiment; those that are no trials are left alone.
        experiment: its name.
        bench: whose ledger is written.
        place: where workers stand.
        address: see `glot.integrations.ray_cluster.connected`.
        cores: of each worker; see `glot.integrations.ray_cluster.share_of_cluster`.
        told: hears of progress.

    Returns:
        What went wrong, a line for each trial that could not be measured; the others are.

    Raises:
        GlotError: there are no trials among the cells, or no cluster.
    """
    trials = [cell for cell in cells if cell.trial]
    if not trials:
        raise GlotError(
            f"--ray with cells of {experiment} that are no trials of a search.",
            "Accepted: experiments that search for settings, such as grid, glue and stress.",
            "Leave --ray out: the other cells are measured on this machine.",
        )
    measured = bench.ledger(experiment).cells()
    todo = [cell for cell in trials if cell.key not in measured]
    if not todo:
        return []
    record = _Record(bench, {cell.key: cell for cell in todo}, told)
    with connected(address, place.data):
        share = share_of_cluster(place.device, cores)
        for group in _searches(todo):
            _tune(group, place, share, record)
    return record.problems()


def _searches(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Trials that may run together: ASHA weighs those of one search only; all others at once."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        search = cell.key.rpartition("/trial-")[0] if cell.halving else ""
        groups.setdefault(search, []).append(cell)
    yield from groups.values()


@dataclass(eq=False)
class _Record:
    """Writes the rows of trials as they end, each trial's once.

    Attributes:
        bench: whose ledger is written.
        cells: the trials by name.
        told: hears of progress.
        errors: what went wrong in trials that ended.
        over: names of trials that ended.
    """

    bench: Bench
    cells: dict[str, Cell]
    told: Callable[[Progress], None]
    errors: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    def hear(self, key: str, result: dict[str, Any]) -> None:
        """A trial told something; it is over when it told all, or was stopped (`done`)."""
        if key in self.over or not (result.get(WHOLE) or result.get("done")):
            return
        self.over.add(key)
        rows = [Row.parse(line) for line in result[ROWS]]
        self.bench.record(rows)
        if result[ERROR]:
            self.errors[key] = result[ERROR]
        shutil.rmtree(self.bench.scratch(key), ignore_errors=True)
        done = len(self.over), len(self.cells)
        self.told(Progress(self.cells[key], *done, None, tuple(rows), result[ERROR]))

    def problems(self) -> list[str]:
        """A line for each trial without rows."""
        lost = dict.fromkeys(self.cells.keys() - self.over, "its workers died again and again")
        return [f"{key}: {reason}" for key, reason in {**self.errors, **lost}.items()]


def _tune(cells: Sequence[Cell], place: Place, share: Share, record: _Record) -> None:
    """Run trials to their end, or to where ASHA stops them."""
    from ray import tune

    by_key = {cell.key: cell for cell in cells}
    resources = {"cpu": share.cores, "gpu": share.gpus}
    measure = tune.with_parameters(_measure, cells=by_key, place=place, threads=share.cores)
    folder = cache_folder().absolute() / "experiments" / "ray" / uuid4().hex
    tuner = tune.Tuner(
        tune.with_resources(measure, resources),
        param_space={"cell": tune.grid_search(list(by_key))},
        tune_config=tune.TuneConfig(
            scheduler=_scheduler(cells[0].halving),
            reuse_actors=True,  # a worker that has loaded the backbone takes the next trial
        ),
        run_config=tune.RunConfig(
            storage_path=str(folder),
            name="trials",
            verbose=0,
            failure_config=tune.FailureConfig(max_failures=FAILURES),
            callbacks=[_callback(record)],
        ),
    )
    try:
        with cluster_errors_told():
            tuner.fit()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scheduler(halving: Halving | None) -> Any:
    from ray.tune.schedulers import ASHAScheduler, FIFOScheduler

    if halving is None or halving.epochs == 1:
        return FIFOScheduler()
    return ASHAScheduler(
        time_attr=EPOCH,
        metric=SCORE,
        mode="max",
        max_t=halving.epochs,
        grace_period=1,
        reduction_factor=halving.factor,
    )


def _callback(record: _Record) -> Any:
    from ray import tune

    class Recording(tune.Callback):  # type: ignore[misc]
        """Hands every result of Tune's to the record, which stays in this process."""

        def __init__(self, heard: _Record) -> None:
            self.heard = heard

        def __getstate__(self) -> dict[str, Any]:
            """Nothing: Tune saves its callbacks, and a ledger is no state of Tune's."""
            return {}

        def on_trial_result(self, **info: Any) -> None:
            """See `ray.tune.Callback`."""
            self.heard.hear(info["trial"].config["cell"], info["result"])

    return Recording(record)


def _measure(config: dict[str, Any], cells: dict[str, Cell], place: Place, threads: int) -> None:
    """Runs on a worker: one trial, told to Tune epoch by epoch."""
    import torch
    from ray import tune

    torch.set_num_threads(threads)
    cell = cells[config["cell"]]
    epochs = cell.halving.epochs if cell.halving else 1

    def so_far(event: dict[str, Any]) -> None:
        if event["stage"] == TRIAL:
            tune.report(_told(event["epoch"], [event["row"]]))

    try:
        bench = _bench(place)
        bench.report = so_far
        told = _told(epochs, cell.measure(bench)) | {WHOLE: True}
    except GlotError as error:
        told = _told(epochs, []) | {WHOLE: True, ERROR: " ".join(str(error).split())}
    tune.report(told)


def _told(epoch: int, rows: Sequence[Row]) -> dict[str, Any]:
    score = rows[0].value if rows else float("-inf")
    return {
        EPOCH: epoch,
        SCORE: score,
        ROWS: [row.line() for row in rows],
        WHOLE: False,
        ERROR: "",
    }


@cache
def _bench(place: Place) -> Bench:
    """A worker's bench: backbone and token states stay from trial to trial."""
    from glot.backbones import load_backbone

    backbone = load_backbone(place.backbone, device=place.device, dtype=place.dtype)
    # Rows name it as it was asked for, not by a path that leads to it from everywhere.
    backbone.name = place.scope.backbone
    return Bench(place.scope, backbone, data_folder(place.data), _nobody)


def _nobody(event: dict[str, Any]) -> None:
    """Hears of progress until a trial begins."""


def place_of(scope: Scope, backbone: str, data: str | None, device: str, dtype: str) -> Place:
    """A place whose paths lead to the same files from every folder."""
    folder = data_folder(data)
    return Place(
        scope,
        str(Path(backbone).absolute()) if Path(backbone).exists() else backbone,
        str(folder.absolute()) if folder else None,
        device,
        dtype,
    )
