"""The Attributions page without a browser: what it shows, and what it says to bad input."""

import json
import shutil

import numpy as np
import pytest

from app.services import attributions as service
from app.services import models
from glot.attributions.attribute import How, attribute_text
from glot.attributions.attributed_told import summary
from glot.attributions.examples import examples, stored_explanation
from glot.files import unsealed
from glot.paths import checkpoints_folder
from tests.app.page import Page, script_of

FIRST = examples()[0].text
TEXT, OTHER = service.FIGURE_5["genome"]


class Attributions(Page):
    script = script_of("attributions")
    timeout = 300

    def told(self):
        return self.read("info", "warning", "markdown")


def by_library(text, task="sst2", pooler="glot", how=None, **pair):
    shelf = models.heads("minilm", task)
    return attribute_text(text, models.backbone("minilm"), shelf, pooler, how=how, **pair)


def test_it_opens_on_the_first_example():
    page = Attributions().healthy()
    rows, curves, edges = page.figures()
    found = by_library(FIRST)
    assert len(rows["data"]) == len(found.rows) == 4
    assert len(curves["data"]) == 2 * (len(found.curves) + 3)
    assert len(edges["data"]) == 1
    assert summary(found) in page.told()
    (table,) = page.app.dataframe
    expected = found.numbers()["readout"]
    shown = table.value.loc["Readout π"]
    assert shown["kendall"] == pytest.approx(expected.kendall)
    assert shown["aopc"] == pytest.approx(expected.aopc, abs=1e-4)
    assert table.value.index[-1] == "Random, mean of 10"


def test_before_torch_there_is_the_readout_of_the_example():
    shown = service.readout(service.Asked(FIRST, None, False, "minilm", "sst2", "glot"))
    stored = stored_explanation(FIRST, "minilm", "sst2")
    assert shown.tokens == stored.tokens
    np.testing.assert_array_equal(
        shown.weights, stored.weights["glot"][stored.row(stored.training_tau)]
    )
    np.testing.assert_allclose(by_library(FIRST).rows["readout"], shown.weights, atol=2e-2)
    assert service.readout(service.Asked("Other.", None, False, "minilm", "sst2", "glot")) is None
    assert service.readout(service.Asked(FIRST, None, False, "minilm", "sst2", "eos")) is None


def test_the_papers_sentences_on_the_qqp_head():
    page = Attributions()
    page.choose("attr_paper", "genome").healthy()
    chosen = page.app.session_state
    assert (chosen["text"], chosen["attr_other"], chosen["task"]) == (TEXT, OTHER, "qqp")
    assert "appendix D.9" in page.told()
    assert summary(by_library(TEXT, "qqp", other=OTHER)) in page.told()
    assert page.link("attr_other") == OTHER
    page.app.text_area("attr_other").set_value("Something else?")
    page.run().healthy()
    assert page.app.button_group("attr_paper").value is None
    assert "appendix" not in page.told()


def test_either_text_of_a_pair_or_both():
    page = Attributions(task="stsb", text=TEXT, attr_other=OTHER, attr_side="both").healthy()
    assert [each.value for each in page.app.header] == ["The first text", "The second text"]
    assert len(page.figures()) == 6
    page.choose("attr_side", "second").healthy()
    assert [each.value for each in page.app.header] == ["The second text"]
    found = by_library(OTHER, "stsb", other=TEXT, second=True)
    assert summary(found) in page.told()
    assert "this number is what is attributed" in page.told()
    assert page.link("attr_side") == "second"


