"""The checkpoints in a folder, and what their cards tell; read without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, WEIGHTS, checkpoint_folder
from glot.metrics import METRICS
from glot.tasks import get_task
from glot.tasks.base import Task
from glot.tasks.published import Published
from glot.tasks.stress_test import Generated


@dataclass(frozen=True)
class Score:
    """One number of a card.

    Attributes:
        split: of the task.
        metric: a name in `glot.metrics.METRICS`.
        value: times 100.
        n: number of examples.
        interval: of 95 %, over the examples; None: not told.
        source: of the examples.
    """

    split: str
    metric: str
    value: float
    n: int
    interval: tuple[float, float] | None = None
    source: str = ""


def scores(card: HeadCard) -> list[Score]:
    """What the head scored on the reported splits; of each, the selecting metric first.

    Raises:
        GlotError: the card's evaluation is not as `glot train` writes it.
    """
    selecting = card.metrics.get("metric")
    found = []
    try:
        for split, values in card.metrics.get("evaluation", {}).items():
            names = sorted((n for n in METRICS if n in values), key=lambda n: n != selecting)
            for name in names:
                bounds = values.get("interval_95") if name == selecting else None
                interval = (float(bounds[0]), float(bounds[1])) if bounds else None
                value, source = float(values[name]), str(values.get("source", ""))
                found.append(Score(split, name, value, int(values["n"]), interval, source))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise unreadable(card, "evaluation") from error
    return found


def unreadable(card: HeadCard, what: str) -> GlotError:
    """The error to raise of a card that is not as it should be."""
    return GlotError(
        f"The card of {card.backbone}, {card.task}, {card.pooler.name}: its {what} cannot be read.",
        "Accepted: config.json as `glot train` writes it.",
        "Train the head again with `glot train`, or copy the whole folder again.",
    )


def backbone_name(backbone: str) -> str:
    """The backbone's name, without the folders of somebody's machine."""
    return Path(backbone).name if Path(backbone).is_absolute() else backbone


def checkpoint_folders(
    root: Path, backbone: str = "", task: str = "", pooler: str = ""
) -> list[Path]:
    """Every checkpoint `<root>/<backbone>/<task>/<pooler>`, by name.

    Args:
        root: folder of checkpoints.
        backbone: only those of this backbone.
        task: only those of this task.
        pooler: only those of this pooler.

    Raises:
        GlotError: there is none.
    """
    name = checkpoint_folder(backbone, "any", "any", root).parent.parent.name if backbone else ""
    found = []
    for folder in sorted(root.glob("*/*/*")):
        parts = folder.relative_to(root).parts
        fits = all(
            not asked or asked == part
            for asked, part in zip((name, task, pooler), parts, strict=True)
        )
        # Half-finished work stands beside the checkpoints under names with a dot.
        hidden = any(part.startswith(".") for part in parts)
        if fits and not hidden and any((folder / file).is_file() for file in (CARD, WEIGHTS)):
            found.append(folder)
    if not found:
        asked = [part for part in (backbone, task, pooler) if part]
        raise GlotError(
            f"No checkpoint under {root}{' for ' if asked else ''}{', '.join(asked)}.",
            "Accepted: folders BACKBONE/TASK/POOLER with model.safetensors and config.json.",
            "See what is there with: glot checkpoints list",
        )
    return found


def known_task(card: HeadCard) -> Task | None:
    """The task of the project that the head learnt; None for data of a user's own.

    A user's file may have a task's name, but the source that the card tells is the file's.
    """
    try:
        task = get_task(card.task)
    except GlotError:
        return None
    source, reader = str(card.training.get("data", "")), task.reader
    starts = [f"{task.name}/"]
    if isinstance(reader, Generated):
        starts = [f"stress test {reader.protocol}/"]
    elif isinstance(reader, Published):
        starts.append(reader.repository)
    return task if source.startswith(tuple(starts)) else None
