"""Choosing the text, the backbone and the graph: the same pickers on every page."""

from __future__ import annotations

import streamlit as st

from app.components.page import plain
from app.services import models
from app.state import explore as state
from glot.attributions.examples import examples
from glot.backbones import BUNDLED
from glot.backbones.allowed import allowed_names
from glot.errors import GlotError
from glot.operation.read import settings

# More than any backbone reads; a paste of this size still answers within seconds. A file has at
# most as many bytes, so what it holds always fits the box.
MAX_CHARACTERS = 1_000_000
# Characters of a text in the menu of the session's texts.
SHOWN_CHARACTERS = 70


def text_picker() -> str:
    """Text box with the examples above it; returns the text as typed."""
    titles = {example.key: example.title for example in examples()}
    texts = {example.text: example.key for example in examples()}
    # The pill follows the text: it goes out when the text is changed.
    st.session_state["example"] = texts.get(st.session_state["text"])
    st.pills(
        "Examples",
        list(titles),
        format_func=titles.__getitem__,
        key="example",
        on_change=_take_example,
    )
    text: str = st.text_area(
        "Text",
        key="text",
        height=110,
        max_chars=MAX_CHARACTERS,
        placeholder="Type or paste a text",
        help="Ctrl+Enter, or a click beside the box, shows the new text.",
    )
    return text


def file_picker() -> None:
    """A text file in place of what the text box holds; `file_problem` tells what went wrong."""
    with st.popover("Open a file", icon=":material/upload_file:"):
        st.file_uploader(
            "Open a text file",
            type=["txt", "md"],
            key=state.FILE,
            on_change=_take_file,
            max_upload_size=1,
            help="UTF-8, at most 1 MB. Its text replaces the box's; Undo brings the former one "
            "back.",
        )


def file_problem() -> None:
    """Why the last file could not be read, where it could not."""
    problem = st.session_state.get(state.FILE_PROBLEM)
    if problem:
        st.error(plain(problem), icon=":material/error:")


def past_picker() -> None:
    """Undo, redo, and the texts of this session. Call it after `state.commit`."""
    st.button(
        "Undo",
        key="undo",
        icon=":material/undo:",
        disabled=not state.past().can_go(-1),
        on_click=state.go,
        args=(-1,),
    )
    st.button(
        "Redo",
        key="redo",
        icon=":material/redo:",
        disabled=not state.past().can_go(1),
        on_click=state.go,
        args=(1,),
    )
    texts = [kept["text"] for kept in state.past().texts]
    st.menu_button(
        "History",
        range(len(texts)),
        # Numbered: two texts may begin alike.
        format_func=lambda i: plain(f"{i + 1}. {_shortened(texts[i])}"),
        key=state.HISTORY,
        icon=":material/history:",
        disabled=not texts,
        help="The texts of this session, latest first, each with the settings it was seen with.",
        on_click=_recall,
    )


def backbone_picker() -> str:
    """A backbone that the operator allows: by name, or typed where folders are allowed."""
    summaries = "  \n".join(f"**{name}**: {entry.summary}" for name, entry in BUNDLED.items())
    given = settings()
    options = list(allowed_names(given))
    current = st.session_state["backbone"]
    if current not in options:
        options.append(current)
    typed = "Or type a folder or a .gguf file. " if given.allowed_folders else ""
    chosen = st.selectbox(
        "Backbone",
        options,
        key="backbone",
        accept_new_options=bool(given.allowed_folders),
        help=f"{summaries}  \n{typed}It stays frozen.",
    )
    return chosen or str(current)


def task_picker(backbone: str) -> str:
    """One of the tasks that the backbone has heads for."""
    options = models.tasks_with_heads(backbone)
    current = st.session_state["task"]
    if current not in options:
        options.append(current)
    chosen: str = st.selectbox(
        "Task of the heads",
        options,
        format_func=models.task_title,
        key="task",
        help="Heads are trained for a task. Their token weights and predictions are shown.",
    )
    return chosen


def layer_picker(n_layers: int) -> None:
    """Whose layer's graph is shown; the session's `layer` must be one of them."""
    layer = st.session_state["layer"]
    st.session_state["layer_shown"] = n_layers if layer is None else layer
    st.slider(
        "Layer of the graph",
        0,
        n_layers,
        key="layer_shown",
        on_change=_take_layer,
        args=(n_layers,),
        help=f"0: the embeddings; {n_layers}: the last layer. Heads read the layer that they were "
        "trained on, whichever is shown.",
    )


def graph_picker() -> None:
    """How the token graph is made: similarity, and whether special tokens take part."""
    st.segmented_control(
        "Similarity",
        state.SIMILARITIES,
        key="similarity",
        required=True,
        help="Centred: cosine after the sentence's mean state is taken from each token. It tells "
        "tokens apart on decoders, where nearly all cosines are high.",
    )
    st.toggle(
        "Special tokens",
        key="special",
        help="Whether tokens that the backbone adds, such as [CLS], take part in graph and "
        "pooling. The backbone reads them in any case.",
    )


def _take_example() -> None:
    chosen = next((e for e in examples() if e.key == st.session_state["example"]), None)
    if chosen is not None:
        st.session_state["text"] = chosen.text


def _take_file() -> None:
    st.session_state[state.FILE_PROBLEM] = None
    file = st.session_state[state.FILE]
    if file is None:
        return
    # What was typed before stays a step of its own.
    state.commit()
    try:
        st.session_state["text"] = read_text(file.name, file.getvalue())
    except GlotError as error:
        st.session_state[state.FILE_PROBLEM] = str(error)


def read_text(name: str, content: bytes) -> str:
    """The text of a file, with line ends as text boxes have them.

    Args:
        name: the file's name, for the message.
        content: what it holds.

    Raises:
        GlotError: the file is too large, not UTF-8, or holds no text.
    """
    if len(content) > MAX_CHARACTERS:
        raise GlotError(
            f"The file {name} has {len(content):,} bytes.",
            f"Accepted: at most {MAX_CHARACTERS:,} (1 MB).",
            "Open a part of it; the text is as it was.",
        )
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise GlotError(
            f"The file {name} is not UTF-8: its byte {error.start + 1:,} is "
            f"0x{content[error.start]:02X}.",
            "Accepted: text in UTF-8.",
            "Save it as UTF-8 and open it again; the text is as it was.",
        ) from error
    if not text.strip():
        raise GlotError(
            f"The file {name} is empty{' (only spaces)' if text else ''}.",
            "Accepted: a file with at least one word.",
            "Open another one; the text is as it was.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _recall() -> None:
    state.recall(st.session_state[state.HISTORY])


def _take_layer(n_layers: int) -> None:
    shown = st.session_state["layer_shown"]
    st.session_state["layer"] = None if shown == n_layers else shown


def _shortened(text: str) -> str:
    start = " ".join(text[:SHOWN_CHARACTERS].split())
    return start if len(text) <= SHOWN_CHARACTERS else f"{start} …"
