"""The machine and the folders: device, configuration, room, the front end's files."""

from __future__ import annotations

import os
import shutil
from dataclasses import fields
from pathlib import Path

from glot.doctor.finding import Finding
from glot.errors import GlotError
from glot.operation.places import check_writable
from glot.operation.read import PREFIX, config_path, settings, variable
from glot.operation.settings import Settings
from glot.paths import ROOT, cache_folder, checkpoints_folder, results_folder

# Variables that are no settings.
OTHERS = ("CONFIG", "CACHE", "CHECKPOINTS", "DATA", "RESULTS", "SHARED")
# Bytes of memory and disk below which ordinary work may not end well.
MEMORY, ROOM = 2 * 2**30, 2 * 2**30
BUNDLES = ("glot/live/static/token_graph.js", "app/components/embedding/dist/embedding_map.js")


def device() -> list[Finding]:
    """What backbones run on unless another device is named."""
    try:
        import torch

        from glot.backbones.placement import choose_device, choose_dtype
        from glot.memory import available_bytes
        from glot.provenance import device_name
    except ImportError as error:
        told = f"torch cannot be imported: {error}"
        return [Finding("Device", "torch", "missing", told, "pip install -r requirements.txt")]
    chosen = choose_device("auto")
    kind = str(choose_dtype("auto", chosen)).removeprefix("torch.")
    free = available_bytes(chosen)
    told = f"{device_name(chosen)}, {torch.get_num_threads()} threads, up to {kind}"
    status, remedy = ("ok", "") if free >= MEMORY else ("note", "Close other programs.")
    return [
        Finding("Device", str(chosen), "ok", told),
        Finding("Device", "memory", status, f"{free / 2**30:.1f} GiB free", remedy),  # type: ignore[arg-type]
    ]


def configuration() -> list[Finding]:
    """The operator's settings, and variables that are none."""
    path = config_path()
    where = f"from {path}" if path else "no glot.toml: defaults"
    try:
        given, usual = settings(), Settings()
    except GlotError as error:
        return [Finding("Configuration", "settings", "missing", error.given, error.accepted)]
    names = [each.name for each in fields(given)]
    changed = [name for name in names if getattr(given, name) != getattr(usual, name)]
    told = f"{where}; set: {', '.join(changed) or 'nothing'}"
    found = [Finding("Configuration", "settings", "ok", told)]
    known = {variable(name) for name in names} | {PREFIX + name for name in OTHERS}
    for name in sorted(set(os.environ) - known):
        if name.startswith(PREFIX):
            told = "is set, and nothing reads it"
            remedy = "Check its spelling: docs/operations.md."
            found.append(Finding("Configuration", name, "note", told, remedy))
    return found


def folders() -> list[Finding]:
    """Where files are written, and whether there is room."""
    places = {
        "cache": (cache_folder(), "GLOT_CACHE"),
        "checkpoints": (checkpoints_folder(), "GLOT_CHECKPOINTS"),
        "results": (results_folder(), "GLOT_RESULTS"),
    }
    return [_folder(name, path, moved) for name, (path, moved) in places.items()]


def _folder(name: str, path: Path, moved: str) -> Finding:
    # One that is not there yet is made when it is needed: above it must be room for it.
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    try:
        check_writable(there)
    except GlotError as error:
        # Only what can be made again must be written for the dashboard to work.
        status = "missing" if name == "cache" else "note"
        remedy = f"Change its rights, or set {moved} to another folder."
        return Finding("Folders", name, status, error.given, remedy)  # type: ignore[arg-type]
    free = shutil.disk_usage(there).free
    told = f"{path}, {free / 2**30:.1f} GiB free"
    if free < ROOM:
        return Finding("Folders", name, "note", told, "Free space: models and runs need it.")
    return Finding("Folders", name, "ok", told)


def front_end() -> list[Finding]:
    """The bundles of the browser components."""
    gone = [each for each in BUNDLES if not (ROOT / each).is_file()]
    remedy = "cd app/components/frontend && npm ci && npm run build"
    return [
        Finding("Front end", each, "missing", "the bundle is not there", remedy) for each in gone
    ] or [Finding("Front end", "bundles", "ok", f"{len(BUNDLES)} of {len(BUNDLES)}")]
