"""Train: heads of several poolers on a reader's own labelled texts."""

from __future__ import annotations

import streamlit as st

from app.components.page import tell, tell_links
from app.components.train.choices import backbone_and_poolers, request, settings
from app.components.train.runs import runs
from app.components.train.texts import Chosen, texts_picker
from app.services import train as service
from app.state import train as state
from glot.errors import GlotError

INTRODUCTION = (
    "Bring labelled texts, and train a **head** on them: a way of pooling a frozen language "
    "model's tokens, and a small layer that tells your classes or numbers. All of it happens on "
    "this machine."
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Train", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    chosen = texts_picker()
    backbone_and_poolers()
    settings()
    # Before anything long: what was set is in the link even if its computation is interrupted.
    state.publish()
    with told:
        tell_links(problems)
    _button(chosen)
    runs()
    state.publish()


def _button(chosen: Chosen | None) -> None:
    """Train, where there is something to train on."""
    pressed = st.button(
        "Train",
        key="train",
        icon=":material/model_training:",
        disabled=chosen is None,
        help=None if chosen else "Open texts that can be trained on first.",
    )
    if pressed and chosen is not None:
        try:
            run = service.begin(request(chosen), chosen.upload, chosen.test)
        except GlotError as error:
            tell(error)
            return
        state.show_run(run.name)
