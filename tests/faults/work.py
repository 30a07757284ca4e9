"""What is done in processes that are killed, on disks that are full, with clocks that go back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from glot.config import PoolerConfig, TrainConfig
from glot.experiments.ledger import append_rows
from glot.heads.checkpoint import TrainedHead, save_head
from glot.tasks.own import OwnColumns, own_task
from glot.training import loop
from glot.training.run import Job, Report, train_head
from glot.training.runs.folder import create_run
from glot.training.runs.request import Request
from tests.conftest import FakeBackbone
from tests.made_heads import head_of
from tests.unit.experiments.rows import row

ROWS = 5


def nobody(event: object) -> None:
    """Hears of progress."""


CONFIG = TrainConfig(lr=(1e-2,), epochs=2, n_validation=20, batch_size=8)


def write_head(folder: Path, seed: int, width: int = 4) -> None:
    """Write a checkpoint."""
    made = head_of(seed, width)
    save_head(folder, made.head, made.card)


def write_cell(folder: Path, seed: int) -> None:
    """Add the rows of one cell to a ledger."""
    cell = f"cell-{seed}"
    rows = [
        row(seed=seed, cell=cell, right=[1] * 300 + [0] * number, settings={"number": number})
        for number in range(ROWS)
    ]
    append_rows(rows, folder)


def write_cells(folder: Path, first: int) -> None:
    """Add cells until the process is killed."""
    seed = first
    while True:
        write_cell(folder, seed)
        seed += 1


def write_data(path: Path) -> Path:
    """Texts whose first word is their label, in a file."""
    labels = ["bad", "fine", "good"] * 40
    texts = [f"{label} film w{i} w{i % 7}" for i, label in enumerate(labels)]
    pd.DataFrame({"said": texts, "verdict": labels}).to_csv(path, index=False)
    return path


def job(data: Path, out: Path, **more: Any) -> Job:
    """A short training on `write_data`'s file."""
    task = own_task(data, OwnColumns(text="said", label="verdict"), None)
    return Job(task, FakeBackbone(width=16), PoolerConfig("glot", width=8), CONFIG, out, **more)


def train(data: Path, out: Path, report: Report | None = None, **more: Any) -> TrainedHead:
    """Train on `write_data`'s file, with a save after every third step."""
    before, loop.SAVE_EVERY = loop.SAVE_EVERY, 3
    try:
        return train_head(job(data, out, **more), report or nobody)
    finally:
        loop.SAVE_EVERY = before


def train_alone(data: Path, out: Path) -> None:
    """`train` on one thread, in a process of its own."""
    torch.set_num_threads(1)
    train(data, out)


def make_run(cache: Path, title: str) -> None:
    """Keep a request and a copy of its data."""
    os.environ["GLOT_CACHE"] = str(cache)
    os.environ["GLOT_CHECKPOINTS"] = str(cache / "checkpoints")
    create_run(request(title), {"train": b"said,verdict\n" + b"a b,c\nd e,f\n" * 20})


def request(title: str = "films.csv", **changed: Any) -> Request:
    """What a run is to do."""
    asked: dict[str, Any] = {
        "task": "",
        "file": "",
        "title": title,
        "digests": {},
        "columns": OwnColumns(text="said", label="verdict"),
        "backbone": "fake",
        "poolers": ("mean", "glot"),
        "epochs": 2,
        "lr": 1e-2,
    }
    return Request(**{**asked, **changed})
