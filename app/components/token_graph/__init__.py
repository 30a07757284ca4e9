"""The token graph and all that follows τ, as one component that lives in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.components.front_end import front_end
from glot.live.bundle import TOKEN_GRAPH as BUNDLE

if TYPE_CHECKING:
    from collections.abc import Callable


def token_graph(
    data: dict[str, Any],
    *,
    key: str,
    on_tau_change: Callable[[], None],
    on_view_change: Callable[[], None],
) -> None:
    """Draw the component; what it reports stands in `st.session_state[key]`.

    Args:
        data: as `glot.live.payload` makes it.
        key: of the session, `tau` and `view` under it. One key is one component in the browser:
            it goes on where it was when its data change.
        on_tau_change: called when the reader has released τ.
        on_view_change: called when the reader compares other poolers or draws them otherwise.

    Raises:
        GlotError: the front end is not built.
    """
    front_end("glot_token_graph", BUNDLE)(
        data=data, key=key, on_tau_change=on_tau_change, on_view_change=on_view_change
    )
