"""Where a reader stands in the lesson, and what was answered."""

from __future__ import annotations

import streamlit as st

from app.components.lesson.words import lesson
from app.state import setting
from app.state.setting import Setting, parse_switch

PAGE = "learn"
# Between two answers in a link; no answer holds it.
BETWEEN = "_"
# What comes after the last step.
END = len(lesson().steps) + 1

Answers = tuple[str, ...]
NO_ANSWERS: Answers = ("",) * len(lesson().steps)


def parse_step(text: str) -> int:
    """1 to the number of steps, or one more: the end."""
    value = int(text)
    if not 1 <= value <= END:
        raise ValueError(text)
    return value


def parse_answers(text: str) -> Answers:
    """One answer a step, a letter or a number, empty where there is none."""
    given = text.split(BETWEEN)
    if len(given) > len(NO_ANSWERS):
        raise ValueError(text)
    found = (*given, *NO_ANSWERS[len(given) :])
    for step, answer in zip(lesson().steps, found, strict=True):
        if answer and not step.accepts(answer):
            raise ValueError(text)
    return found


def show_answers(answers: Answers) -> str:
    """The inverse of `parse_answers`, as short as it can be."""
    return BETWEEN.join(answers).rstrip(BETWEEN)


SETTINGS = (
    Setting("step", 1, parse_step, str),
    Setting("answers", NO_ANSWERS, parse_answers, show_answers),
    Setting("sheet", False, parse_switch, lambda on: "1" if on else ""),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def publish() -> None:
    """Write the session's settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def go(step: int) -> None:
    """Show another step, or the end."""
    st.session_state["step"] = min(max(step, 1), END)
    st.session_state["sheet"] = False


def answer(step: int, given: str) -> None:
    """Keep the answer to a step's question."""
    answers = list(st.session_state["answers"])
    answers[step - 1] = given
    st.session_state["answers"] = tuple(answers)


def answer_of(step: int) -> str:
    """The answer to a step's question; empty if there is none."""
    answers: Answers = st.session_state["answers"]
    return answers[step - 1]


def begin_anew() -> None:
    """Forget all answers and show the first step."""
    st.session_state["answers"] = NO_ANSWERS
    go(1)


def show_sheet(shown: bool) -> None:
    """Show the teacher's sheet in place of the lesson, or the lesson again."""
    st.session_state["sheet"] = shown
