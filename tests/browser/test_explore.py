"""A real Chromium opens the dashboard and does what people do."""

import re
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from glot.attributions.examples import examples, stored_explanation
from tests.browser.explore import LOOKS, ExplorePage
from tests.browser.library import explained
from tests.browser.server import running

TEXT = "The acting is wooden, but I could not look away."


def component_violations(explore):
    """What axe finds wrong inside the component; Streamlit's own widgets are Streamlit's."""
    return [
        (rule["id"], node["html"][:200], node["failureSummary"])
        for rule in Axe().run(explore.page).response["violations"]
        for node in rule["nodes"]
        # A target inside a shadow root is a path of several selectors.
        if isinstance(node["target"][0], list)
    ]


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_the_example_is_drawn_in_every_look(explore):
    explore.open().ready()
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    explore.expect_number("edges", str(stored.statistics(0.6).edges))
    for panel in ("graph", "matrix", "curves", "bars", "text"):
        assert explore.inked(panel) > 0, panel
    assert explore.tinted().replace("[CLS]", "").replace("[SEP]", "") == examples()[0].text
    assert explore.overflow() == 0
    assert component_violations(explore) == []


def test_an_example_is_a_click_away(explore):
    explore.open().ready()
    before = explore.view()
    explore.page.get_by_role("radio", name="German").or_(
        explore.page.get_by_role("button", name="German")
    ).first.click()
    explore.changed(before)
    german = next(example for example in examples() if example.key == "german")
    assert explore.text() == german.text
    explore.expect_number("tokens", str(len(explained(german.text).tokens)))


def test_a_link_survives_a_reload(explore):
    explore.open().ready().show(TEXT)
    explore.press_tau("ArrowRight", 5)
    explore.expect_link(tau="0.65")
    explore.page.reload()
    explore.ready()
    assert explore.text() == TEXT
    assert explore.tau() == pytest.approx(0.65)


def test_undo_redo_and_the_history(explore):
    explore.open().ready().show(TEXT)
    explore.press_tau("ArrowLeft", 10)
    explore.expect_link(tau="0.50")
    explore.idle()
    undo = explore.page.get_by_role("button", name="Undo")
    undo.click()
    explore.expect_link(tau="0.60")
    expect(explore.component().locator(".tau-value")).to_have_text("0.60")
    undo.click()
    expect(explore.page.get_by_label("Text", exact=True)).to_have_value(examples()[0].text)
    explore.expect_number("tokens", str(len(explained(examples()[0].text).tokens)))
    explore.page.get_by_role("button", name="Redo").click()
    expect(explore.page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    explore.idle()
    explore.page.get_by_role("button", name="History").click()
    explore.page.get_by_role("menuitem").filter(has_text="The plot is thin").click()
    expect(explore.page.get_by_label("Text", exact=True)).to_have_value(examples()[0].text)


def test_a_file_replaces_the_text_and_a_bad_one_does_not(explore, tmp_path):
    explore.open().ready()
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes("Größe".encode("latin-1"))
    explore.page.get_by_role("button", name="Open a file").click()
    chooser = explore.page.locator("input[type=file]")
    before = explore.view()
    chooser.set_input_files(good)
    explore.changed(before)
    assert explore.text() == TEXT
    if not chooser.count():
        explore.page.get_by_role("button", name="Open a file").click()
    chooser.set_input_files(bad)
    assert "not UTF-8" in explore.alert()
    assert explore.text() == TEXT


def test_is_it_the_graph(explore):
    explore.open().ready()
    explore.page.get_by_text("Is it the graph?").click()
    told = explore.page.get_by_text("Without edges")
    told.wait_for()
    explore.idle()
    chart = explore.page.locator(".js-plotly-plot")
    expect(chart.locator(".barlayer .trace")).to_have_count(4)
    for name in ("no edges", "random edges", "all edges"):
        expect(chart.get_by_text(re.compile(name, re.IGNORECASE)).first).to_be_visible()


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "The text is empty"), ("    ", "only spaces"), ("[SEP]", "only special tokens")],
)
def test_bad_text_is_told_and_stays(explore, text, message):
    explore.open().ready()
    explore.type(text)
    assert message in explore.alert()
    assert explore.text() == text
    explore.type(TEXT)
    explore.expect_number("tokens", "14")


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.hit = 1</script> <img src=x onerror='window.hit = 2'> film",
        "الفيلم ليس سيئا على الإطلاق، لكنه طويل",
        "ok 👩‍👩‍👧‍👦 🙂 fine",
        "zero\u200bwidth and e\u0301 combining\u0301 marks",
        "supercalifragilistic" * 250,
        "film",
        "film film film film film film",
    ],
    ids=["markup", "rtl", "emoji", "zero-width", "5000 letters", "one word", "all the same"],
)
def test_odd_texts_are_drawn(explore, text, tmp_path):
    explore.open().ready().show(text)
    explanation = explained(text)
    assert explore.record_tokens(tmp_path) == list(explanation.tokens)
    explore.expect_number("edges", f"{explanation.statistics(0.6).edges:,}")
    assert explore.inked("graph") > 0
    assert explore.page.evaluate("() => window.hit") is None
    assert explore.overflow() == 0


def test_twenty_thousand_words(explore):
    explore.open().ready()
    before = explore.view()
    explore.type("word " * 20_000)
    explore.changed(before)
    assert "19,490 were cut" in explore.alert()
    explore.expect_number("tokens", "512")
    assert "cut here: 19,490 tokens were not read" in explore.tinted()
    # A long text scrolls in its own box and hides nothing below it.
    text, toolbar = (
        explore.component().locator(part).bounding_box() for part in (".text", ".toolbar")
    )
    assert text["y"] + text["height"] <= toolbar["y"]
    assert len(explore.text()) == 100_000


def test_an_unknown_backbone_is_told_and_the_text_stays(explore):
    explore.open(f"?{urlencode({'text': TEXT, 'backbone': 'no such model'})}")
    assert "Unknown backbone 'no such model'" in explore.alert()
    explore.expect_text(TEXT)


def test_the_decoder_draws_its_graph_and_says_which_heads_are_missing(explore):
    explore.open("?backbone=smollm2").ready()
    assert "No trained head for max, eos, mlp" in explore.alert()
    assert "glot train --backbone smollm2" in explore.alert()
    assert explore.number("edges") > 0
    assert explore.inked("graph") > 0


def test_the_tables_hold_tokens_and_edges_and_can_be_searched(explore):
    explore.open().ready()
    explore.open_part("The same as tables")
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    tokens = explore.table("Tokens")
    assert [row["token"] for row in tokens] == list(stored.tokens)
    glot = stored.weights["glot"][stored.row(0.6)]
    assert [float(row["π GLOT"]) for row in tokens] == pytest.approx(glot, abs=1e-4)
    assert len(explore.table("Edges")) == stored.statistics(0.6).edges
    explore.component().get_by_label("Find").fill("not")
    assert [row["token"] for row in explore.table("Tokens")] == ["not"]


def test_a_broken_checkpoint_is_told(browser, tmp_path):
    folder = tmp_path / "minilm" / "sst2" / "glot"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{")
    with running(GLOT_CHECKPOINTS=str(tmp_path)) as address:
        page = browser.new_page()
        explore = ExplorePage(page, address)
        explore.open().ready()
        assert "cannot be used" in explore.page.inner_text("body")
        assert "Traceback" not in explore.page.inner_text("body")
        page.close()
