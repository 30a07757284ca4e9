"""The front end's built files, as text."""

from __future__ import annotations

from pathlib import Path

from glot.errors import GlotError

# The live view: the dashboard mounts it, and so do notebooks. `app/components/frontend` builds it.
TOKEN_GRAPH = Path(__file__).parent / "static" / "token_graph.js"


def bundle_text(bundle: Path) -> str:
    """The JavaScript of a bundle.

    Raises:
        GlotError: the file is not there.
    """
    try:
        return bundle.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise GlotError(
            f"The page's front end is missing: there is no {bundle.name}.",
            f"Accepted: a checkout or an installed package with {'/'.join(bundle.parts[-3:])}.",
            "Fetch it anew, or build it in app/components/frontend.",
        ) from error
