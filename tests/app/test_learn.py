"""The Learn page without a browser: its steps, its answers, its sheet."""

import re
from statistics import mean

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.lesson import widget
from app.components.lesson.facts import UNKNOWN, control_verdict, facts, not_bad, pair_similarity
from app.components.lesson.words import Choice, Number, Step, lesson, names_in, read_lesson
from app.navigation import PAGES
from app.services import learn
from app.state import learn as state
from glot.attributions import lesson as stored
from glot.errors import GlotError
from glot.experiments.ledger import read_ledger
from glot.experiments.tables import comparisons, current

SCRIPT = "from app.navigation import run\nrun('learn')\n"
STEPS = list(enumerate(lesson().steps, start=1))
FACTS = facts(set().union(*(step.facts() for _, step in STEPS)))


class Page:
    """Wraps AppTest."""

    def __init__(self, **parameters):
        self.app = AppTest.from_string(SCRIPT, default_timeout=120)
        self.app.query_params.update(parameters)
        self.app.run()

    def healthy(self):
        assert [error.value for error in self.app.error] == []
        assert not self.app.exception
        return self

    def link(self, name):
        value = self.app.query_params.get(name)
        return value[0] if isinstance(value, list) else value

    def text(self):
        return "\n".join(each.value for each in self.app.markdown)

    def give(self, number, step, answer):
        """Choose or type an answer, and hand it in."""
        key = f"learn_answer_{number}"
        if step.number is None:
            self.app.radio(key).set_value(answer)
        else:
            self.app.number_input(key).set_value(int(answer))
        next(each for each in self.app.button if each.label == "Check").click()
        self.app.run()
        return self.healthy()

    def click(self, key):
        self.app.button(key).click()
        self.app.run()
        return self.healthy()

    def said(self):
        """What the last answer got: whether it is right, and the words."""
        right = [each.value for each in self.app.success]
        wrong = [each.value for each in self.app.warning]
        assert len(right) + len(wrong) == 1
        return bool(right), (right + wrong)[0]


def right_answer(step):
    return step.right if step.number is None else FACTS[step.number.fact]


@pytest.mark.parametrize(("number", "step"), STEPS, ids=[step.key for _, step in STEPS])
def test_every_answer_of_every_step_is_answered(number, step):
    page = Page(step=str(number)).healthy()
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
    page = Page(step="1").healthy()
    page.give(1, STEPS[0][1], "a")
    page.click("learn_next").click("learn_next")
    page.give(3, STEPS[2][1], "c")
    assert (page.link("step"), page.link("answers")) == ("3", "a__c")
    page.click("learn_back").click("learn_back")
    assert page.app.radio("learn_answer_1").value == "a"
    assert page.said()[0] is False
    again = Page(step="3", answers="a__c").healthy()
    assert again.app.radio("learn_answer_3").value == "c"
    assert again.said()[0] is True
    # The list of steps marks what is right, and nothing else.
    (menu,) = [each.proto for each in again.app.get("button_group") if each.key == "learn_menu"]
    marked = [option.content for option in menu.options if option.content_icon]
    assert marked == ["3 Similarity"]


def test_nothing_is_said_before_an_answer():
    page = Page(step="2").healthy()
    next(each for each in page.app.button if each.label == "Check").click()
    page.app.run()
    page.healthy()
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
    page = Page(**{name: value}).healthy()
    (warning,) = page.app.warning
    assert name in warning.value
    assert page.link("step") == "1"


def test_the_end_counts_and_leads_on():
    answers = [right_answer(step) for _, step in STEPS]
    answers[6] = "a"
    page = Page(step="9", answers="_".join(answers)).healthy()
    assert f"**{len(STEPS) - 1} of {len(STEPS)}** questions" in page.text()
    assert page.text().count("right]") == len(STEPS) - 1
    assert page.text().count("not yet]") == 1
    for _, step in STEPS:
        assert step.summary in page.text()
    links = page.app.get("page_link")
    assert len(links) == len(set(PAGES) & set(page_names()))
    explore = next(link.proto for link in links if link.proto.page == "explore")
    assert "text=" in explore.query_string
    page.click("learn_anew")
    assert (page.link("step"), page.link("answers")) == ("1", None)
    assert page.app.radio("learn_answer_1").value is None


def page_names():
    from app.views.learn_end import NEXT

    return list(NEXT)


def test_the_sheet_holds_the_lesson():
    page = Page(step="4").healthy().click("learn_sheet")
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


def test_the_lesson_takes_about_45_minutes():
    assert len(STEPS) == 8
    assert 40 <= lesson().minutes <= 50


