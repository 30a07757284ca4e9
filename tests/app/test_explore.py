"""The Explore page without a browser: what it shows, and what it says to bad input."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from app.state import MAX_URL_TEXT
from glot.attributions.examples import examples, stored_explanation
from glot.paths import ROOT, checkpoints_folder


def page(**parameters) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def link(app, name) -> str:
    """A URL parameter, which AppTest holds as a text or as a list of one."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def healthy(app) -> AppTest:
    assert [error.value for error in app.error] == []
    assert not app.exception
    return app


def errors(app) -> str:
    assert not app.exception
    return " ".join(error.value.replace("\\", "") for error in app.error)


def test_the_first_example_is_there_at_once():
    shown = metrics(healthy(page()))
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    assert shown["Tokens"] == str(len(stored.tokens))
    assert shown["Edges"] == str(stored.statistics(0.6).edges)
    assert shown["Density"] == f"{stored.statistics(0.6).density:.1%}"
    for name in ("Mean", "AdaPool", "GLOT"):
        (value,) = [v for label, v in shown.items() if name in label]
        assert value.split()[0] in ("negative", "positive")


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.key)
def test_every_example(example):
    app = healthy(page())
    app.button_group("example").set_value(example.key).run()
    assert healthy(app).text_area("text").value == example.text


def test_the_numbers_follow_tau():
    app = healthy(page())
    stored = stored_explanation(examples()[0].text, "minilm", "sst2")
    for tau in (0.0, 0.31, 0.85, 1.0):
        app.slider("tau").set_value(tau).run()
        assert metrics(healthy(app))["Edges"] == str(stored.statistics(tau).edges)
        assert link(app, "tau") == f"{tau:.2f}"


def test_a_warning_when_tau_is_not_the_one_trained_with():
    app = healthy(page())
    trained = stored_explanation(examples()[0].text, "minilm", "sst2").training_tau
    app.slider("tau").set_value(trained).run()
    assert not app.warning
    assert any(f"trained at this τ, {trained:g}" in text.value for text in app.markdown)
    app.slider("tau").set_value(0.9).run()
    assert f"trained at τ = {trained:g}" in app.warning[0].value


def test_a_text_of_ones_own():
    app = healthy(page())
    app.text_area("text").set_value("A warm and funny film.").run()
    assert metrics(healthy(app))["Tokens"] == "8"
    assert app.button_group("example").value is None
    assert link(app, "text") == "A warm and funny film."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The text is empty"),
        ("  \n ", "only spaces"),
        ("\x00\x01", "only special tokens"),
        ("[CLS]", "only special tokens"),
    ],
)
def test_texts_without_words_are_told_and_stay(text, message):
    app = healthy(page())
    app.text_area("text").set_value(text).run()
    assert message in errors(app)
    assert app.text_area("text").value == text


def test_a_long_text_is_cut_and_the_page_says_so():
    app = healthy(page())
    text = "word " * 20_000
    app.text_area("text").set_value(text).run()
    notes = " ".join(info.value.replace("\\", "") for info in healthy(app).info)
    assert "20,002 tokens; the first 512 were used and 19,490 were cut" in notes
    assert metrics(app)["Tokens"] == "512"
    assert app.text_area("text").value == text
    # Too long for a link: the URL must not carry a part of it.
    assert len(text) > MAX_URL_TEXT
    assert "text" not in app.query_params


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>film</b>",
        "**bold** [link](javascript:alert(1)) $x^2$ :red[x]",
        "שלום world مرحبا 🙂\u200b\u202e end",
        "a\x00b\x1bc film",
        "x" * 5000,
    ],
)
def test_odd_texts_are_shown_like_any_other(text):
    app = healthy(page())
    app.text_area("text").set_value(text).run()
    assert int(metrics(healthy(app))["Tokens"]) >= 3


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
    app = page(backbone=backbone)
    assert message in errors(app)
    assert app.text_area("text").value == examples()[0].text


def test_a_broken_checkpoint_is_told_and_the_rest_is_shown(tmp_path, monkeypatch):
    shutil.copytree(checkpoints_folder() / "minilm", tmp_path / "minilm")
    weights = tmp_path / "minilm" / "sst2" / "glot" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    app = healthy(page())
    assert "is broken" in " ".join(info.value for info in app.info)
    shown = metrics(app)
    (value,) = [v for label, v in shown.items() if "GLOT" in label]
    assert value == "no trained head"
    (value,) = [v for label, v in shown.items() if "AdaPool" in label]
    assert value.split()[0] in ("negative", "positive")


def test_a_link_brings_everything_back():
    app = healthy(page(text="A dull film.", tau="0.42"))
    assert app.text_area("text").value == "A dull film."
    assert app.slider("tau").value == 0.42


def test_poolers_are_compared_and_stand_in_the_link():
    app = healthy(page(poolers="glot,mean"))
    shown = metrics(app)
    assert [
        name
        for name in ("Mean", "AdaPool", "DeepSets", "GLOT")
        if f"{name} predicts" in " ".join(shown)
    ] == ["Mean", "GLOT"]
    app.button_group("poolers").set_value(["max", "glot", "cls"]).run()
    assert link(healthy(app), "poolers") == "max,cls,glot"
    assert any("[CLS] predicts" in label for label in metrics(app))
    # When the last one is put out, the usual ones come back.
    app.button_group("poolers").set_value([]).run()
    assert link(healthy(app.run()), "poolers") == "mean,adapool,deepsets,glot"


def test_a_link_with_unknown_poolers_is_told():
    app = healthy(page(poolers="median"))
    assert "was not understood" in app.warning[0].value
    assert any("GLOT predicts" in label for label in metrics(app))


@pytest.mark.parametrize("tau", ["high", "7", "nan", "-1", ""])
def test_nonsense_in_a_link_is_told(tau):
    app = healthy(page(tau=tau))
    assert app.slider("tau").value == 0.6
    assert "was not understood" in app.warning[0].value
