"""The Explore page without a browser: what it shows, and what it says to bad input."""

import shutil
import threading

import numpy as np
import pytest

from app.services import explain
from app.state.setting import MAX_URL_TEXT
from glot.attributions.examples import examples, stored_explanation
from glot.paths import ROOT, checkpoints_folder
from tests.app.explore_page import Explore

FIRST = examples()[0].text
OWN = "A warm and funny film."


def edges(page: Explore, tau: float) -> int:
    """Counted as the browser counts: similarities above τ, both in float32."""
    tokens = len(page.meta["tokens"])
    return int((page.array("upper")[: tokens * (tokens - 1) // 2] > np.float32(tau)).sum())


def test_the_first_example_is_there_at_once():
    page = Explore().healthy()
    stored = stored_explanation(FIRST, "minilm", "sst2")
    assert page.meta["text"] == FIRST
    assert page.meta["tokens"] == list(stored.tokens)
    assert edges(page, 0.6) == stored.statistics(0.6).edges
    for name in ("mean", "adapool", "glot"):
        assert page.pooler(name)["trained"]
        assert "texts" in page.pooler(name)["summary"]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.key)
def test_every_example(example):
    page = Explore().healthy()
    page.choose("example", example.key).healthy()
    assert page.text() == example.text
    assert page.meta["text"] == example.text


def test_a_text_of_ones_own():
    page = Explore().healthy().type(OWN).healthy()
    assert page.meta["tokens"] == ["[CLS]", "a", "warm", "and", "funny", "film", ".", "[SEP]"]
    assert page.app.button_group("example").value is None
    assert page.link("text") == OWN


def test_a_released_tau_is_kept_and_sends_no_data_back():
    page = Explore().healthy()
    before = page.message()
    for tau in (0.42, 0.0, 1.0):
        page.release(tau).healthy()
        assert page.setting("tau") == tau
        assert page.link("tau") == f"{tau:.2f}"
        assert page.message() == before


def test_a_changed_view_is_kept_and_sends_no_data_back():
    page = Explore().healthy()
    before = page.message()
    page.view(layout="arc", poolers=["max", "glot"], tint="max", words=True).healthy()
    assert page.message() == before
    shown = {key: page.link(key) for key in ("layout", "poolers", "tint", "words")}
    assert shown == {"layout": "arc", "poolers": "max,glot", "tint": "max", "words": "1"}


@pytest.mark.parametrize(
    "view",
    [
        {"layout": "spiral"},
        {"poolers": []},
        {"poolers": ["mean", "max", "cls", "adapool", "glot"]},
        {"tint": "median"},
    ],
)
def test_a_report_that_no_front_end_of_ours_sends_changes_nothing(view):
    page = Explore().healthy()
    before = dict(page.app.query_params)
    assert dict(page.view(**view).healthy().app.query_params) == before


def test_a_text_is_tinted_by_one_of_the_poolers_compared():
    page = Explore().healthy().view(poolers=["mean", "max"], tint="glot").healthy()
    assert page.setting("tint") == "max"


def test_the_page_is_told_how_the_settings_change_the_graph():
    page = Explore().healthy()
    whole, places = page.array("upper"), page.array("force")
    page.app.slider("layer_shown").set_value(2)
    page.run().healthy()
    assert page.meta["layer"] == 2
    assert page.link("layer") == "2"
    assert "layer 2" in page.notes()
    assert not np.allclose(page.array("upper"), whole)
    page.choose("similarity", "centred").healthy()
    assert page.meta["similarity"] == page.link("similarity") == "centred"
    # Tokens stay where they are, whatever is shown of them.
    assert np.array_equal(page.array("force"), places)
    page.app.slider("layer_shown").set_value(6)
    page.app.button_group("similarity").set_value("cosine")
    page.run().healthy()
    assert page.meta["layer"] is None
    assert page.link("layer") is None
    assert np.array_equal(page.array("upper"), whole)


def test_without_special_tokens():
    page = Explore().healthy()
    whole = page.array("force").reshape(-1, 2)
    assert page.meta["special"] == [0, len(page.meta["tokens"]) - 1]
    page.app.toggle("special").set_value(False)
    page.run().healthy()
    assert page.link("special") == "0"
    assert page.meta["special_tokens"] is False
    assert page.meta["special"] == []
    assert page.meta["tokens"][0] == "the"
    assert page.meta["tokens"][-1] == "."
    assert "cls" not in [pooler["name"] for pooler in page.meta["poolers"]]
    assert np.array_equal(page.array("force").reshape(-1, 2), whole[1:-1])


def test_one_token_is_a_graph_too():
    page = Explore(text="film", special="0").healthy()
    assert page.meta["tokens"] == ["film"]
    assert len(page.array("force")) == 2
    assert page.array("pi_glot")[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The text is empty"),
        ("  \n ", "only spaces"),
        ("\x00\x01", "only special tokens"),
        ("[CLS]", "only special tokens"),
    ],
)
def test_texts_without_words_are_told_and_nothing_is_lost(text, message):
    page = Explore().healthy().release(0.42).type(text)
    assert message in page.errors()
    assert page.text() == text
    assert not page.drawn()
    page.type(OWN).healthy()
    # The component begins anew in the browser: it is told where it was.
    assert page.meta["first"]["tau"] == 0.42
    assert page.setting("tau") == 0.42
    assert [page.click("undo").text() for _ in range(3)] == [text, FIRST, FIRST]


def test_a_long_text_is_cut_and_the_page_says_so():
    text = "word " * 20_000
    page = Explore().healthy().type(text).healthy()
    assert "20,002 tokens; the first 512 were used and 19,490 were cut" in page.notes()
    assert len(page.meta["tokens"]) == 512
    assert page.meta["n_cut"] == 19_490
    assert page.meta["rest"].startswith(" word")
    assert page.text() == text
    # Too long for a link: the URL must not carry a part of it.
    assert len(text) > MAX_URL_TEXT
    assert page.link("text") is None
    assert "not the text" in page.notes()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>film</b>",
        "**bold** [link](javascript:alert(1)) $x^2$ :red[x]",
        "שלום world مرحبا 🙂\u200b\u202e end",
        "a\x00b\x1bc film",
        "👩‍👩‍👧 naïve cafe\u0301 …",
        "x" * 5000,
    ],
)
def test_odd_texts_are_shown_like_any_other(text):
    page = Explore().healthy().type(text).healthy()
    assert page.meta["text"] == text
    pieces = zip(page.meta["pieces"], page.meta["offsets"], strict=True)
    read = "".join(gap + shown for (gap, shown), (start, end) in pieces if end > start)
    assert read + page.meta["rest"] == text


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("no such model", "Unknown backbone 'no such model'"),
        ("nobody/nothing", "Unknown backbone 'nobody/nothing'"),
        (str(ROOT / "tests"), "holds no model"),
        (str(ROOT / "README.md"), "is no backbone"),
    ],
)
def test_a_backbone_that_cannot_be_used_is_told(backbone, message, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("GLOT_ALLOWED_FOLDERS", str(ROOT))
    monkeypatch.setenv("GLOT_ALLOWED_BACKBONES", "nobody/nothing")
    page = Explore(backbone=backbone, layer="3")
    assert message in page.errors()
    assert page.text() == FIRST
    page.app.selectbox("backbone").set_value("minilm")
    page.run().healthy()
    assert page.meta["layer"] == 3


def test_an_unknown_task_is_told():
    assert "Unknown task 'poetry'" in Explore(task="poetry").errors()


def test_a_layer_that_the_backbone_lacks_is_told():
    page = Explore(layer="9").healthy()
    assert "Layer 9. Accepted: 0 (the embeddings) to 6" in page.warnings()
    assert page.meta["layer"] is None
    assert page.app.slider("layer_shown").value == 6
    assert Explore(layer="6").healthy().warnings() == ""


def test_a_broken_checkpoint_is_told_and_the_rest_is_shown(tmp_path, monkeypatch):
    shutil.copytree(checkpoints_folder() / "minilm", tmp_path / "minilm")
    weights = tmp_path / "minilm" / "sst2" / "glot" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    page = Explore().healthy()
    assert "is broken" in page.notes()
    glot = page.pooler("glot")
    assert (glot["trained"], glot["rows"], glot["predictions"], glot["summary"]) == (
        False,
        0,
        None,
        None,
    )
    assert "pi_glot" not in page.arrays()
    assert page.pooler("adapool")["predictions"]
    assert "glot" in page.set(controls=True).errors()


def test_the_process_waits_for_a_model_that_is_loading(monkeypatch):
    """A thread that is cut off inside torch would abort it."""
    loading, threads = threading.Event(), []
    monkeypatch.setattr(
        explain, "_warm", lambda: threads.append(threading.current_thread()) or loading.set()
    )
    explain._begin_warming()
    assert loading.wait(10)
    assert not threads[0].daemon


def test_a_front_end_that_is_missing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("app.components.token_graph.BUNDLE", tmp_path / "token_graph.js")
    page = Explore()
    assert "front end is missing" in page.errors()
    assert page.text() == FIRST


def test_is_it_the_graph_is_computed_when_it_is_opened(monkeypatch):
    asked = []
    given = explain.controls
    monkeypatch.setattr(explain, "controls", lambda *a: asked.append(a) or given(*a))
    page = Explore().healthy().release(0.3).healthy()
    assert asked == []
    page.set(controls=True).healthy()
    ((question, tau),) = asked
    assert (question.text, tau) == (FIRST, 0.3)
    assert page.app.get("plotly_chart")
    (told,) = [each.value for each in page.app.expander[0].markdown]
    assert told.startswith("At τ = 0.30.")
    assert "Without edges" in told.replace("\\", "")
