"""Browser components of our own, which `frontend/` builds."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from glot.live.bundle import bundle_text

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def front_end(name: str, bundle: Path) -> ComponentRenderer:
    """What draws a component.

    Args:
        name: of the component, one for each bundle.
        bundle: JavaScript with a default export that mounts it.

    Raises:
        GlotError: the bundle is not there.
    """
    return _renderer(name, bundle, bundle.stat().st_mtime_ns if bundle.is_file() else 0)


@lru_cache(maxsize=4)
def _renderer(name: str, bundle: Path, _stamp: int) -> ComponentRenderer:
    """Register the bundle once for a process, and again when it was built anew."""
    # Text without a line break would be taken for a path.
    return st.components.v2.component(name, js=bundle_text(bundle) + "\n")
