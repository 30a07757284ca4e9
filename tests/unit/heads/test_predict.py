"""Many texts by many heads, against one text by one head."""

import pytest

from glot.attributions.readout import explain_text
from glot.heads.predict import predict_classes
from glot.heads.shelf import load_heads
from glot.tasks.stress import generate

TASK = "stress-strict-0.9"


@pytest.fixture(scope="module")
def heads(minilm):
    return load_heads(minilm, TASK).check_sound().heads


def test_classes_are_those_that_each_text_is_explained_with(minilm, heads):
    made = generate("strict", "test", 0.8, 8)
    told = []
    found = predict_classes(made.texts, minilm, heads, told.append)
    shelf = load_heads(minilm, TASK)
    assert set(found.classes) == set(heads)
    for number, text in enumerate(made.texts):
        for name, trained in heads.items():
            # Explanations know τ on a grid; heads without a graph are the same at each.
            taus = [trained.card.pooler.tau]
            explained = explain_text(text, minilm, TASK, shelf, taus=taus)
            label = explained.labels.index(explained.prediction(name, taus[0]).label)
            assert found.classes[name][number] == label
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert found.n_full == 0


def test_texts_that_fill_the_context_are_counted(minilm, heads):
    long = "word " * 600
    found = predict_classes([long, "short"], minilm, {"mean": heads["mean"]}, [].append)
    assert found.n_full == 1
