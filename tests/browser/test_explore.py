"""A real Chromium opens the dashboard and does what people do."""

import json
import re

import pytest

from glot.attributions.examples import examples, stored_explanation
from tests.browser.explore import ExplorePage
from tests.browser.server import running

TEXT = "The acting is wooden, but I could not look away."
LOOKS = {
    f"{colours}-{width}": {"colours": colours, "width": width}
    for colours in ("light", "dark")
    for width in (1280, 400)
}


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_the_example_is_drawn_in_every_look(explore):
    explore.open().ready()
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    explore.expect_metric("Edges", str(stored.statistics(0.6).edges))
    assert explore.drawn_edges() == stored.statistics(0.6).edges
    assert len(explore.bars()) == 4
    assert explore.tinted().replace("[CLS]", "").replace("[SEP]", "") == examples()[0].text
    assert explore.overflow() == 0


def test_a_typed_text_and_a_moved_threshold(explore):
    explore.open().ready()
    explore.type(TEXT)
    explore.expect_metric("Tokens", "14")
    explore.ready()
    assert "wooden" in explore.labels()
    before_edges, before_bars = int(explore.metric("Edges")), explore.bars()
    assert explore.drawn_edges() == before_edges

    explore.press_tau("ArrowLeft", 20)
    explore.page.wait_for_function("() => location.search.includes('tau=0.40')")
    explore.ready()
    after_edges, after_bars = int(explore.metric("Edges")), explore.bars()
    assert explore.tau() == pytest.approx(0.4)
    assert after_edges > before_edges
    assert explore.drawn_edges() == after_edges
    # GLOT's bars change with τ; those of Mean, AdaPool and DeepSets keep their proportions.
    *others, glot = ([height / max(sum(bars), 1e-9) for height in bars] for bars in after_bars)
    old = [[height / max(sum(bars), 1e-9) for height in bars] for bars in before_bars]
    assert len(others) == 3
    for new, before in zip(others, old, strict=False):
        assert new == pytest.approx(before, abs=0.01)
    assert max(abs(a - b) for a, b in zip(glot, old[3], strict=True)) > 0.005


def test_poolers_are_chosen_and_stand_in_the_link(explore):
    explore.open().ready()
    for name in ("Max", "[CLS]", "MLP"):
        explore.compare(name)
    explore.expect_bars(7)
    explore.compare("AdaPool")
    explore.expect_bars(6)
    explore.page.wait_for_function(
        "names => new URLSearchParams(location.search).get('poolers') == names",
        arg="mean,max,cls,mlp,deepsets,glot",
    )
    explore.page.reload()
    explore.ready().expect_bars(6)
    assert "AdaPool predicts" not in explore.page.inner_text("body")


def test_the_ends_of_the_slider(explore):
    explore.open().ready()
    explore.press_tau("End")
    explore.expect_metric("Edges", "0")
    explore.press_tau("Home")
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    explore.expect_metric("Edges", str(stored.statistics(0.0).edges))


def test_an_example_is_a_click_away(explore):
    explore.open().ready()
    explore.page.get_by_role("radio", name="German").or_(
        explore.page.get_by_role("button", name="German")
    ).first.click()
    explore.page.wait_for_function(
        "() => document.querySelector('textarea').value.startsWith('Der Film')"
    )
    explore.ready()
    german = next(example for example in examples() if example.key == "german")
    assert explore.text() == german.text


def test_a_link_survives_a_reload(explore):
    explore.open().ready()
    explore.type(TEXT)
    explore.expect_metric("Tokens", "14")
    explore.press_tau("ArrowRight", 5)
    explore.page.wait_for_function("() => location.search.includes('tau=0.65')")
    explore.page.reload()
    explore.ready()
    assert explore.text() == TEXT
    assert explore.tau() == pytest.approx(0.65)


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
    explore.expect_metric("Tokens", "14")


def test_a_script_in_the_text_is_text(explore):
    explore.open().ready()
    explore.type("<script>window.hit = 1</script> <img src=x onerror='window.hit = 2'> film")
    explore.page.wait_for_function("() => location.search.includes('onerror')")
    explore.ready()
    assert "script" in explore.labels()
    assert explore.page.evaluate("() => window.hit") is None


def test_twenty_thousand_words(explore):
    explore.open().ready()
    explore.type("word " * 20_000)
    assert "19,490 were cut" in explore.alert()
    explore.ready()
    explore.expect_metric("Tokens", "512")
    assert len(explore.text()) == 100_000


def test_an_unknown_backbone_is_told_and_the_text_stays(explore):
    explore.open().ready()
    explore.type(TEXT)
    explore.expect_metric("Tokens", "14")
    box = explore.page.get_by_role("combobox", name=re.compile("Backbone"))
    box.click()
    box.fill("no such model")
    box.press("Enter")
    assert "Unknown backbone 'no such model'" in explore.alert()
    assert explore.text() == TEXT


def test_the_decoder_draws_its_graph_and_says_which_heads_are_missing(explore):
    explore.open("?backbone=smollm2").ready()
    assert "No trained head for mean, max, eos, adapool, mlp, deepsets, glot" in explore.alert()
    assert "glot train --backbone smollm2" in explore.alert()
    assert int(explore.metric("Edges")) > 0
    assert len(explore.bars()) == 1


def test_the_table_and_its_download_hold_every_token(explore):
    explore.open().ready()
    assert explore.page.locator("[data-testid='stDataFrame']").count() == 0
    explore.page.get_by_text("The same as a table").click()
    explore.page.locator("[data-testid='stDataFrame']").wait_for()
    with explore.page.expect_download() as download:
        explore.page.get_by_role("button", name="Download as JSON").click()
    record = json.loads(download.value.path().read_text(encoding="utf-8"))
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    assert record["tokens"] == list(stored.tokens)
    assert record["edges"] == stored.statistics(0.6).edges
    assert record["weights"]["glot"] == stored.weights["glot"][stored.row(0.6)].tolist()


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
