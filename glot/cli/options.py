"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.tasks.base import Task
    from glot.tasks.own import OwnColumns

Backbone = Annotated[str, typer.Option(help="minilm, smollm2, a folder, a .gguf file, a hub id.")]
TaskName = Annotated[
    str,
    typer.Option(
        "--task",
        help="A name such as cola, rte or stress-strict-0.9, or your own .csv, .tsv, .jsonl or "
        ".parquet file.",
    ),
]
PoolerName = Annotated[
    str,
    typer.Option("--pooler", help="mean, max, cls, eos, adapool, mlp, deepsets or glot."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Dtype = Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")]
Data = Annotated[
    str | None,
    typer.Option(help="Folder with TASK/SPLIT.parquet; default GLOT_DATA, else the hub."),
]
TextColumn = Annotated[str, typer.Option(help="Your file: column of the (first) texts.")]
OtherColumn = Annotated[str, typer.Option(help="Your file: column of the second texts of pairs.")]
LabelColumn = Annotated[str, typer.Option(help="Your file: column of classes or numbers.")]
LabelKind = Annotated[str, typer.Option("--kind", help="Your file: classification or regression.")]
TestFile = Annotated[
    Path | None, typer.Option(help="Your file: rows to report on; default: a fifth is cut off.")
]
Encoding = Annotated[str, typer.Option(help="Your file: its encoding.")]
DropEmpty = Annotated[
    bool, typer.Option("--drop-empty", help="Your file: leave out rows without text or label.")
]
Evaluated = Annotated[
    int, typer.Option("--n-evaluation", help="Report on at most so many rows of a split (0: all).")
]
Ray = Annotated[
    str,
    typer.Option(
        "--ray",
        help="Run on a Ray cluster: auto (the one that ray start made here, else one that is "
        "started for this call) or HOST:PORT of its head.",
    ),
]
Cores = Annotated[
    int,
    typer.Option(
        "--cores-per-actor",
        min=0,
        help="With --ray: CPU cores of each worker (0: a GPU's part of its machine, else up to 8).",
    ),
]


def chosen_task(
    name: str, columns: OwnColumns, test_file: Path | None = None, labels: tuple[str, ...] = ()
) -> Task:
    """A task by its name, or made of the user's file.

    Args:
        name: a task's name or a file's path.
        columns: where texts and labels stand in the file.
        test_file: see `glot.tasks.own.own_task`.
        labels: see `glot.tasks.own.own_task`.

    Raises:
        GlotError: the task is unknown, the file is not one, or an option for files came with a
            task that is none.
    """
    from glot.tasks import get_task
    from glot.tasks.files import SUFFIXES
    from glot.tasks.own import OwnColumns, own_task

    if Path(name).suffix.lower() in SUFFIXES:
        return own_task(Path(name), columns, test_file, labels)
    if test_file is not None or columns != OwnColumns():
        raise GlotError(
            f"An option for files of one's own with the task {name!r}.",
            f"Accepted: --task with a file ({', '.join(SUFFIXES)}).",
        )
    return get_task(name)
