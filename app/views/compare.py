"""Compare two texts: both token graphs, the similarities between them, and what each head tells."""

from __future__ import annotations

import streamlit as st

from app.components.compare import results_at_tau
from app.components.page import plain, tell, tell_links
from app.components.pickers import MAX_CHARACTERS, backbone_picker
from app.navigation import open_link
from app.services import compare, explain, models
from app.state import compare as state
from glot.attributions.pair import PairExplanation
from glot.attributions.pair_examples import pair_examples
from glot.errors import GlotError

INTRODUCTION = (
    "Two texts run through the same frozen language model. Each makes a token graph of its own at "
    "one threshold **τ**; each pooler makes one vector of each text, and a head trained on pairs "
    "tells from the two vectors how the texts relate."
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Compare texts", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    left, right = st.columns([3, 1])
    with left:
        _text_pickers()
    with right:
        backbone = backbone_picker()
        _task_picker(backbone)
    # Before anything long: what was set is in the link even if its computation is interrupted.
    state.publish()
    with told:
        tell_links(problems)
    _results(_asked())
    explain.warm_up()


def _asked() -> compare.AskedPair:
    keys = (state.FIRST, state.SECOND, "backbone", state.TASK)
    return compare.AskedPair(*(st.session_state[key] for key in keys))


def _text_pickers() -> None:
    """Both texts, with the examples above them, and what can be done with them below."""
    titles = {example.key: example.title for example in pair_examples()}
    texts = {(example.first, example.second): example.key for example in pair_examples()}
    current = st.session_state[state.FIRST], st.session_state[state.SECOND]
    # The pill follows the texts: it goes out when one is changed.
    st.session_state["pair_example"] = texts.get(current)
    st.pills(
        "Examples",
        list(titles),
        format_func=titles.__getitem__,
        key="pair_example",
        on_change=_take_example,
        wrap=True,
    )
    labels = ((state.FIRST, "First text"), (state.SECOND, "Second text"))
    for column, (key, label) in zip(st.columns(2), labels, strict=True):
        column.text_area(
            label,
            key=key,
            height=90,
            max_chars=MAX_CHARACTERS,
            placeholder="Type or paste a text",
            help="Ctrl+Enter, or a click beside the box, shows the new text.",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Swap", key="swap", icon=":material/swap_horiz:", on_click=state.swap)
        for key, label in labels:
            _explore_link(key, label)


def _explore_link(key: str, label: str) -> None:
    if st.session_state[key].strip():
        open_link(
            "explore",
            f"{label} on Explore",
            f"explore {key}",
            text=st.session_state[key],
            backbone=st.session_state["backbone"],
            task=st.session_state[state.TASK],
            tau=f"{st.session_state[state.TAU]:.2f}",
        )


def _take_example() -> None:
    key = st.session_state["pair_example"]
    chosen = next((each for each in pair_examples() if each.key == key), None)
    if chosen is not None:
        st.session_state[state.FIRST] = chosen.first
        st.session_state[state.SECOND] = chosen.second


def _task_picker(backbone: str) -> None:
    """One of the tasks of pairs that the backbone has heads for."""
    options = compare.pair_tasks(backbone)
    current = st.session_state[state.TASK]
    if current not in options:
        options.append(current)
    st.selectbox(
        "Task of the heads",
        options,
        format_func=models.task_title,
        key=state.TASK,
        help="Heads are trained for a task. Only tasks of two texts are offered here.",
    )


def _results(asked: compare.AskedPair) -> None:
    """All that comes of the texts, or a message in its place; what was typed stays."""
    pair = _pair(asked)
    if pair is None:
        return
    for note in (*pair.notes, *_link_note(asked)):
        st.info(plain(note), icon=":material/info:")
    results_at_tau(asked, pair)


def _pair(asked: compare.AskedPair) -> PairExplanation | None:
    try:
        with st.spinner(f"Running both texts through {plain(asked.backbone)} …"):
            return compare.pair(asked)
    except GlotError as error:
        tell(error)
        return None


def _link_note(asked: compare.AskedPair) -> tuple[str, ...]:
    if max(len(asked.first), len(asked.second)) <= state.MAX_LINK_TEXT:
        return ()
    return (
        f"A text has more than {state.MAX_LINK_TEXT:,} characters: the link to this page brings "
        "back all settings, but not this text.",
    )
