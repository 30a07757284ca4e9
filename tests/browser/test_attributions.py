"""The Attributions page in a real Chromium."""

import csv
import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from app.services.attributions import FIGURE_5
from glot.attributions.attribute import attribute_text
from glot.attributions.attributed_told import summary
from glot.attributions.examples import examples
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
from tests.browser.explore import LOOKS
from tests.browser.other import OtherPage

TEXT, OTHER = FIGURE_5["horse"]
PAIR = urlencode({"task": "qqp", "text": TEXT, "attr_other": OTHER})


class AttributionsPage(OtherPage):
    path = "attributions"

    def __init__(self, explore):
        super().__init__(explore)
        # The first computation loads the backbone.
        self.page.set_default_timeout(90_000)

    def ready(self):
        self.page.get_by_role("button", name="Everything (JSON)").first.wait_for()
        self.explore.idle()
        return self


@pytest.fixture
def attributions(explore):
    return AttributionsPage(explore)


@pytest.fixture(scope="module")
def library():
    backbone = load_backbone("minilm")
    return lambda task, text, **pair: attribute_text(
        text, backbone, load_heads(backbone, task), "glot", **pair
    )


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_every_look(attributions, library):
    attributions.open()
    expect(attributions.charts()).to_have_count(3)
    found = library("sst2", examples()[0].text)
    expect(attributions.page.get_by_text(summary(found)).first).to_be_visible()
    expect(attributions.charts().first.locator(".barlayer .trace")).to_have_count(4)
    assert attributions.explore.overflow() == 0
    assert attributions.explore.violations() == []


def test_a_pair_its_numbers_and_its_exports(attributions, library, tmp_path):
    attributions.open(PAIR)
    found = library("qqp", TEXT, other=OTHER)
    record = json.loads(attributions.take("Everything (JSON)", tmp_path).read_text())
    assert record["units"] == list(found.units)
    assert record["score"] == pytest.approx(found.score, abs=2e-3)
    assert record["rows"]["occlusion"] == pytest.approx(found.rows["occlusion"], abs=2e-3)
    with attributions.take("Rows (CSV)", tmp_path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["unit"] for row in rows] == list(found.units)
    assert [float(row["readout"]) for row in rows] == pytest.approx(record["rows"]["readout"])
    told = attributions.page.get_by_text("appendix D.9")
    expect(told).to_be_visible()
    attributions.choose("Both")
    expect(attributions.page.get_by_role("heading", name="The second text")).to_be_visible()
    expect(attributions.charts()).to_have_count(6)
    attributions.explore.expect_link(attr_side="both")


def test_controls_and_the_way_to_explore(attributions):
    attributions.open()
    page = attributions.page
    page.get_by_text("Merge tokens to words").click()
    expect(page.get_by_text("Tokens belong to one word when").first).to_be_visible()
    page.get_by_role("button", name="Gradients").click()
    page.get_by_text("From the embeddings too").click()
    # The backbone is differentiated for the first time.
    rows = attributions.charts().first.locator(".barlayer .trace")
    expect(rows).to_have_count(5, timeout=90_000)
    attributions.explore.expect_link(attr_words="1", attr_backbone="1")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open on Explore").click()
    attributions.explore.ready()
    attributions.explore.expect_text(examples()[0].text)


def test_bad_input_is_told_and_what_was_typed_stays(attributions):
    attributions.explore.open("attributions?task=qqp")
    assert "The second text is empty" in attributions.explore.alert()
    box = attributions.page.get_by_label("Second text")
    box.fill("Is it?")
    box.press("Control+Enter")
    attributions.ready()
    assert attributions.explore.text() == examples()[0].text
    expect(attributions.charts()).to_have_count(3)
