"""Folders that a server writes to."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from glot.errors import GlotError


def check_writable(folder: Path) -> None:
    """Check that files can be made in a folder, which is made if it is not there.

    Raises:
        GlotError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Without a name: nothing is left behind, whatever happens.
        with TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError as error:
        raise GlotError(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            "Accepted: a folder that the server may write to, on a disk with room.",
            "Change its rights, free space, or name another one.",
        ) from error