def test_widgets_follow_what_is_set():
    page = Page(step="1").healthy()
    assert page.app.metric[0].value == "1.00"
    page.app.slider("learn_layer").set_value(6).run()
    assert page.app.metric[0].value == FACTS["bank_last"]
    page = Page(step="2").healthy()
    page.app.select_slider("learn_distractors").set_value(45).run()
    assert page.app.metric[0].value == f"{FACTS['mean_share']}%"
    page = Page(step="3").healthy()
    page.app.button_group("learn_backbone").set_value("smollm2").run()
    assert page.healthy().app.metric[0].value == f"{FACTS['smollm2_density']}%"
    page = Page(step="5").healthy()
    page.app.selectbox("learn_receiver").set_value(not_bad()[1])
    page.app.button_group("learn_k").set_value(2).run()
    assert f"not {FACTS['not_in_bad']}%" in page.text()
    page = Page(step="6").healthy()
    page.app.button_group("learn_poolers").set_value([]).run()
    assert "at least one" in page.healthy().app.info[0].value


def test_the_graph_is_the_only_component_of_its_step():
    page = Page(step="4").healthy()
    keys = [each.key for each in page.app.get("bidi_component")]
    assert sorted(keys) == ["lesson_follow", "lesson_graph"]


def test_numbers_are_the_ledgers():
    rows = [
        row
        for row in current(read_ledger("stress").rows)
        if (row.task, row.backbone, row.regime) == ("stress-strict-0.9", "minilm", "searched")
    ]
    expected = mean(row.value for row in rows if row.method == "glot")
    assert FACTS["strict_glot"] == f"{expected:.1f}"
    found = {each.b: each.result for each in comparisons(rows)}
    for name, control in (("gap_deepsets", "deepsets"), ("gap_random", "glot, random edges")):
        told = [float(x.replace("−", "-")) for x in re.findall(r"[+−][\d.]+", FACTS[name])]
        result = found[control]
        assert told == pytest.approx([result.difference, result.low, result.high], abs=0.051)
    text = Page(step="8").healthy().text()
    for name in ("gap_deepsets", "gap_random", "gap_all", "control_verdict"):
        assert FACTS[name] in text


def test_an_empty_ledger_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_RESULTS", str(tmp_path))
    for number in (7, 8):
        page = Page(step=str(number)).healthy()
        assert "glot reproduce stress" in page.app.info[0].value
        assert "Check" in [each.label for each in page.app.button]
    assert "not measured" in Page(step="8").text()


def test_stale_numbers_are_told_and_the_lesson_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(learn, "lesson_path", lambda: tmp_path / "none")
    monkeypatch.setattr(stored, "lesson_path", lambda: tmp_path / "none")
    page = Page(step="2")
    assert not page.app.exception
    assert "python -m glot.attributions.lesson" in page.app.error[0].value.replace("\\", "")
    page.app.button("learn_next").click()
    page.app.run()
    assert page.link("step") == "3"


def test_what_the_words_say_of_the_sentence_is_so():
    shown, source = learn.example(), learn.states()
    similarity = pair_similarity(shown.upper, len(shown.tokens))
    first, second = not_bad()
    second_is = [place for place, token in enumerate(shown.tokens) if token == "is"][1]
    edges = {tuple(sorted(edge)) for edge in shown.edges(0.6).tolist()}
    assert (first, second) not in edges
    assert {(second_is, first), (second_is, second)} <= edges
    assert FACTS["first_k"] == "2"
    assert similarity[first, second] < 0.6
    row = shown.row(0.6)
    glot = shown.weights["glot"][row]
    order = [shown.tokens[place] for place in np.argsort(-glot)]
    assert order[:2] == ["not", "thin"]
    # “The word the moves further than bank”, and both begin equal.
    states = source.words / np.linalg.norm(source.words, axis=-1, keepdims=True)
    cosines = (states[0] * states[1]).sum(axis=-1)
    np.testing.assert_allclose(cosines[0], 1, atol=1e-3)
    words = stored.SHARED
    assert cosines[-1, words.index("the")] < cosines[-1, words.index("bank")] < 0.95
    assert float(FACTS["smollm2_density"]) > 1.5 * float(FACTS["minilm_density"])


def test_every_number_that_the_words_name_is_there():
    assert UNKNOWN not in FACTS.values()
    assert all(FACTS.values())


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(1, 3, "ahead"), (-3, -1, "behind"), (-1, 1, "open")]
)
def test_a_verdict_follows_the_interval(low, high, verdict):
    gap = learn.Gap("deepsets", (low + high) / 2, low, high, 3)
    assert gap.verdict == verdict
    others = [learn.Gap(name, 2.0, 1.0, 3.0, 3) for name in list(learn.CONTROLS)[1:]]
    told = control_verdict([gap, *others])
    assert ("helps here" in told) == (verdict == "ahead")
    assert ("Zero lies in the interval for DeepSets:" in told) == (verdict == "open")
    assert ("behind DeepSets" in told) == (verdict == "behind")
    assert "Not all" in control_verdict(others)


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
