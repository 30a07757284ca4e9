"""The heads at hand for a backbone and a task: one for each pooler, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from glot.backbones.base import Backbone
from glot.errors import GlotError
from glot.heads.checkpoint import TrainedHead, checkpoint_folder, load_head
from glot.poolers import POOLERS


@dataclass(frozen=True)
class Shelf:
    """Trained heads by pooler name, and for the others the reason in words."""

    heads: dict[str, TrainedHead] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def load_heads(backbone: Backbone, task: str, root: Path | None = None) -> Shelf:
    """Load `<root>/<backbone>/<task>/<pooler>` for every pooler.

    A head that cannot be loaded leaves the others usable.

    Args:
        backbone: the heads must have been trained on its very weights.
        task: name of the task.
        root: the folder of checkpoints; by default the project's, or `GLOT_CHECKPOINTS`.
    """
    heads, missing = {}, {}
    for name in POOLERS.names():
        folder = checkpoint_folder(backbone.name, task, name, root)
        if not folder.is_dir():
            missing[name] = (
                f"No {name} head for backbone {backbone.name!r} and task {task!r}. Train one: "
                f"glot train --backbone {backbone.name} --task {task} --pooler {name}"
            )
            continue
        try:
            heads[name] = load_head(folder, backbone)
        except GlotError as error:
            missing[name] = f"The {name} head cannot be used. {error}"
    return Shelf(heads, missing)
