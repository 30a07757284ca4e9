"""The token graph: similarities, edges at every τ, statistics, positions.

`TokenGraph` is loaded when it is first asked for, so that the parts that need no torch load
without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glot.graph.token_graph import TokenGraph

__all__ = ["TokenGraph"]


def __getattr__(name: str) -> Any:
    if name == "TokenGraph":
        from glot.graph.token_graph import TokenGraph

        return TokenGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
