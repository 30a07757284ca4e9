"""Checkpoints: `model.safetensors` + `config.json` in one folder. Nothing is ever unpickled.

`README.md` beside them says for people what `config.json` holds; no code reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from glot.errors import GlotError
from glot.files import aside_of, digest_of, disk_told, force, write_tensors
from glot.heads.card import CARD as CARD
from glot.heads.card import README as README
from glot.heads.card import WEIGHTS as WEIGHTS
from glot.heads.card import HeadCard
from glot.paths import checkpoints_folder, is_folder
from glot.poolers import POOLERS

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.base import Head

FILES = (WEIGHTS, CARD, README)
# Characters of a folder's name: with letters of four bytes no file system takes many more.
MAX_NAME = 60


@dataclass(frozen=True)
class TrainedHead:
    """A head with its weights loaded, in eval mode, and its card.

    `save_pretrained`, `from_pretrained` and `push_to_hub` are those of the hub's other models.
    """

    head: Head
    card: HeadCard

    def save_pretrained(
        self,
        save_directory: str | Path,
        *,
        repo_id: str = "",
        push_to_hub: bool = False,
        **push: Any,
    ) -> str | None:
        """Write the checkpoint, and upload it if asked to.

        Args:
            save_directory: the folder, made if it is not there.
            repo_id: `owner/name` on the hub; needed to upload.
            push_to_hub: whether to upload.
            push: as for `push_to_hub`.

        Returns:
            The commit's address, or None where nothing was uploaded.

        Raises:
            GlotError: the folder cannot be written to, or the hub does not take it.
        """
        save_head(Path(save_directory), self.head, self.card)
        return self.push_to_hub(repo_id, **push) if push_to_hub else None

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        backbone: Backbone | None = None,
        **pull: Any,
    ) -> TrainedHead:
        """Load a head from a folder, or from the hub.

        Args:
            pretrained_model_name_or_path: a checkpoint's folder, or `owner/name`.
            backbone: refuse the head if it is not this backbone's, and move it to its device;
                None: what uses the head checks it.
            pull: for the hub, as for `glot.heads.hub.pull`: `revision`, `token`, `cache_dir`,
                `force_download`, `local_files_only`.

        Raises:
            GlotError: as `load_head`, or the hub does not give it.
        """
        from glot.heads import hub
        from glot.heads.weights import read_weights

        folder = Path(pretrained_model_name_or_path)
        if not is_folder(folder):
            folder = hub.pull(str(pretrained_model_name_or_path), FILES, **pull)
        if backbone is not None:
            return load_head(folder, backbone)
        card = HeadCard.read(folder / CARD)
        return cls(read_weights(folder / WEIGHTS, card), card)

    def push_to_hub(self, repo_id: str, **push: Any) -> str:
        """Upload the checkpoint with its model card.

        Args:
            repo_id: `owner/name`; the repository is made if it is not there.
            push: as for `glot.heads.hub.push`: `commit_message`, `private`, `token`, `revision`,
                `create_pr`.

        Returns:
            The commit's address.

        Raises:
            GlotError: the hub does not take it.
        """
        from glot.heads import hub

        with TemporaryDirectory() as folder:
            save_head(Path(folder), self.head, self.card)
            return hub.push(Path(folder), repo_id, FILES, **push)


def checkpoint_folder(backbone: str, task: str, pooler: str, root: Path | None = None) -> Path:
    """`<root>/<backbone>/<task>/<pooler>`; a hub id or a path is made one folder name.

    Names come from links and command lines: whatever they are, the folder lies under the root.
    """
    name = Path(backbone).name if Path(backbone).is_absolute() else backbone
    name = _one_folder(name.removesuffix(".gguf")).strip("._") or "backbone"
    return (root or checkpoints_folder()) / name / _one_folder(task) / _one_folder(pooler)


def _one_folder(name: str) -> str:
    """The name without what would lead elsewhere, and no longer than file systems take."""
    safe = re.sub(r"[^\w.-]+", "__", name)[:MAX_NAME]
    return safe if safe.strip(".") else "_"


def weights_digests(
    backbone: str, task: str, poolers: Sequence[str] | None = None, root: Path | None = None
) -> dict[str, str]:
    """sha256 of the weights file of each head on disk, by pooler: what stored results rest on.

    Args:
        backbone: the backbone's name.
        task: its name in checkpoints' folders.
        poolers: whose heads; None: every pooler's. Those without a head are left out.
        root: as in `checkpoint_folder`.
    """
    names = POOLERS.names() if poolers is None else poolers
    paths = {name: checkpoint_folder(backbone, task, name, root) / WEIGHTS for name in names}
    return {name: digest_of(path) for name, path in paths.items() if path.is_file()}


def trained_task(backbone: str, task: str) -> str:
    """The name of a task in checkpoints' folders.

    A head trained on a user's file is found by the name that the file gave it, even when the
    file is not there any more.

    Args:
        backbone: the backbone's name.
        task: a name, or a file's path.

    Raises:
        GlotError: the task is unknown, and no head was trained under this name.
    """
    from glot.tasks import get_task
    from glot.tasks.files import SUFFIXES
    from glot.tasks.own import own_name

    if Path(task).suffix.lower() in SUFFIXES:
        return own_name(Path(task))
    one_folder = Path(task).name == task and task != ".."
    if one_folder and checkpoint_folder(backbone, task, "any").parent.is_dir():
        return task
    return get_task(task).name


def save_head(folder: Path, head: Head, card: HeadCard) -> None:
    """Write a checkpoint, with its model card for people, or leave the one that is there.

    All files are written aside and forced to disk before one of them gets its name, the weights
    first: `glot.heads.card.settle` does the rest where the process is killed in between.

    Raises:
        GlotError: the folder cannot be written to (the disk is full, say).
    """
    with disk_told(
        f"The checkpoint could not be written to {folder}",
        "Free space, or name another folder with --out.",
    ):
        _write_aside(folder, head, card)
        # The card last: while it lies aside, the others may not all be in place.
        for name in (WEIGHTS, README, CARD):
            aside_of(folder / name).replace(folder / name)
        force(folder)


def _write_aside(folder: Path, head: Head, card: HeadCard) -> None:
    """The files of a checkpoint beside those that are there; all of them or none."""
    from glot.heads.readme import model_card

    weights, described, told = (aside_of(folder / name) for name in FILES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A killed writer's would pass for this one's if the weights were the same.
        described.unlink(missing_ok=True)
        write_tensors(weights, head.state_dict())
        force(weights)
        told.write_text(model_card(card), encoding="utf-8")
        force(told)
        replace(card, weights_sha256=digest_of(weights)).write(described)
    except OSError:
        for path in (weights, described, told):
            with suppress(OSError):
                path.unlink()
        raise


def load_head(folder: Path, backbone: Backbone) -> TrainedHead:
    """Load a checkpoint for use on a backbone.

    Args:
        folder: the checkpoint.
        backbone: where its token states will come from; the head moves to its device.

    Raises:
        GlotError: the checkpoint is missing, truncated, a pickle, of the wrong width, not finite,
            or was trained on another backbone.
    """
    from glot.heads.weights import read_weights

    card = HeadCard.read(folder / CARD)
    check_backbone(card, backbone)
    return TrainedHead(read_weights(folder / WEIGHTS, card).to(backbone.device), card)


def read_head(folder: Path) -> TrainedHead:
    """Load a checkpoint without its backbone; whoever uses it sees to it that they fit.

    Raises:
        GlotError: the checkpoint is missing, truncated, a pickle or not finite.
    """
    from glot.heads.weights import read_weights

    card = HeadCard.read(folder / CARD)
    return TrainedHead(read_weights(folder / WEIGHTS, card), card)


def check_backbone(card: HeadCard, backbone: Backbone) -> None:
    """Refuse a head on a backbone whose weights are not those it was trained on.

    Raises:
        GlotError: naming both backbones.
    """
    if card.fingerprint != backbone.fingerprint:
        raise GlotError(
            f"This head was trained on backbone {card.backbone!r} "
            f"(weights {card.fingerprint[:12]}), and the backbone here is {backbone.name!r} "
            f"(weights {backbone.fingerprint[:12]}).",
            "Accepted: a head on the very weights it was trained on.",
            f"Load {card.backbone!r}, or train a head: glot train --backbone {backbone.name}.",
        )
    if card.width != backbone.width:
        raise GlotError(
            f"This head takes token states of width {card.width}, and {backbone.name!r} gives "
            f"{backbone.width}.",
            "Accepted: equal widths.",
        )
