"""What is computed of two texts: similarities between them, predictions, links and notes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from glot.attributions.pair_notes import EQUAL
from glot.attributions.pair_readout import explain_pair
from glot.attributions.readout import explain_text
from glot.errors import GlotError
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf
from tests.unit.attributions.heads import trained
from tests.unit.attributions.pairs import (
    FIRST,
    LABELS,
    SECOND,
    classifiers,
    compared,
    trained_on_pairs,
)


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_similarities_between_the_texts_are_cosines_of_their_states(pair, known):
    states = [known.encode([text]).hidden[0].numpy() for text in (FIRST, SECOND)]
    expected = [[cosine(a, b) for b in states[1]] for a in states[0]]
    np.testing.assert_allclose(pair.cross, expected, atol=1e-6)
    assert pair.reference == pytest.approx(cosine(*(each.mean(0) for each in states)), abs=1e-6)


def test_centred_similarities_take_each_texts_own_mean_away(known):
    pair = compared(known, Shelf(), similarity="centred")
    states = [known.encode([text]).hidden[0].numpy() for text in (FIRST, SECOND)]
    a, b = (each - each.mean(0) for each in states)
    np.testing.assert_allclose(pair.cross, [[cosine(x, y) for y in b] for x in a], atol=1e-5)


def test_predictions_are_the_heads_own_at_every_tau(known):
    shelf = classifiers(known, "mean", "adapool", "glot")
    pair = compared(known, shelf)
    states = [known.encode([text]) for text in (FIRST, SECOND)]
    for name, each in shelf.heads.items():
        for tau in (0.0, 0.3, 0.61, 0.7, 1.0):
            a, b = (each.head.embed(s.hidden, s.mask, tau).embedding.detach() for s in states)
            # One matrix product written out: the joined vectors are [z_a ‖ z_b].
            layer = each.head.classifier
            logits = layer.weight @ torch.cat([a[0], b[0]]) + layer.bias
            expected = logits.softmax(0).tolist()
            answer = pair.answer(name, tau)
            assert list(answer.probabilities.values()) == pytest.approx(expected, abs=1e-5)
            assert answer.label == LABELS[int(logits.argmax())]
            assert pair.cosine(name, tau) == pytest.approx(
                cosine(a[0].numpy(), b[0].numpy()), abs=1e-5
            )
    assert pair.first.training_tau == 0.25
    assert pair.answer("max", 0.6) is pair.cosine("max", 0.6) is None


def test_a_similarity_head_tells_a_number_on_its_scale(known):
    each = trained_on_pairs(known, "mean", HeadConfig("similarity", pairs=True))
    each.head.prepare(torch.tensor([1.0, 5.0]))
    pair = compared(known, Shelf({"mean": each}), task="stsb")
    assert pair.scale == (1.0, 5.0)
    assert pair.answer("mean", 0.6) == pytest.approx(1 + 4 * pair.reference, abs=1e-5)
    assert pair.probabilities == {}
    assert pair.labels == ()


def test_a_contrastive_head_tells_the_cosine_and_a_regression_its_number(known):
    contrastive = trained_on_pairs(known, "glot", HeadConfig("contrastive", pairs=True))
    regression = trained_on_pairs(known, "mean", HeadConfig("regression", pairs=True))
    pair = compared(known, Shelf({"glot": contrastive, "mean": regression}), task="stsb")
    np.testing.assert_allclose(pair.values["glot"], pair.cosines["glot"], atol=1e-6)
    means = torch.cat([known.encode([t]).hidden.mean(1) for t in (FIRST, SECOND)], dim=1)
    expected = regression.head.regression(means).item()
    assert pair.answer("mean", 0.6) == pytest.approx(expected, abs=1e-5)
    assert pair.scale is None


def test_the_order_of_the_texts_matters_to_classifiers_alone(known):
    shelf = classifiers(known, "glot")
    there, back = compared(known, shelf), compared(known, shelf, SECOND, FIRST)
    np.testing.assert_array_equal(there.cross, back.cross.T)
    np.testing.assert_allclose(there.cosines["glot"], back.cosines["glot"], atol=1e-6)
    assert not np.allclose(there.probabilities["glot"], back.probabilities["glot"])


def test_links_are_the_pairs_above_a_threshold_without_added_tokens(pair):
    # cos(a, b) = 0.8, cos(b, c) = 0.6, equal words 1, all others 0 or less.
    assert {tuple(link) for link in pair.links(0.7)} == {(0, 1), (1, 0), (2, 2), (0, 0), (1, 1)}
    values = pair.cross[tuple(pair.links(0.5).T)]
    assert list(values) == sorted(values, reverse=True)
    assert len(pair.links(1.0)) == 0
    assert len(pair.links(-1.0)) == 12
    added = replace(pair, first=replace(pair.first, special=(0,)))
    assert {tuple(link) for link in added.links(0.7)} == {(1, 0), (2, 2), (1, 1)}


def test_notes_tell_what_is_unusual(known):
    shelf = replace(
        classifiers(known, "glot", similarity="centred"),
        broken={"max": "It is broken."},
        absent=("mlp",),
        command="glot train --task qqp",
    )
    shelf.heads.update(classifiers(known, "mean", layer=1).heads)
    pair = compared(known, shelf, "a b c", "a b c")
    assert pair.notes == (
        EQUAL,
        "The glot head was trained on graphs of centred similarity; here it is run on cosine "
        "similarity, as the graphs show.",
        "The mean head reads layer 1 of 4; graphs and similarities between the texts are those of "
        "layer 4.",
        "The max head cannot be used. It is broken.",
    )
    assert pair.missing.endswith("glot train --task qqp --pooler mlp")


def test_a_cut_text_is_told_apart_from_the_other(known):
    pair = compared(known, Shelf(), "a b", "a b c d " * 20, max_tokens=6)
    (note,) = pair.notes
    assert note.startswith("The second text is longer than 6 tokens: 74")
    assert pair.cross.shape == (2, 6)


def test_one_token_against_one(known):
    pair = compared(known, classifiers(known, "glot"), "a", "b")
    assert pair.cross.tolist() == [[pytest.approx(0.8)]]
    assert pair.first.statistics(0.5).edges == 0
    assert pair.answer("glot", 0.5) is not None


def test_heads_of_single_texts_are_refused(known):
    shelf = Shelf({"mean": trained(known, name="mean")})
    with pytest.raises(GlotError, match="takes single texts"):
        compared(known, shelf)


def test_texts_that_were_not_explained_alike_are_refused(known, fake, pair):
    other = explain_text("b a c", known, "stsb", Shelf())
    with pytest.raises(GlotError, match="task 'qqp' and 'stsb'"):
        explain_pair(pair.first, other, known, Shelf())
    with pytest.raises(GlotError, match="max_tokens"):
        explain_pair(pair.first, pair.second, known, Shelf(), 2)
    with pytest.raises(GlotError, match="on 'fake'"):
        explain_pair(pair.first, pair.second, fake, Shelf())
    coarse = explain_text("b", known, "qqp", Shelf(), taus=[0.5])
    with pytest.raises(GlotError, match="one grid"):
        explain_pair(pair.first, coarse, known, Shelf())


@pytest.mark.parametrize("name", ["cross", "cosines", "probabilities"])
def test_parts_that_disagree_are_refused(pair, name):
    wrong = {"cross": pair.cross.T, "cosines": {"mean": np.zeros(3)}}
    with pytest.raises(GlotError, match=f"{name}.* has shape"):
        replace(pair, **{name: wrong.get(name, {"mean": np.zeros((101, 3))})})
