"""A real Chromium compares two texts: graphs, predictions, links to and from Explore."""

import json
import re

import pytest
from playwright.sync_api import expect

from app.state.compare import VIEWS
from glot.attributions.pair_examples import pair_examples, stored_pair
from tests.browser.explore import NARROW
from tests.browser.other import OtherPage

EXAMPLE = pair_examples()[0]


class ComparePage(OtherPage):
    path = "compare"

    def view(self, key):
        self.page.get_by_role("radio", name=VIEWS[key], exact=True).click()
        self.explore.expect_link(compare_view=key)
        self.explore.idle()

    def row(self, pooler):
        """Cells of a row of the table."""
        rows = self.page.locator("table tbody tr")
        return rows.filter(has_text=pooler).first.locator("td, th").all_inner_texts()

    def tau(self):
        return self.page.get_by_role("slider", name=re.compile("threshold τ"))

    def text(self, label):
        return self.page.get_by_role("textbox", name=re.compile(f"^{label} text"))


@pytest.fixture
def comparing(explore):
    return ComparePage(explore)


@pytest.fixture(scope="module")
def stored():
    return stored_pair(EXAMPLE.first, EXAMPLE.second, "minilm", "qqp")


def told(pair, pooler, tau):
    answer = pair.answer(pooler, tau)
    return f"{answer.label} {100 * answer.probabilities[answer.label]:.1f} %"


@pytest.mark.parametrize("explore", NARROW.values(), indirect=True, ids=list(NARROW))
def test_the_example_is_drawn_in_every_look(comparing, stored):
    comparing.open()
    assert comparing.row("GLOT")[1] == told(stored, "glot", 0.6)
    assert comparing.row("Untrained mean")[2] == f"{stored.reference:.3f}"
    for word in ("dog", "bit", "man"):
        expect(comparing.chart().get_by_text(word, exact=True)).to_have_count(2)
    assert comparing.explore.overflow() == 0
    assert comparing.explore.violations() == []
    comparing.view("similarities")
    assert comparing.explore.overflow() == 0
    assert comparing.explore.violations() == []


def test_tau_by_keyboard_moves_graphs_predictions_and_link(comparing, stored):
    comparing.open()
    comparing.tau().focus()
    for _ in range(12):
        comparing.tau().press("ArrowLeft")
    comparing.explore.expect_link(compare_tau="0.48")
    expect(comparing.page.locator("table")).to_contain_text(told(stored, "glot", 0.48))
    for which, text in zip(("First", "Second"), stored.texts, strict=True):
        edges = f"{which} text: {text.statistics(0.48).edges} edges"
        expect(comparing.page.get_by_text(edges)).to_be_visible()
    comparing.page.reload()
    expect(comparing.page.locator("table")).to_contain_text(told(stored, "glot", 0.48))


def test_texts_of_ones_own_are_swapped_and_bad_ones_told(comparing):
    comparing.open()
    second = comparing.text("Second")
    second.fill("A cat sleeps.")
    second.press("Control+Enter")
    comparing.explore.expect_link(second_text="A cat sleeps.")
    expect(comparing.chart().get_by_text("cat", exact=True)).to_be_visible()
    comparing.page.get_by_role("button", name="Swap").click()
    expect(comparing.text("First")).to_have_value("A cat sleeps.")
    comparing.explore.expect_link(first_text="A cat sleeps.")
    second.fill("")
    second.press("Control+Enter")
    assert "Second text: The text is empty" in comparing.explore.alert()
    expect(comparing.text("First")).to_have_value("A cat sleeps.")


def test_every_drawing_and_a_download(comparing, stored, tmp_path):
    comparing.open()
    for key, mark in (
        ("weights", ".barlayer"),
        ("similarities", ".heatmaplayer"),
        ("predictions", ".scatterlayer"),
    ):
        comparing.view(key)
        expect(comparing.chart().locator(f"{mark} > g").first).to_be_attached()
    path = comparing.take("All at this τ", tmp_path)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [text["text"] for text in record["texts"]] == [EXAMPLE.first, EXAMPLE.second]
    shown = record["predictions"]["glot"]["probabilities"]
    assert shown == pytest.approx(stored.answer("glot", 0.6).probabilities)


def test_to_explore_and_back_with_a_text(comparing):
    comparing.open("pair_task=stsb")
    comparing.page.get_by_role("link", name="Second text on Explore").click()
    comparing.explore.ready()
    assert comparing.explore.text() == EXAMPLE.second
    comparing.explore.expect_link(task="stsb")
    assert "compare two texts" in comparing.explore.alert()
    comparing.page.get_by_role("link", name="Compare it with a second text").click()
    expect(comparing.text("First")).to_have_value(EXAMPLE.second)
    comparing.explore.expect_link(pair_task="stsb", first_text=EXAMPLE.second)
    comparing.explore.idle()
