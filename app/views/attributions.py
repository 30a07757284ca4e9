"""Attributions: what a head's score hangs on, and whether its token weights tell."""

from __future__ import annotations

import streamlit as st

from app.components.page import plain, small, tell, tell_links
from app.components.pickers import MAX_CHARACTERS, backbone_picker, task_picker, text_picker
from app.services import attributions as service
from app.state import attributions as state
from app.state.setting import MAX_URL_TEXT
from app.views import attributions_shown as shown
from glot.errors import GlotError
from glot.plots.palette import title

INTRODUCTION = (
    "A head weighs tokens by **π**. Is that where its answer comes from? Here π stands beside "
    "what happens when tokens are taken away (**occlusion**) and beside **gradients**, over the "
    "same tokens, with numbers that say how well each ranking names what the score hangs on."
)
FIGURE_5 = {"genome": "Figure 5a: genome", "horse": "Figure 5b: horse"}
# Quoted from the paper, appendix D.9.
QUOTED = {
    "genome": "GLOT “suppresses the interrogative ‘What’ and places maximum weight on ‘genome’ and "
    "‘individuals’”",
    "horse": "GLOT “isolates the action ‘riding’ and the object ‘horse’, whereas AdaPool focuses "
    "on the article ‘a’”",
}
NO_SECOND = GlotError(
    "The second text is empty, and the heads of this task compare two texts.",
    "Accepted: a pair of texts.",
    "Type the second text, or choose one of the paper's sentences.",
)


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    st.title("Attributions", anchor=False)
    st.markdown(INTRODUCTION)
    told = st.container()
    left, right = st.columns([3, 1])
    with left:
        text = text_picker()
        second, paper = st.container(), st.container()
    with right:
        backbone = backbone_picker()
        task = task_picker(backbone)
    try:
        heads = service.heads(backbone, task)
    except GlotError as error:
        state.publish()
        tell(error)
        return
    problems += state.fit_target(heads.labels)
    with right:
        _head_picker(heads)
    with second:
        other = _second_picker() if heads.pairs else None
    with paper:
        _paper_picker()
    _how_picker(heads.pairs)
    # Before anything long: what was set is in the link even if its computation is interrupted.
    state.publish()
    with told:
        tell_links(problems)
        if max(len(text), len(other or "")) > MAX_URL_TEXT:
            st.info(
                f"A text has more than {MAX_URL_TEXT:,} characters: the link to this page brings "
                "back all settings, but not that text.",
                icon=":material/info:",
            )
    if other is not None and not other.strip():
        tell(NO_SECOND)
        return
    for asked in _asked(text, other):
        shown.results(asked)


def _asked(text: str, other: str | None) -> list[service.Asked]:
    """One question, or two where both texts of a pair are attributed."""
    chosen = st.session_state
    side = chosen["attr_side"] if other is not None else "first"
    pairs = {"first": (text, other, False), "second": (other or "", text, True)}
    return [
        service.Asked(
            *pairs[each],
            chosen["backbone"],
            chosen["task"],
            chosen["attr_pooler"],
            chosen["attr_target"] or None,
            chosen["attr_words"],
            chosen["attr_removal"],
            chosen["attr_baseline"],
            int(chosen["attr_steps"]),
            chosen["attr_backbone"],
        )
        for each in (pairs if side == "both" else (side,))
    ]


def _second_picker() -> str:
    text: str = st.text_area(
        "Second text",
        key="attr_other",
        height=80,
        max_chars=MAX_CHARACTERS,
        placeholder="The text that it is compared with",
    )
    return text


def _paper_picker() -> None:
    pair = st.session_state["text"], st.session_state["attr_other"]
    lit = next((name for name, texts in service.FIGURE_5.items() if texts == pair), None)
    # The pill follows the texts: it goes out when one of them is changed.
    st.session_state["attr_paper"] = lit
    st.pills(
        "From the paper, on the QQP head",
        list(FIGURE_5),
        format_func=FIGURE_5.__getitem__,
        key="attr_paper",
        on_change=_take_paper,
    )
    if lit and st.session_state["task"] == service.FIGURE_5_TASK:
        small(
            plain(
                f"The paper, appendix D.9, on a frozen BERT: {QUOTED[lit]}. Its figure shows one "
                "text of each pair; the second one here is ours, and so is the head."
            )
        )


def _take_paper() -> None:
    chosen = st.session_state["attr_paper"]
    if chosen is not None:
        text, other = service.FIGURE_5[chosen]
        st.session_state.update(text=text, attr_other=other, task=service.FIGURE_5_TASK)


def _head_picker(heads: service.Heads) -> None:
    poolers = list(heads.poolers)
    if st.session_state["attr_pooler"] not in poolers:
        poolers.append(st.session_state["attr_pooler"])
    st.selectbox("Pooler of the head", poolers, format_func=title, key="attr_pooler")
    if heads.labels:
        st.selectbox(
            "Class",
            ["", *heads.labels],
            format_func=lambda label: label or "The one that the head tells",
            key="attr_target",
            help="The probability of this class is divided among the tokens.",
        )


def _how_picker(pairs: bool) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if pairs:
            _choice("Attributed", state.SIDES, "attr_side", "The other text stays as it is.")
        _choice(
            "Taken away",
            state.REMOVALS,
            "attr_removal",
            "From the pooling: the backbone reads the whole text, and the token's state is left "
            "out of graph and pooling. From the text: its characters are taken out, and the "
            "backbone reads the rest anew.",
        )
        st.segmented_control(
            "Top share",
            state.SHARES,
            format_func=lambda share: f"{100 * share:g} %",
            key="attr_share",
            required=True,
            help="Comprehensiveness and sufficiency are told of this share of the tokens.",
        )
        st.toggle("Merge tokens to words", key="attr_words", width="content")
        with st.popover("Gradients", icon=":material/tune:", width="content"):
            _gradient_picker()


def _gradient_picker() -> None:
    _choice(
        "Baseline",
        state.BASELINES,
        "attr_baseline",
        "Where the path of integrated gradients begins: all states 0, or each the mean of the "
        "text's states.",
    )
    st.select_slider(
        "Steps",
        state.STEPS,
        key="attr_steps",
        help="Points of the integral; more of them lower the completeness error.",
    )
    st.toggle(
        "From the embeddings too",
        key="attr_backbone",
        help="Integrated gradients through the whole backbone, from its input embeddings. Slower.",
    )


def _choice(label: str, options: dict[str, str], key: str, told: str) -> None:
    st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=key, required=True, help=told
    )
