"""A real Chromium on the stress test's page: the chart, a point, one's own phrases, a run."""

import re

import pytest
from playwright.sync_api import expect

from glot.experiments.ledger import read_ledger
from glot.experiments.stress_points import inspect, stress_points
from glot.experiments.tables import current
from tests.browser.explore import NARROW
from tests.browser.other import OtherPage


class StressPage(OtherPage):
    path = "stress"


@pytest.fixture
def stress(explore):
    return StressPage(explore)


def point(stress):
    """The list of points."""
    return stress.page.get_by_role("combobox", name=re.compile("^.*Point"))


@pytest.fixture(scope="module")
def glot():
    rows = current(read_ledger("stress").rows)
    points = stress_points(rows, "strict", "minilm", "chosen")
    return next(point for point in points if point.name == "glot@0.9")


@pytest.mark.parametrize("explore", NARROW.values(), indirect=True, ids=list(NARROW))
def test_the_page_in_every_look(stress, glot):
    stress.open()
    value = sum(glot.values) / len(glot.values)
    told = f"GLOT at 90% distractors: {value:.1f} % ({len(glot.values)} seeds)"
    expect(point(stress)).to_have_value(told)
    found = inspect(glot)
    told = f"{len(found.failures):,} of {found.n_eval:,} test texts"
    expect(stress.page.get_by_text(told)).to_be_visible()
    assert stress.explore.overflow() == 0
    assert stress.explore.violations() == []


def test_a_clicked_point_is_looked_into_and_the_keyboard_reaches_the_others(stress):
    stress.open("stress_paper=0")
    points = stress.chart().locator(".scatterlayer .trace .points path")
    box = points.first.bounding_box()
    stress.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    asked = "before => [new URLSearchParams(location.search).get('stress_point')]"
    chosen = ".find(point => point && point !== before)"
    clicked = stress.page.wait_for_function(asked + chosen, arg="glot@0.9").json_value()
    assert re.fullmatch(r"[a-z]+@[\d.]+", clicked)
    stress.explore.idle()
    choice = point(stress)
    choice.focus()
    choice.press("ArrowDown")
    choice.press("ArrowDown")
    choice.press("Enter")
    stress.page.wait_for_function(asked + chosen, arg=clicked)


def test_a_failing_example_opens_on_explore_with_its_signal_marked(stress, glot):
    stress.open()
    failure = inspect(glot).failures[0]
    stress.page.get_by_role("link", name="Open on Explore").first.click()
    stress.explore.ready()
    assert stress.explore.text() == failure.text
    marked = stress.explore.component().locator(".token.asked")
    signal = " ".join(failure.text.split()[slice(*failure.signal)])
    assert "".join(marked.all_inner_texts()) == signal.replace(" ", "")
    assert stress.explore.link()["task"] == "stress-strict-0.9"
    stress.explore.show(failure.text + " more")
    expect(marked).to_have_count(0)
    assert "mark" not in stress.explore.link()


def test_phrases_of_ones_own(stress):
    stress.open("stress_part=try&stress_draws=3")
    stress.page.get_by_role("button", name="Run the heads on 36 texts").click()
    expect(stress.page.get_by_text(re.compile("broke first|did not break|too few"))).to_be_visible(
        timeout=60_000
    )
    expect(stress.chart(1).locator(".scatterlayer .trace")).to_have_count(4)
    assert stress.explore.violations() == []


def test_a_run_goes_on_over_a_page_change_and_can_be_cancelled(stress):
    stress.open("stress_part=run&stress_run_texts=1000&stress_run_epochs=10")
    train = stress.page.get_by_role("button", name="Train", exact=True)
    train.click()
    cancel = stress.page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    stress.page.get_by_role("link", name="Explore", exact=True).click()
    stress.explore.ready()
    stress.page.get_by_role("link", name="Stress test", exact=True).click()
    cancel.wait_for()
    # The curves of the run are drawn while it runs.
    expect(stress.chart(1)).to_be_visible(timeout=180_000)
    cancel.click()
    expect(stress.page.get_by_text("was cancelled")).to_be_visible(timeout=30_000)
    stress.page.get_by_role("spinbutton", name="Training texts").fill("100")
    stress.page.get_by_role("spinbutton", name="Epochs").fill("2")
    stress.page.get_by_role("spinbutton", name="Epochs").press("Enter")
    stress.explore.idle()
    train.click()
    expect(stress.page.get_by_text("Download the row")).to_be_visible(timeout=180_000)
    stress.explore.idle()
    with stress.page.expect_download() as download:
        stress.page.get_by_text("Download the row").click()
    assert download.value.suggested_filename.endswith(".jsonl")
