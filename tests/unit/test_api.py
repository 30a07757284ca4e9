"""`import glot`: its few names, against what the packages below give."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import glot
from glot.errors import GlotError
from glot.heads.checkpoint import checkpoint_folder
from tests.conftest import FakeBackbone


@pytest.fixture
def reviews(tmp_path):
    """40 rows whose label stands in the text."""
    words = ["good", "bad"]
    rows = [(f"{words[i % 2]} film number {i}", words[i % 2]) for i in range(40)]
    path = tmp_path / "reviews.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return path


@pytest.fixture
def trained(reviews, fake, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "heads"))
    config = glot.TrainConfig(lr=(1e-2,), epochs=8)
    return glot.train(reviews, fake, "glot", config)


def test_every_name_is_there_and_no_other():
    assert set(glot._HOMES) <= set(dir(glot))
    for name in glot._HOMES:
        assert callable(getattr(glot, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        glot.nothing  # noqa: B018


def test_importing_it_loads_no_library():
    code = "import glot, sys; print([n for n in ('torch', 'transformers') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_file_becomes_a_head_that_embeds_and_predicts(trained, fake, tmp_path):
    again = glot.load_head(f"fake/{trained.card.task}/glot", fake)
    assert again.card == trained.card
    texts = ["a good film", "a bad film", "bad", "good"]
    vectors = glot.embed(texts, fake, again)
    assert vectors.shape == (4, trained.head.pooler.out_width)
    states = fake.encode(texts)
    with torch.inference_mode():
        expected = trained.head.embed(states.hidden, states.mask).embedding.numpy()
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    told = glot.predict(texts, fake, again)
    assert [each.label for each in told] == ["good", "bad", "bad", "good"]
    for each in told:
        assert sum(each.probabilities.values()) == pytest.approx(1)
        assert max(each.probabilities, key=each.probabilities.get) == each.label


def test_tau_and_length_can_be_chosen(trained, fake):
    texts = ["a good film of many words"]
    assert not np.allclose(
        glot.embed(texts, fake, trained, tau=-1.0), glot.embed(texts, fake, trained, tau=1.0)
    )
    np.testing.assert_allclose(
        glot.embed(texts, fake, trained, max_tokens=3),
        glot.embed(["a good film"], fake, trained),
        atol=1e-5,
    )


def test_poolers_without_weights_go_by_name(fake):
    texts = ["one two", "three"]
    states = fake.encode(texts)
    mean = (states.hidden * states.mask[..., None]).sum(1) / states.mask.sum(1, keepdim=True)
    np.testing.assert_allclose(glot.embed(texts, fake), mean.numpy(), atol=1e-6)
    assert glot.embed([], fake).shape == (0, fake.width)
    with pytest.raises(GlotError, match="adapool has weights"):
        glot.embed(texts, fake, "adapool")
    with pytest.raises(GlotError, match="in place of a list"):
        glot.embed("one two", fake)


def test_numbers_and_pairs(fake, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "heads"))
    rows = [(f"text {i}", f"other {i}", i / 4) for i in range(40)]
    path = tmp_path / "pairs.csv"
    pd.DataFrame(rows, columns=["text_a", "text_b", "label"]).to_csv(path, index=False)
    trained = glot.train(path, fake, "mean")
    told = glot.predict(["text 1", "text 9"], fake, trained, ["other 1", "other 2"])
    assert all(isinstance(value, float) for value in told)
    assert len(told) == 2
    with pytest.raises(GlotError, match="pairs, and no second texts"):
        glot.predict(["text 1"], fake, trained)


def test_the_shipped_heads_explain(minilm):
    explained = glot.explain("The film is not bad at all.", minilm, "sst2")
    told = explained.prediction("glot", 0.6)
    head = glot.load_head("minilm/sst2/glot", minilm)
    assert head.card.pooler.tau in explained.taus
    (alone,) = glot.predict(["The film is not bad at all."], minilm, head, tau=0.6)
    assert alone.label == told.label
    assert alone.probabilities["positive"] == pytest.approx(
        told.probabilities["positive"], abs=0.01
    )


def test_what_is_not_there_is_told(fake, trained):
    with pytest.raises(GlotError, match=r"no head at 'fake/absent/glot'.*checkpoints list"):
        glot.load_head("fake/absent/glot", fake)
    other = FakeBackbone(name="other")
    folder = checkpoint_folder("fake", trained.card.task, "glot")
    with pytest.raises(GlotError, match="trained on backbone 'fake'"):
        glot.load_head(folder, other)
    with pytest.raises(GlotError, match="trained on backbone 'fake'"):
        glot.embed(["one"], other, trained)
    with pytest.raises(GlotError, match="file of your own"):
        glot.train("sst2", fake, test_file=Path("test.csv"))
