"""The question at the end of a step, and what is said to an answer."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components.lesson.words import MAX_NUMBER, Step
from app.state import learn as state


def question(number: int, step: Step, facts: Mapping[str, str]) -> None:
    """Ask it; the answer is kept when it is handed in, and can be given again.

    Args:
        number: of the step, from 1.
        step: with its facts in place.
        facts: what a number is compared with.
    """
    key = f"learn_answer_{number}"
    given = state.answer_of(number)
    if key not in st.session_state:
        # As its widget holds it; None: nothing is chosen yet.
        st.session_state[key] = (int(given) if step.number else given) if given else None
    with st.form(f"learn_form_{number}"):
        if step.number is None:
            texts = [choice.text for choice in step.choices]
            told = dict(zip(step.letters, texts, strict=True))
            st.radio(f"**{step.question}**", list(told), format_func=told.__getitem__, key=key)
        else:
            st.number_input(
                f"**{step.question}**",
                0,
                MAX_NUMBER,
                key=key,
                placeholder="A number",
            )
        st.form_submit_button("Check", on_click=_take, args=(number, key))
    _respond(step, given, facts)


def _respond(step: Step, given: str, facts: Mapping[str, str]) -> None:
    if not given:
        return
    if step.is_right(given, facts):
        st.success(f"**Right.** {step.feedback(given, facts)}", icon=":material/check_circle:")
    else:
        st.warning(f"**Not yet.** {step.feedback(given, facts)}", icon=":material/replay:")


def _take(number: int, key: str) -> None:
    given = st.session_state[key]
    if given is not None:
        state.answer(number, str(given))
