"""The token graph and all that follows τ, as one component that lives in the browser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from glot.errors import GlotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.components.v2.types import ComponentRenderer

BUNDLE = Path(__file__).parent / "dist" / "token_graph.js"


def token_graph(
    data: dict[str, Any],
    *,
    key: str,
    on_tau_change: Callable[[], None],
    on_view_change: Callable[[], None],
) -> None:
    """Draw the component; what it reports stands in `st.session_state[key]`.

    Args:
        data: as `payload` makes it.
        key: of the session, `tau` and `view` under it. One key is one component in the browser:
            it goes on where it was when its data change.
        on_tau_change: called when the reader has released τ.
        on_view_change: called when the reader compares other poolers or draws them otherwise.

    Raises:
        GlotError: the front end is not built.
    """
    if not BUNDLE.is_file():
        raise GlotError(
            f"The page's front end is missing: there is no {BUNDLE.name}.",
            "Accepted: a checkout with app/components/token_graph/dist.",
            "Fetch the checkout anew, or build it in app/components/token_graph/frontend.",
        )
    _renderer(BUNDLE.stat().st_mtime_ns)(
        data=data, key=key, on_tau_change=on_tau_change, on_view_change=on_view_change
    )


@lru_cache(maxsize=1)
def _renderer(_stamp: int) -> ComponentRenderer:
    """Register the bundle once for a process, and again when it was built anew."""
    # Text without a line break would be taken for a path.
    script = BUNDLE.read_text(encoding="utf-8") + "\n"
    return st.components.v2.component("glot_token_graph", js=script)
