"""Explanations of a text, for Explore."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.services import models
from app.services.kept import kept
from glot.attributions.examples import BACKBONE, TASK, examples, stored_explanation
from glot.attributions.explanation import Explanation
from glot.errors import GlotError
from glot.heads.summary import head_summaries
from glot.live.payload import MAX_TOKENS, payload
from glot.memory import spare_the_collector

if TYPE_CHECKING:
    from glot.attributions.controls import GraphControls

# Seconds between the first page and the loading of torch: the browser still fetches its scripts
# from this process, and importing torch would keep it waiting.
WARM_UP_AFTER = 2.0


@dataclass(frozen=True)
class Asked:
    """What an explanation is asked for: all that decides its numbers, but for the heads on disk.

    Attributes:
        text: the text.
        backbone: the backbone's name.
        task: the task's name.
        layer: whose graph is shown; None: the last.
        similarity: kind of the graph.
        special_tokens: whether tokens that the backbone adds take part.
    """

    text: str
    backbone: str
    task: str
    layer: int | None = None
    similarity: str = "cosine"
    special_tokens: bool = True


@kept(64)
def _explained(asked: Asked, stamp: float) -> Explanation:
    """`stamp` changes when a checkpoint is written, so that new heads are seen."""
    plain = Asked(asked.text, asked.backbone, asked.task)
    if asked == plain:
        stored = stored_explanation(asked.text, asked.backbone, asked.task)
        if stored is not None:
            return stored
    # Tokens stand where they stood before a setting was changed, and are not laid out again.
    positions = None if asked == plain else _explained(plain, stamp).positions
    from glot.attributions.readout import explain_text

    return explain_text(
        asked.text,
        models.backbone(asked.backbone),
        asked.task,
        models.heads(asked.backbone, asked.task),
        max_tokens=MAX_TOKENS,
        layer=asked.layer,
        similarity=asked.similarity,
        special_tokens=asked.special_tokens,
        positions=positions,
    )


def explanation(asked: Asked) -> Explanation:
    """A text seen by every head at every τ: stored for the examples, else computed and kept.

    Raises:
        GlotError: nothing can be computed from what was given.
    """
    models.check_task(asked.backbone, asked.task)
    return _explained(asked, models.stamp(asked.backbone, asked.task))


def component_data(asked: Asked, first: dict[str, Any]) -> dict[str, Any]:
    """What the browser is sent for an explanation: the same object for the same question.

    Args:
        asked: of a question that `explanation` has answered.
        first: see `app.state.explore.first`.
    """
    stamp = models.stamp(asked.backbone, asked.task)
    return _component_data(asked, json.dumps(first, sort_keys=True), stamp)


@kept(64)
def _component_data(asked: Asked, first: str, stamp: float) -> dict[str, Any]:
    shown = _explained(asked, stamp)
    told = head_summaries(asked.backbone, asked.task, shown.poolers)
    return payload(shown, json.loads(first), told, MAX_TOKENS)


@st.cache_resource(max_entries=32, show_spinner=False)
def _controls(asked: Asked, tau: float, stamp: float) -> GraphControls:  # noqa: ARG001
    from glot.attributions.controls import graph_controls

    return graph_controls(
        asked.text,
        models.backbone(asked.backbone),
        models.heads(asked.backbone, asked.task),
        tau,
        max_tokens=MAX_TOKENS,
        similarity=asked.similarity,
        special_tokens=asked.special_tokens,
    )


def controls(asked: Asked, tau: float) -> GraphControls:
    """The GLOT head on the text's graph and on graphs that know nothing of the text.

    Raises:
        GlotError: there is no such head, or nothing can be computed from what was given.
    """
    # The head reads its own layer, whichever is shown.
    return _controls(replace(asked, layer=None), tau, models.stamp(asked.backbone, asked.task))


def rehearse() -> None:
    """Do what the first pages ask for once, before their first reader does.

    Arrow, pandas, Plotly and the files' readers load what they need on first use.
    """
    import pandas
    import plotly.graph_objects as go
    import pyarrow

    # Every other page draws with it.
    go.Figure(go.Scatter(x=[0], y=[0]))
    if models.first_example() is not None:
        asked = Asked(examples()[0].text, BACKBONE, TASK)
        data = component_data(asked, {})
        pyarrow.Table.from_pandas(pandas.DataFrame(data["upper"]))
    models.n_layers(BACKBONE)


_warming = threading.Lock()


def warm_up() -> None:
    """Load the default backbone and its heads behind the page, once per server.

    The examples are shown from files; without this the first text of one's own would wait for
    torch, transformers and the weights.
    """
    if _warming.acquire(blocking=False):
        timer = threading.Timer(WARM_UP_AFTER, _begin_warming)
        timer.daemon = True
        timer.start()


def _begin_warming() -> None:
    # Python waits for this thread at its end; cut off inside torch, it would abort the process.
    threading.Thread(target=_warm, name="warm up", daemon=False).start()


def _warm() -> None:
    try:
        explanation(Asked("Ready.", BACKBONE, TASK))
        spare_the_collector()
    except GlotError:
        # The page says what is wrong when a text is asked for.
        return
