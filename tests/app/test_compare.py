"""The comparison of two texts without a browser: numbers, settings, links, and bad input."""

import json
import shutil

import pytest

from app.state.compare import MAX_LINK_TEXT
from glot.attributions.pair_examples import pair_examples, stored_pair
from glot.paths import checkpoints_folder
from tests.app.explore_page import Explore
from tests.app.page import Page, script_of

EXAMPLE = pair_examples()[0]
FIRST, SECOND = "Where can I buy fresh bread?", "Which shop sells good bread?"


class Compare(Page):
    script = script_of("compare")

    def type(self, first, second):
        self.app.text_area("first_text").set_value(first)
        self.app.text_area("second_text").set_value(second)
        return self.run()

    def texts(self):
        return tuple(self.app.text_area(key).value for key in ("first_text", "second_text"))

    def table(self):
        """Pooler → (prediction, cosine, score)."""
        rows = self.app.table[0].value.to_numpy().tolist()
        return {row[0]: tuple(each.replace("\\", "") for each in row[1:]) for row in rows}


def expected(pair, pooler, tau):
    """A row of the table from the library's numbers."""
    answer = pair.answer(pooler, tau)
    return f"{answer.label} {100 * answer.probabilities[answer.label]:.1f} %"


@pytest.fixture(scope="module")
def stored():
    return stored_pair(EXAMPLE.first, EXAMPLE.second, "minilm", "qqp")


def test_an_example_is_there_at_once_with_each_heads_prediction(stored):
    page = Compare().healthy()
    assert page.texts() == (EXAMPLE.first, EXAMPLE.second)
    table = page.table()
    assert list(table) == ["Mean", "AdaPool", "DeepSets", "GLOT", "Untrained mean"]
    for title, name in (("Mean", "mean"), ("DeepSets", "deepsets"), ("GLOT", "glot")):
        prediction, cosine, score = table[title]
        assert prediction == expected(stored, name, 0.6)
        assert cosine == f"{stored.cosine(name, 0.6):.3f}"
        assert score.startswith("dev f1 ")
    assert table["Untrained mean"] == ("no head", f"{stored.reference:.3f}", "")
    edges = stored.first.statistics(0.6).edges
    assert f"First text: {edges} edges" in page.told()
    assert "9,853 pairs of Duplicate questions (QQP)" in page.told()


def test_tau_moves_both_graphs_and_the_predictions(stored):
    page = Compare().healthy()
    before = page.figure()
    page.app.slider("compare_tau").set_value(0.3).run()
    page.healthy()
    assert page.link("compare_tau") == "0.30"
    assert page.table()["GLOT"][0] == expected(stored, "glot", 0.3)
    for which, text in zip(("First", "Second"), stored.texts, strict=True):
        assert f"{which} text: {text.statistics(0.3).edges} edges" in page.told()
    assert page.figure() != before


@pytest.mark.parametrize("example", pair_examples(), ids=lambda example: example.key)
def test_every_example(example):
    page = Compare().healthy().choose("pair_example", example.key).healthy()
    assert page.texts() == (example.first, example.second)


def test_swap_turns_the_texts_round(stored):
    page = Compare().healthy()
    page.click("swap").healthy()
    assert page.texts() == (EXAMPLE.second, EXAMPLE.first)
    assert page.link("first_text") == EXAMPLE.second
    # The vectors stay; a classifier reads them in another order. They are made anew in bfloat16,
    # and those of the example were on another processor: its products round otherwise.
    assert float(page.table()["GLOT"][1]) == pytest.approx(stored.cosine("glot", 0.6), abs=0.01)


def test_texts_of_ones_own_on_another_task():
    page = Compare(pair_task="stsb", first_text=FIRST, second_text=SECOND).healthy()
    table = page.table()
    # The mean's head for STS-B has no weights: five times the untrained cosine.
    assert float(table["Mean"][0]) == pytest.approx(5 * float(table["Untrained mean"][1]), abs=0.01)
    assert list(page.app.table[0].value)[1] == "Prediction (0 to 5)"
    assert page.app.button_group("pair_example").value is None


@pytest.mark.parametrize("view", ["weights", "similarities", "predictions"])
def test_every_drawing(view):
    page = Compare().healthy().choose("compare_view", view).healthy()
    assert page.link("compare_view") == view
    assert len(page.app.get("plotly_chart")) == (2 if view == "weights" else 1)
    # What another drawing's widgets set is still there when it comes back.
    page.choose("compare_view", "graphs").healthy()
    assert page.app.slider("compare_links").value == 0.7


def test_links_are_counted_above_their_own_threshold(stored):
    page = Compare(compare_links="0.5").healthy()
    assert f"{len(stored.links(0.5)):,} links above 0.50" in page.told()
    page.app.slider("compare_links").set_value(1.0).run()
    assert "0 links above 1.00" in page.healthy().told()


def test_one_to_four_poolers_are_compared():
    page = Compare().healthy().choose("poolers_shown", ["max", "glot"]).healthy()
    assert list(page.table()) == ["Max", "GLOT", "Untrained mean"]
    assert page.link("poolers") == "max,glot"
    assert page.table()["Max"][0] == "no head"
    assert "glot train --backbone minilm --task qqp" in page.told()
    for refused in ([], ["mean", "max", "cls", "adapool", "glot"]):
        page.choose("poolers_shown", refused).healthy()
        assert list(page.table()) == ["Max", "GLOT", "Untrained mean"]
        assert page.app.toast


