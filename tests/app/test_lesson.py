"""The lesson itself, without a page: its file, its questions, its answers in a link."""

import pytest

from app.components.lesson import widget
from app.components.lesson.words import Choice, Number, Step, lesson, names_in, read_lesson
from app.state import learn as state
from glot.errors import GlotError
from tests.app.learn_page import STEPS


def test_the_lesson_takes_about_45_minutes():
    assert len(STEPS) == 8
    assert 40 <= lesson().minutes <= 50


def test_answers_in_a_link_are_as_short_as_can_be():
    assert state.show_answers(state.NO_ANSWERS) == ""
    given = ("b", "", "c", *[""] * 5)
    assert state.show_answers(given) == "b__c"
    assert state.parse_answers("b__c") == given


def test_a_question_has_one_right_answer():
    texts = dict.fromkeys(
        ("key", "title", "short", "summary", "text", "task", "question", "teacher"), ""
    )
    two = (Choice("a", "", True), Choice("b", "", True))
    number = Number("tau", "", "", "")
    for wrong in ({"choices": two}, {}, {"choices": two[:1], "number": number}):
        with pytest.raises(GlotError, match="right choices"):
            Step(minutes=1, **texts, **wrong)


@pytest.mark.parametrize("content", [None, "no toml", "title = 'x'\nstep = [{}]"])
def test_a_broken_lesson_is_told(tmp_path, content):
    path = tmp_path / "lesson.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(GlotError, match=r"lesson\.toml cannot be read"):
        read_lesson(path)


def test_every_step_has_a_widget():
    for _, step in STEPS:
        assert callable(widget(step.key))
    assert names_in("{a} and {b}, {{c}}") == {"a", "b"}
