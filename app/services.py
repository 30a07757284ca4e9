"""What pages ask for, without Streamlit's widgets; the only home of st.cache_*."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import streamlit as st

from glot.attributions.examples import BACKBONE, TASK, stored_explanation
from glot.attributions.explanation import Explanation

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.shelf import Shelf

# The page draws every token and every pair; longer texts are cut, and the page says so.
MAX_TOKENS = 512


@st.cache_resource(max_entries=2, show_spinner=False)
def _backbone(name: str) -> Backbone:
    from glot.backbones import load_backbone

    return load_backbone(name)


@st.cache_resource(max_entries=8, show_spinner=False)
def _heads(backbone: str, task: str, stamp: float) -> Shelf:  # noqa: ARG001 - part of the key
    """`stamp` changes when a checkpoint is written, so that new heads are seen."""
    from glot.heads.shelf import load_heads

    return load_heads(_backbone(backbone), task)


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(text: str, backbone: str, task: str, stamp: float) -> Explanation:
    from glot.attributions.readout import explain_text

    shelf = _heads(backbone, task, stamp)
    return explain_text(text, _backbone(backbone), task, shelf, max_tokens=MAX_TOKENS)


def explanation(text: str, backbone: str, task: str) -> Explanation:
    """A text seen by every head at every τ: stored for the examples, else computed and kept.

    Raises:
        GlotError: nothing can be computed from what was given.
    """
    stored = stored_explanation(text, backbone, task)
    if stored is not None:
        return stored
    return _computed(text, backbone, task, _stamp(backbone, task))


def _stamp(backbone: str, task: str) -> float:
    """When the newest checkpoint file for this backbone and task was written."""
    from glot.heads.checkpoint import checkpoint_folder

    folder = checkpoint_folder(backbone, task, "any").parent
    return max((path.stat().st_mtime for path in folder.glob("*/*")), default=0.0)


_warming = threading.Lock()


def warm_up() -> None:
    """Load the default backbone and its heads behind the page, once per server.

    The examples are shown from files; without this the first text of one's own would wait for
    torch, transformers and the weights.
    """
    if _warming.acquire(blocking=False):
        threading.Thread(target=_warm, daemon=True, name="warm-up").start()


def _warm() -> None:
    from glot.errors import GlotError

    try:
        _computed("Ready.", BACKBONE, TASK, _stamp(BACKBONE, TASK))
    except GlotError:
        # The page says what is wrong when a text is asked for.
        return
