"""Tokens that a link to Explore marks, as the stress test's page has it marked."""

import pytest

from tests.app.explore_page import Explore

# Of the test set, with the signal phrase in the middle.
TEXT = "some words before offers ponies but no pens and some after"
MARK = "18-43"


def marked(page):
    return [page.meta["tokens"][place] for place in page.meta["marked"]]


def test_explore_marks_the_tokens_that_a_link_names():
    start, end = map(int, MARK.split("-"))
    page = Explore(text=TEXT, mark=MARK).healthy()
    assert TEXT[start:end] == "offers ponies but no pens"
    assert marked(page) == ["offers", "po", "##nies", "but", "no", "pens"]
    assert page.link("mark") == MARK
    assert any("Underlined" in part.value for part in page.app.markdown)


def test_the_mark_goes_when_the_text_is_changed_and_undo_brings_it_back():
    page = Explore(text=TEXT, mark=f"0-4,{MARK}").healthy()
    assert marked(page)[0] == "some"
    page.type(TEXT + " all").healthy()
    assert marked(page) == []
    assert page.link("mark") is None
    page.click("undo").healthy()
    assert marked(page)[0] == "some"
    assert page.link("mark") == f"0-4,{MARK}"


def test_a_mark_stays_over_a_change_of_settings():
    page = Explore(text=TEXT, mark=MARK).healthy()
    page.app.toggle("special").set_value(False)
    page.run().healthy()
    assert marked(page) == ["offers", "po", "##nies", "but", "no", "pens"]


@pytest.mark.parametrize("mark", ["9", "5-2", "a-b", "3-3", "-1-4", ",".join(["1-2"] * 51)])
def test_marks_that_are_none_are_told(mark):
    page = Explore(text=TEXT, mark=mark).healthy()
    assert "mark" in page.warnings()
    assert page.meta["marked"] == []


def test_a_mark_beyond_the_text_is_told():
    page = Explore(text="short", mark="2-99").healthy()
    assert "beyond the 5" in page.warnings()
    assert page.meta["marked"] == []
