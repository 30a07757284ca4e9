"""The Learn page without a browser: its steps, its answers, its sheet."""

import re

import pytest

from app.components.lesson.facts import UNKNOWN, not_bad
from app.navigation import PAGES
from app.views.learn_end import NEXT
from tests.app.learn_page import FACTS, STEPS, Learn, right_answer


@pytest.mark.parametrize(("number", "step"), STEPS, ids=[step.key for _, step in STEPS])
def test_every_answer_of_every_step_is_answered(number, step):
    page = Learn(step=str(number)).healthy()
    assert f"{number}. {step.title}" in [each.value for each in page.app.header]
    filled = step.filled(FACTS)
    assert filled.text in page.text()
    answers = step.letters or ("7321", right_answer(step))
    for answer in answers:
        page.give(number, step, answer)
        right, words = page.said()
        assert right == (answer == right_answer(step))
        assert filled.feedback(answer, FACTS) in words
        assert page.link("answers") == "_" * (number - 1) + answer


def test_answers_are_kept_over_steps_and_reloads():
    page = Learn(step="1").healthy()
    page.give(1, STEPS[0][1], "a")
    page.click("learn_next").click("learn_next")
    page.give(3, STEPS[2][1], "c")
    assert (page.link("step"), page.link("answers")) == ("3", "a__c")
    page.click("learn_back").click("learn_back")
    assert page.app.radio("learn_answer_1").value == "a"
    assert page.said()[0] is False
    again = Learn(step="3", answers="a__c").healthy()
    assert again.app.radio("learn_answer_3").value == "c"
    assert again.said()[0] is True
    # The list of steps marks what is right, and nothing else.
    (menu,) = [each.proto for each in again.app.get("button_group") if each.key == "learn_menu"]
    marked = [option.content for option in menu.options if option.content_icon]
    assert marked == ["3 Similarity"]


def test_nothing_is_said_before_an_answer():
    page = Learn(step="2").healthy()
    page.check().healthy()
    assert (len(page.app.success), len(page.app.warning)) == (0, 0)
    assert page.link("answers") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", "0"),
        ("step", "10"),
        ("step", "one"),
        ("answers", "z"),
        ("answers", "12"),
        ("answers", "b_b"),
        ("answers", "b_-3"),
        ("answers", "b_nan"),
        ("answers", "b_10000"),
        ("answers", "b_007"),
        ("answers", "b________"),
        ("sheet", "yes"),
    ],
)
def test_links_that_make_no_sense_are_told(name, value):
    page = Learn(**{name: value}).healthy()
    (warning,) = page.app.warning
    assert name in warning.value
    assert page.link("step") == "1"


def test_the_end_counts_and_leads_on():
    answers = [right_answer(step) for _, step in STEPS]
    answers[6] = "a"
    page = Learn(step="9", answers="_".join(answers)).healthy()
    assert f"**{len(STEPS) - 1} of {len(STEPS)}** questions" in page.text()
    assert page.text().count("right]") == len(STEPS) - 1
    assert page.text().count("not yet]") == 1
    for _, step in STEPS:
        assert step.summary in page.text()
    links = page.app.get("page_link")
    assert len(links) == len(set(PAGES) & set(NEXT))
    explore = next(link.proto for link in links if link.proto.page == "explore")
    assert "text=" in explore.query_string
    page.click("learn_anew")
    assert (page.link("step"), page.link("answers")) == ("1", None)
    assert page.app.radio("learn_answer_1").value is None


def test_the_sheet_holds_the_lesson():
    page = Learn(step="4").healthy().click("learn_sheet")
    assert page.link("sheet") == "1"
    (download,) = page.app.get("download_button")
    assert download.proto.label == "Download as Markdown"
    text = page.text()
    for number, step in STEPS:
        filled = step.filled(FACTS)
        assert f"## Step {number}. {step.title} ({step.minutes} minutes)" in text
        for part in (filled.text, filled.task, filled.question, filled.teacher, filled.summary):
            assert part in text
        answer = (
            FACTS[step.number.fact]
            if step.number
            else filled.choices[step.letters.index(step.right)].text
        )
        assert re.search(rf"\*\*{re.escape(answer)}.*\*\* \(right\)", text)
    assert not re.search(r"\{\w+\}", text), "a number was not filled in"
    assert UNKNOWN not in text
    page.click("learn_lesson")
    assert (page.link("sheet"), page.link("step")) == (None, "4")


def test_widgets_follow_what_is_set():
    page = Learn(step="1").healthy()
    assert page.app.metric[0].value == "1.00"
    page.app.slider("learn_layer").set_value(6).run()
    assert page.app.metric[0].value == FACTS["bank_last"]
    page = Learn(step="2").healthy()
    page.app.select_slider("learn_distractors").set_value(45).run()
    assert page.app.metric[0].value == f"{FACTS['mean_share']}%"
    page = Learn(step="3").healthy()
    page.choose("learn_backbone", "smollm2").healthy()
    assert page.app.metric[0].value == f"{FACTS['smollm2_density']}%"
    page = Learn(step="5").healthy()
    page.app.selectbox("learn_receiver").set_value(not_bad()[1])
    page.choose("learn_k", 2)
    assert f"not {FACTS['not_in_bad']}%" in page.text()
    page = Learn(step="6").healthy()
    page.choose("learn_poolers", []).healthy()
    assert "at least one" in page.app.info[0].value


def test_the_graph_is_the_only_component_of_its_step():
    page = Learn(step="4").healthy()
    keys = [each.key for each in page.app.get("bidi_component")]
    assert sorted(keys) == ["lesson_follow", "lesson_graph"]