def test_a_pooler_without_weights_has_no_bars():
    page = Compare(poolers="mlp", compare_view="weights", compare_bars="mlp").healthy()
    assert "choose another one" in page.notes()
    page.choose("compare_view", "predictions").healthy()
    assert "choose another one" in page.notes()
    page.choose("compare_view", "graphs").healthy()
    assert page.link("compare_bars") == "glot"


def test_links_to_explore_open_the_same_text_task_and_tau():
    page = Compare(compare_tau="0.42", pair_task="stsb").healthy()
    links = [json.dumps(str(link.proto)) for link in page.app.get("page_link")]
    assert len(links) == 2
    for link, text in zip(links, page.texts(), strict=True):
        assert "First text" in links[0]
        assert text.split()[1] in link
        assert "stsb" in link
        assert "0.42" in link


def test_explore_says_that_a_pair_is_needed_and_leads_here():
    page = Explore(task="qqp", text=FIRST).healthy()
    assert "compare two texts" in page.notes()
    assert page.pooler("glot")["rows"] == 101
    (link,) = page.app.get("page_link")
    assert link.proto.label == "Compare it with a second text"
    assert "bread" in str(link.proto)
    assert not Explore(text=FIRST).healthy().app.get("page_link")


def test_a_link_that_makes_no_sense_is_told():
    page = Compare(compare_tau="2", compare_view="spiral", poolers="median").healthy()
    told = page.warnings()
    for name in ("compare_tau", "compare_view", "poolers"):
        assert f"The link's {name}" in told


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("", "A text.", "First text: The text is empty"),
        ("A text.", "  \n", "Second text: The text is empty (only spaces)"),
        ("[SEP]", "A text.", "First text: The text holds only special tokens"),
    ],
)
def test_texts_without_words_are_told_and_nothing_is_lost(first, second, message):
    page = Compare(compare_tau="0.42").type(first, second)
    assert not page.app.exception
    assert message.split(":")[0] in page.errors()
    assert message.split(": ")[1].split()[-1] in page.errors()
    assert page.texts() == (first, second)
    page.type(FIRST, SECOND).healthy()
    assert page.link("compare_tau") == "0.42"


def test_equal_texts_and_single_words():
    page = Compare(first_text=FIRST, second_text=FIRST).healthy()
    assert "The two texts are the same" in page.notes()
    assert all(row[1] == "1.000" for row in page.table().values())
    page.type("bread", "cake").healthy()
    assert page.figure()["data"]


def test_a_long_text_is_cut_and_kept_out_of_the_link():
    page = Compare().type("word " * 2000, SECOND).healthy()
    told = page.notes()
    assert "The first text is longer than 512 tokens: 1,490" in told
    assert "not this text" in told
    assert len("word " * 2000) > MAX_LINK_TEXT
    assert page.link("first_text") is None
    assert page.link("second_text") == SECOND
    assert len(page.texts()[0]) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>bread</b>",
        "**bold** [link](javascript:alert(1)) $x^2$ :red[x]",
        "שלום world مرحبا 🙂\u200b\u202e end",
        "👩‍👩‍👧 naïve cafe\u0301 …",
    ],
)
def test_odd_texts_are_compared_like_any_other(text):
    page = Compare().type(text, SECOND).healthy()
    assert page.texts()[0] == text
    for view in ("weights", "similarities"):
        figure = page.choose("compare_view", view).healthy().figure()
        # The name that a reader's zoom is kept under is never drawn.
        figure["layout"].pop("uirevision", None)
        drawn = json.dumps(figure)
        assert "<script>" not in drawn
        assert "<b>bread" not in drawn


def test_a_task_of_single_texts_is_told():
    page = Compare(pair_task="sst2")
    assert "takes single texts" in page.errors()
    assert "qqp, stsb" in page.errors()
    page.app.selectbox("pair_task").set_value("qqp").run()
    page.healthy()


def test_a_task_without_a_checkpoint_shows_what_needs_none():
    page = Compare(pair_task="rte", poolers="mean,glot").healthy()
    assert page.table()["GLOT"][0] == "no head"
    assert "glot train --backbone minilm --task rte" in page.told()
    assert page.figure()["data"]
    page.choose("compare_view", "predictions").healthy()
    assert "trained head" in page.notes()


def test_what_is_unknown_is_told(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "Unknown task 'poetry'" in Compare(pair_task="poetry").errors()
    assert "Unknown backbone 'no such model'" in Compare(backbone="no such model").errors()


def test_a_broken_head_is_told_and_the_others_are_shown(tmp_path, monkeypatch):
    shutil.copytree(checkpoints_folder() / "minilm", tmp_path / "minilm")
    weights = tmp_path / "minilm" / "qqp" / "glot" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    page = Compare().healthy()
    assert "The glot head cannot be used" in page.notes()
    table = page.table()
    assert table["GLOT"][0] == "no head"
    assert "%" in table["AdaPool"][0]
