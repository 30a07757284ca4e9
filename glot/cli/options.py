"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.backbones.base import Backbone as AnyBackbone
    from glot.heads.checkpoint import TrainedHead
    from glot.poolers.base import Pooler
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
# Whose heads are shown where no task is named.
DEFAULT_TASK = "sst2"
PoolersTask = Annotated[
    str,
    typer.Option("--task", help="Use the pooler trained for this task; without it, --pooler mean."),
]
UntrainedPooler = Annotated[
    str,
    typer.Option("--pooler", help="Without --task: mean, max, cls or eos; default there: mean."),
]
Checkpoint = Annotated[Path | None, typer.Option(help="Use the pooler of this checkpoint.")]
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


@dataclass(frozen=True)
class ChosenPooler:
    """A pooler in eval mode on its backbone's device, and its head; None: it has no weights."""

    pooler: Pooler
    head: TrainedHead | None


def chosen_pooler(
    backbone: AnyBackbone, task: str = "", name: str = "", checkpoint: Path | None = None
) -> ChosenPooler:
    """A trained head's pooler, or one that needs no training.

    Args:
        backbone: loaded.
        task: the head's task, as `--task` names it; empty: no trained head is meant.
        name: of the pooler; by default `glot` with a task and `mean` without.
        checkpoint: the head's folder, in place of a task.

    Raises:
        GlotError: the task is unknown, its head cannot be loaded, or the pooler has weights and
            no head was named.
    """
    from glot.config import PoolerConfig
    from glot.heads.checkpoint import checkpoint_folder, load_head, trained_task
    from glot.poolers import for_backbone, untrained_pooler

    config = for_backbone(PoolerConfig(name or ("glot" if task else "mean")), backbone.kind)
    if task and checkpoint is None:
        of = trained_task(backbone.name, task)
        checkpoint = checkpoint_folder(backbone.name, of, config.name)
    if checkpoint is not None:
        trained = load_head(checkpoint, backbone)
        return ChosenPooler(trained.head.pooler, trained)
    return ChosenPooler(untrained_pooler(config.name, backbone.kind, backbone.width), None)
