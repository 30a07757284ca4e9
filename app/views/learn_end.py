"""The end of the lesson, and the teacher's sheet."""

from __future__ import annotations

import streamlit as st

from app.components.lesson import look
from app.components.lesson.facts import facts
from app.components.lesson.sheet import FILE, head, sheet, sheet_step
from app.components.lesson.words import Lesson
from app.components.page import small
from app.navigation import PAGES, open_link
from app.state import learn as state
from glot.attributions.lesson import EXAMPLE

# Pages that the end of the lesson leads to, and what they are for.
NEXT = {
    "explore": "Type a sentence of your own and move τ",
    "compare": "Compare two sentences",
    "stress": "Run the stress test on a template of your own",
    "map": "See a whole set of texts as points",
    "attributions": "Ask which tokens a head rests on",
    "benchmarks": "Look up all results, beside the paper's",
    "train": "Train a head on labelled texts of your own",
}


def right_answers(shown: Lesson) -> set[int]:
    """Numbers of the steps that are answered rightly."""
    answered = [
        (number, step, given)
        for number, step in enumerate(shown.steps, start=1)
        if (given := state.answer_of(number))
    ]
    numbers = {step.number.fact for _, step, _ in answered if step.number}
    found = facts(numbers)
    return {number for number, step, given in answered if step.is_right(given, found)}


def end(shown: Lesson) -> None:
    """What was answered, what is to be remembered, and where to go on."""
    right = right_answers(shown)
    with st.container(key=look.HEADING):
        st.header("What you have seen", anchor=False)
    st.markdown(f"**{len(right)} of {len(shown.steps)}** questions are answered rightly.")
    told = []
    for number, step in enumerate(shown.steps, start=1):
        mark = ":orange-badge[:material/replay: not yet]" if state.answer_of(number) else ""
        if number in right:
            mark = ":green-badge[:material/check: right]"
        told.append(f"{number}. {step.summary} {mark}")
    st.markdown("\n".join(told))
    st.subheader("Where to go from here", anchor=False)
    for page, label in NEXT.items():
        if page in PAGES:
            settings = {"text": EXAMPLE.text} if page == "explore" else {}
            open_link(page, label, f"learn_to_{page}", **settings)
    st.button(
        "Start again",
        icon=":material/restart_alt:",
        key="learn_anew",
        on_click=_begin_anew,
        help="Forgets all answers.",
    )


def _begin_anew() -> None:
    state.begin_anew()
    for key in list(st.session_state):
        if str(key).startswith("learn_answer_"):
            del st.session_state[key]


def teachers_sheet(shown: Lesson) -> None:
    """The teacher's sheet, which the browser can print."""
    found = facts(set().union(*(step.facts() for step in shown.steps)))
    with st.container(key=look.NO_PRINT, horizontal=True, vertical_alignment="center"):
        st.button(
            "Back to the lesson",
            icon=":material/arrow_back:",
            key="learn_lesson",
            on_click=state.show_sheet,
            args=(False,),
        )
        st.download_button(
            "Download as Markdown",
            sheet(shown, found),
            FILE,
            "text/markdown",
            key="learn_download",
            icon=":material/download:",
            on_click="ignore",
        )
        small("For a PDF, print this page with the browser (Ctrl+P or ⌘P).")
    with st.container(key=look.SHEET):
        st.markdown(head(shown))
        for number, step in enumerate(shown.steps, start=1):
            st.markdown(sheet_step(number, step.filled(found), found))
