"""The heads at hand for a backbone and a task: one for each pooler, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.heads.checkpoint import TrainedHead, checkpoint_folder, load_head
from glot.poolers import poolers_for
from glot.tasks import get_task


@dataclass(frozen=True)
class Shelf:
    """Trained heads by pooler name, and what to tell about the others.

    Attributes:
        heads: those that can be used.
        broken: pooler → why its head cannot be used.
        absent: poolers without a head.
        command: how to train one that is absent, but for its pooler.
    """

    heads: dict[str, TrainedHead] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    command: str = "glot train"

    def check_sound(self) -> Shelf:
        """The shelf itself, for callers that want every head that is there to work.

        Raises:
            GlotError: a head is broken, or belongs to another backbone.
        """
        if self.broken:
            raise GlotError(" ".join(self._broken_notes()), "The other heads were not used either.")
        return self

    def notes(self) -> tuple[str, ...]:
        """What a reader must know, in sentences; empty when every pooler has its head."""
        told = self._broken_notes()
        if self.absent:
            told.append(
                f"No trained head for {', '.join(self.absent)}. "
                f"Train one: {self.command} --pooler {self.absent[-1]}"
            )
        return tuple(told)

    def _broken_notes(self) -> list[str]:
        return [f"The {name} head cannot be used. {why}" for name, why in self.broken.items()]


def load_heads(backbone: Backbone, task: str, root: Path | None = None) -> Shelf:
    """Load `<root>/<backbone>/<task>/<pooler>` for every pooler that fits the backbone.

    A head that cannot be loaded leaves the others usable.

    Args:
        backbone: the heads must have been trained on its very weights.
        task: name of the task.
        root: the folder of checkpoints; by default the project's, or `GLOT_CHECKPOINTS`.
    """
    heads, broken, absent = {}, {}, []
    for name in poolers_for(backbone.kind):
        folder = checkpoint_folder(backbone.name, task, name, root)
        if not folder.is_dir():
            absent.append(name)
            continue
        try:
            heads[name] = load_head(folder, backbone)
        except GlotError as error:
            broken[name] = str(error)
    return Shelf(heads, broken, tuple(absent), _command(backbone.name, task))


def _command(backbone: str, task: str) -> str:
    """What trains a head of a task; of a user's own file, whoever has it names it."""
    try:
        get_task(task)
    except GlotError:
        return f"glot train FILE --backbone {backbone}"
    return f"glot train --backbone {backbone} --task {task}"
