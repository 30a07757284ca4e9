"""Backbones, heads and data that are at hand."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from glot.backbones import BUNDLED
from glot.backbones.source import resolve
from glot.doctor.finding import Finding
from glot.errors import GlotError
from glot.operation.read import settings
from glot.paths import checkpoints_folder, data_folder
from glot.tasks import TASKS

# Without it no page shows anything of a text of one's own.
NEEDED = "minilm"


def backbones() -> list[Finding]:
    """The bundled ones, and those that the operator allows."""
    found = []
    for name, entry in BUNDLED.items():
        try:
            entry.locate()
            found.append(Finding("Backbones", name, "ok", entry.summary))
        except GlotError as error:
            status = "missing" if name == NEEDED else "note"
            found.append(Finding("Backbones", name, status, error.given, entry.install))  # type: ignore[arg-type]
    try:
        allowed = settings().allowed_backbones
    except GlotError:
        # Told where the configuration is looked at.
        return found
    return found + [_allowed(name) for name in allowed if name not in BUNDLED]


def _allowed(name: str) -> Finding:
    try:
        source = resolve(name)
    except GlotError as error:
        return Finding("Backbones", name, "note", error.given, error.remedy or error.accepted)
    if source.is_local:
        return Finding("Backbones", name, "ok", f"in {source.location}")
    from huggingface_hub import try_to_load_from_cache

    if isinstance(try_to_load_from_cache(name, "config.json"), str):
        return Finding("Backbones", name, "ok", "in the hub's cache")
    remedy = f"hf download {name}"
    return Finding("Backbones", name, "note", "not on this disk: fetched when asked for", remedy)


def heads() -> list[Finding]:
    """Trained heads by backbone; those that cannot be read by name."""
    from glot.heads.shipped import checkpoint_folders

    root = checkpoints_folder()
    try:
        folders = checkpoint_folders(root)
    except GlotError as error:
        remedy = "git checkout checkpoints, or glot train --task sst2 --pooler glot"
        return [Finding("Heads", str(root), "note", error.given, remedy)]
    broken = {folder: told for folder in folders if (told := _broken(folder))}
    sound = Counter(folder.parts[-3] for folder in folders if folder not in broken)
    found = [Finding("Heads", name, "ok", f"{n} heads") for name, n in sorted(sound.items())]
    for folder, told in broken.items():
        remedy = "git checkout its folder, or train it again (glot train)."
        found.append(Finding("Heads", "/".join(folder.parts[-3:]), "missing", told, remedy))
    return found


def _broken(folder: Path) -> str:
    """Why a head cannot be read; empty if its card and the head of its weights can be."""
    from safetensors import SafetensorError, safe_open

    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD, WEIGHTS

    try:
        HeadCard.read(folder / CARD)
        with safe_open(folder / WEIGHTS, framework="numpy") as file:
            return "" if list(file.keys()) else "its weights are empty"
    except GlotError as error:
        return error.given
    except (OSError, SafetensorError) as error:
        return f"its weights cannot be read: {error}"


def data() -> list[Finding]:
    """Labelled data on this disk; needed to train and to verify, not to open pages."""
    folder = data_folder()
    offline = os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0")
    otherwise = "nowhere: the hub may not be asked" if offline else "the hub"
    if folder is None:
        remedy = "Set GLOT_DATA to a folder with TASK/SPLIT.parquet."
        status = "note" if offline else "ok"
        return [Finding("Data", "GLOT_DATA", status, f"not set; from {otherwise}", remedy)]  # type: ignore[arg-type]
    if not folder.is_dir():
        told = f"{folder} is no folder"
        return [Finding("Data", "GLOT_DATA", "missing", told, "Correct or unset GLOT_DATA.")]
    here = [name for name in TASKS.names() if any((folder / name).glob("*.parquet"))]
    told = f"{folder}: {', '.join(here) or 'no task that is known'}"
    return [Finding("Data", "GLOT_DATA", "ok" if here else "note", told)]
