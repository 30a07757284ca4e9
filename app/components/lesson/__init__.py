"""The lesson: its words, its question, and one live widget a step."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

# Step → file of its widget.
_WIDGETS = {
    "states": "token_states",
    "mean": "dilution",
    "similarity": "similarity",
    "graph": "graph",
    "messages": "messages",
    "readout": "weights",
    "stress": "stress",
    "control": "control",
}


def widget(step: str) -> Callable[[], None]:
    """What draws a step's widget; it is imported when its step is shown.

    Raises:
        GlotError: when called, where the numbers it shows cannot be had.
    """
    render: Callable[[], None] = import_module(f"{__name__}.{_WIDGETS[step]}").render
    return render
