"""Which backbones pages may load: not every reader may open every file of the server.

The command line and the Python API load what their user names; pages load for anybody.
"""

from __future__ import annotations

from pathlib import Path

from glot.backbones.bundled import BUNDLED
from glot.errors import GlotError
from glot.operation.settings import Settings


def allowed_names(settings: Settings) -> tuple[str, ...]:
    """The backbones that pages offer by name: the bundled ones and those of the operator."""
    return tuple(dict.fromkeys((*BUNDLED, *settings.allowed_backbones)))


def allowed(name: str, settings: Settings) -> str:
    """What to load for a name that a reader gave.

    A path is judged by where it leads, with every link and `..` followed, and it is this place
    that is to be loaded.

    Args:
        name: as given.
        settings: the operator's.

    Returns:
        The name where it is on the operator's list, or the place that it leads to.

    Raises:
        GlotError: it is neither; the message does not tell whether there is such a file.
    """
    given = name.strip()
    if given in allowed_names(settings):
        return given
    place = _place(given)
    roots = [found for each in settings.allowed_folders if (found := _place(each)) is not None]
    if place is not None and any(place != root and place.is_relative_to(root) for root in roots):
        return str(place)
    inside = " or what lies in the folders that its operator allows" if roots else ""
    raise GlotError(
        f"Unknown backbone {name!r}: this server loads no such one from a page.",
        f"Accepted: {', '.join(allowed_names(settings))}{inside}.",
        "Whoever runs the server can allow more: allowed_backbones and allowed_folders in "
        "glot.toml (docs/operations.md).",
    )


def _place(path: str) -> Path | None:
    """Where an absolute path leads; None for one that is relative or cannot be."""
    try:
        given = Path(path).expanduser()
        return given.resolve() if given.is_absolute() else None
    except (OSError, ValueError, RuntimeError):
        # No such user, a NUL byte, links in a circle, a name that is too long.
        return None
