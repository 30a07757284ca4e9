"""What pages ask for, without Streamlit's widgets; the only home of st.cache_*."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import streamlit as st

from glot.attributions.examples import BACKBONE, TASK, stored_explanation
from glot.attributions.explanation import Explanation
from glot.tasks import get_task

if TYPE_CHECKING:
    from glot.backbones.base import Backbone
    from glot.heads.shelf import Shelf

# The page draws every token and every pair; longer texts are cut, and the page says so.
MAX_TOKENS = 512
# Seconds between the first page and the loading of torch: the browser still fetches its scripts
# from this process, and importing torch would keep it waiting.
WARM_UP_AFTER = 2.0


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
    get_task(task)  # an unknown one is told before anything is loaded
    stored = stored_explanation(text, backbone, task)
    if stored is not None:
        return stored
    return _computed(text, backbone, task, _stamp(backbone, task))


def _stamp(backbone: str, task: str) -> float:
    """When the newest checkpoint file for this backbone and task was written."""
    from glot.heads.checkpoint import checkpoint_folder

    folder = checkpoint_folder(backbone, task, "any").parent
    return max((path.stat().st_mtime for path in folder.glob("*/*")), default=0.0)


def head_summary(backbone: str, task: str, pooler: str) -> str | None:
    """How a head was trained and what it scores, in a sentence; None where there is none."""
    from glot.errors import GlotError
    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD, checkpoint_folder

    try:
        card = HeadCard.read(checkpoint_folder(backbone, task, pooler) / CARD)
        metric = card.metrics["metric"]
        told = [
            f"Trained on {card.training['n_train']:,} texts, {card.metrics['parameters']:,} "
            "parameters."
        ]
        for split, scores in card.metrics["evaluation"].items():
            low, high = scores["interval_95"]
            told.append(
                f"{split.capitalize()} {metric}: {scores[metric]:.1f} (95 % interval {low:.1f} "
                f"to {high:.1f}, {scores['n']:,} texts)."
            )
        return " ".join(told)
    except (GlotError, KeyError):
        return None


def rehearse() -> None:
    """Draw the first example once, before the first reader does.

    Plotly, SciPy and the files' readers load what they need on first use.
    """
    from glot.attributions.examples import examples
    from glot.errors import GlotError
    from glot.plots.token_graph import token_graph_figure
    from glot.plots.token_weights import token_weights_figure

    try:
        shown = stored_explanation(examples()[0].text, BACKBONE, TASK)
    except GlotError:
        # The page will say what is wrong with the stored example.
        return
    if shown is not None:
        shown.statistics(0.6)
        token_graph_figure(shown, 0.6, "glot").to_json()
        token_weights_figure(shown, 0.6, list(shown.weights)).to_json()


_warming = threading.Lock()


def warm_up() -> None:
    """Load the default backbone and its heads behind the page, once per server.

    The examples are shown from files; without this the first text of one's own would wait for
    torch, transformers and the weights.
    """
    if _warming.acquire(blocking=False):
        timer = threading.Timer(WARM_UP_AFTER, _warm)
        timer.daemon = True
        timer.start()


def _warm() -> None:
    from glot.errors import GlotError

    try:
        _computed("Ready.", BACKBONE, TASK, _stamp(BACKBONE, TASK))
    except GlotError:
        # The page says what is wrong when a text is asked for.
        return