def test_settings_change_what_is_computed_and_the_link_keeps_them():
    page = Attributions().healthy()
    page.app.selectbox("attr_pooler").set_value("adapool")
    page.app.selectbox("attr_target").set_value("positive")
    page.app.toggle("attr_words").set_value(True)
    page.app.button_group("attr_removal").set_value("text")
    page.app.button_group("attr_baseline").set_value("mean")
    page.app.select_slider("attr_steps").set_value(16)
    page.app.button_group("attr_share").set_value(0.5)
    page.app.toggle("attr_backbone").set_value(True)
    page.run().healthy()
    how = How(words=True, removal="text", baseline="mean", steps=16, embeddings=True)
    found = by_library(FIRST, pooler="adapool", how=how, target="positive")
    assert summary(found, 0.5) in page.told()
    assert "“positive”" in page.told()
    assert "The head tells “negative”" in page.told()
    assert "Tokens belong to one word when" in page.told()
    assert "mean baseline" in page.told()
    assert [len(each["data"]) for each in page.figures()] == [5, 2 * (5 + 3)]
    values = {
        "attr_pooler": "adapool",
        "attr_target": "positive",
        "attr_words": "1",
        "attr_removal": "text",
        "attr_baseline": "mean",
        "attr_steps": "16",
        "attr_share": "0.5",
        "attr_backbone": "1",
    }
    assert {name: page.link(name) for name in values} == values
    again = Attributions(**values).healthy()
    assert summary(found, 0.5) in again.told()


def test_the_same_question_is_answered_once():
    asked = service.Asked(FIRST, None, False, "minilm", "sst2", "mean")
    assert service.attributed(asked) is service.attributed(asked)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": " "}, "The text is empty"),
        ({"text": "\x00"}, "only special tokens"),
        ({"task": "qqp"}, "The second text is empty"),
        ({"task": "rte", "attr_other": "b"}, "no trained glot head"),
        ({"task": "nonsense"}, "nonsense"),
        ({"task": "qqp", "attr_other": "b", "attr_pooler": "max"}, "no trained max head"),
    ],
)
def test_bad_input_is_told_and_stays(given, message):
    page = Attributions(**given)
    assert message in page.errors()
    assert page.app.text_area("text").value == given.get("text", FIRST)
    for name, value in given.items():
        assert page.setting(name) == value


def test_odd_links_are_told():
    page = Attributions(
        attr_target="maybe", attr_steps="7", attr_side="left", attr_share="x"
    ).healthy()
    told = page.told()
    assert "'maybe'. Accepted: negative, positive" in told
    for name in ("attr_steps", "attr_side", "attr_share"):
        assert f"{name} " in told
    assert len(page.figures()) == 3


def test_a_class_of_another_task_is_given_up():
    page = Attributions(attr_target="positive").healthy()
    page.app.selectbox("task").set_value("cola")
    page.run().healthy()
    assert page.setting("attr_target") == ""
    assert "What the head tells is attributed" in page.told()


def test_one_token_identical_texts_and_long_ones():
    one = Attributions(text="film", task="stsb", attr_other="film", attr_removal="text").healthy()
    assert "Both texts are the same" in one.told()
    assert "nothing to rank" in one.told()
    assert len(one.app.dataframe) == 0
    long = Attributions(text="film " * 400, attr_pooler="mean").healthy()
    assert "the first 128 were used" in long.told()
    assert "ranks nothing" in long.told()


def test_weights_that_are_not_finite_are_told(tmp_path, monkeypatch):
    from safetensors.torch import load_file, save_file

    shutil.copytree(checkpoints_folder() / "minilm" / "cola", tmp_path / "minilm" / "cola")
    path = tmp_path / "minilm" / "cola" / "glot" / "model.safetensors"
    weights = load_file(path)
    next(iter(weights.values())).fill_(float("nan"))
    save_file(weights, path)
    # A card of the time before digests: with its own, the bytes alone would be told of.
    card = path.with_name("config.json")
    values = unsealed(json.loads(card.read_text()))
    card.write_text(json.dumps({**values, "weights_sha256": ""}))
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert "NaN or infinite" in Attributions(task="cola").errors()


def test_what_can_be_taken_along():
    page = Attributions(task="stsb", text=TEXT, attr_other=OTHER).healthy()
    labels = [button.proto.label for button in page.app.get("download_button")]
    assert labels == ["Rows (CSV)", "Numbers (CSV)", "Everything (JSON)"]
    (link,) = page.app.get("page_link")
    assert link.proto.label == "Compare both texts"
