"""Where the project's files lie; each place can be moved by an environment variable."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def expanded(given: str | Path) -> Path:
    """The path with its `~` written out; as it is where that is nobody's home."""
    try:
        return Path(given).expanduser()
    except RuntimeError:
        return Path(given)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; no also for names that no file system takes."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def assets_folder() -> Path:
    """Bundled examples and other files that ship with the project."""
    return ROOT / "assets"


def checkpoints_folder() -> Path:
    """Trained heads: `GLOT_CHECKPOINTS`, or `checkpoints` in the project."""
    return expanded(os.environ.get("GLOT_CHECKPOINTS") or ROOT / "checkpoints")


def results_folder() -> Path:
    """The results ledger: `GLOT_RESULTS`, or `assets/results` in the project."""
    return expanded(os.environ.get("GLOT_RESULTS") or assets_folder() / "results")


def cache_folder() -> Path:
    """What can be made again: `GLOT_CACHE`, or `glot` in the user's cache folder."""
    given = os.environ.get("GLOT_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return expanded(given or Path(base) / "glot")


def data_folder(given: str | None = None) -> Path | None:
    """A local folder of labelled data: `given`, or `GLOT_DATA`; None means: ask the hub."""
    chosen = given or os.environ.get("GLOT_DATA")
    return expanded(chosen) if chosen else None
