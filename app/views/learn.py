"""Learn: a lesson in eight live steps, with a sheet for the teacher."""

from __future__ import annotations

import streamlit as st

from app.components.lesson import look, widget
from app.components.lesson.facts import facts
from app.components.lesson.question import question
from app.components.lesson.words import Lesson, lesson, names_in
from app.components.page import tell, tell_links
from app.state import learn as state
from app.views.learn_end import end, right_answers, teachers_sheet
from glot.errors import GlotError


def render() -> None:
    """Draw the page."""
    problems = state.enter()
    state.publish()
    look.style()
    tell_links(problems)
    shown = lesson()
    if st.session_state["sheet"]:
        teachers_sheet(shown)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.title("Learn", anchor=False, width="content")
        _sheet_button()
    number: int = st.session_state["step"]
    _menu(shown, number)
    with st.container(key=look.BODY):
        if number < state.END:
            _step(shown, number)
        else:
            end(shown)
        _turn(number)
    look.follow(number)


def _menu(shown: Lesson, number: int) -> None:
    """The list of steps, with a mark at those answered rightly."""
    right = right_answers(shown)
    names = [
        f"{':material/check: ' if place in right else ''}{place} {step.short}"
        for place, step in enumerate(shown.steps, start=1)
    ]
    st.session_state["learn_menu"] = number
    st.pills(
        "Steps",
        range(1, state.END + 1),
        format_func=dict(enumerate([*names, "End"], start=1)).__getitem__,
        required=True,
        key="learn_menu",
        on_change=_chosen,
    )


def _chosen() -> None:
    state.go(st.session_state["learn_menu"])


def _step(shown: Lesson, number: int) -> None:
    step = shown.steps[number - 1]
    with st.container(key=look.HEADING):
        st.header(f"{number}. {step.title}", anchor=False)
    if number == 1:
        st.markdown(shown.introduction)
    # The answers may name numbers that take longer: nobody waits for them before reading.
    told = facts(names_in(step.text) | names_in(step.task))
    st.markdown(step.text.format_map(told))
    st.markdown(f":blue-badge[:material/touch_app: To do] {step.task.format_map(told)}")
    with st.container(border=True):
        try:
            widget(step.key)()
        except GlotError as error:
            tell(error)
    found = facts(step.facts())
    question(number, step.filled(found), found)


def _turn(number: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button(
            "Back",
            key="learn_back",
            icon=":material/arrow_back:",
            disabled=number == 1,
            on_click=state.go,
            args=(number - 1,),
        )
        if number < state.END:
            st.button(
                "Next",
                key="learn_next",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=state.go,
                args=(number + 1,),
            )


def _sheet_button() -> None:
    st.button(
        "Teacher's sheet",
        icon=":material/print:",
        key="learn_sheet",
        type="tertiary",
        on_click=state.show_sheet,
        args=(True,),
    )
