"""Leave one out, against the same head run token by token by hand."""

import numpy as np
import pytest
import torch

from glot.attributions.attribute import MAX_TOKENS, How, attribute_text
from glot.attributions.occlusion import occlusion
from glot.attributions.scored import Scored
from glot.attributions.units import Units, shortened
from glot.errors import GlotError
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf
from tests.unit.attributions.heads import trained

TEXT = "a b c d e f g"
POOLERS = [
    {},
    {"conv": "gcn"},
    {"conv": "gin"},
    {"layers": 0},
    {"projection": 3},
    {"jumping_knowledge": "max"},
    {"similarity": "centred"},
    {"name": "deepsets"},
    {"name": "adapool"},
    {"name": "mean"},
    {"name": "max"},
    {"name": "cls"},
]


def units_of(scored, words=False, removal="pooling"):
    states = scored.states
    return Units.of(states.tokens[0], states.offsets[0], scored.text, words, removal)


def by_hand(head, states, kept, target):
    """The head on a batch of one that never held the other tokens."""
    hidden = states.hidden[:, kept]
    pooled = head.embed(hidden, torch.ones(1, hidden.shape[1]))
    return float(head(pooled.embedding).softmax(-1)[0, target])


@pytest.mark.parametrize("settings", POOLERS, ids=str)
def test_a_dropped_token_was_never_there(fake, settings):
    head = trained(fake, **settings)
    scored = Scored(TEXT, fake, head)
    states, target = fake.encode([TEXT]), ("no", "yes").index(scored.target)
    whole = by_hand(head.head, states, list(range(7)), target)
    assert scored.score == pytest.approx(whole, abs=1e-6)
    expected = [
        whole - by_hand(head.head, states, [i for i in range(7) if i != gone], target)
        for gone in range(7)
    ]
    np.testing.assert_allclose(occlusion(scored, units_of(scored)), expected, atol=2e-6)


@pytest.mark.parametrize("settings", [{}, {"name": "adapool"}])
def test_a_token_taken_from_the_text_is_not_read(fake, settings):
    head = trained(fake, layer=2, **settings)
    scored = Scored(TEXT, fake, head)
    target = ("no", "yes").index(scored.target)
    expected = []
    for gone in TEXT.split():
        states = fake.encode([" ".join(w for w in TEXT.split() if w != gone)], layer=2)
        rest = by_hand(head.head, states, list(range(6)), target)
        expected.append(scored.score - rest)
    found = occlusion(scored, units_of(scored, removal="text"), "text")
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_the_target_may_be_the_other_class(fake):
    head = trained(fake)
    told = Scored(TEXT, fake, head)
    other = next(label for label in told.classes if label != told.target)
    against = Scored(TEXT, fake, head, target=other)
    assert against.prediction == told.target
    assert against.score == pytest.approx(1 - told.score, abs=1e-6)
    values = occlusion(told, units_of(told))
    np.testing.assert_allclose(occlusion(against, units_of(against)), -values, atol=2e-6)


def test_numbers_and_pairs(fake):
    pair = trained(fake, HeadConfig("similarity", pairs=True))
    first = Scored("a b c", fake, pair, other="d e")
    swapped = Scored("a b c", fake, pair, other="d e", second=True)
    assert first.classes == ()
    # A cosine does not ask which text is the first.
    np.testing.assert_allclose(
        occlusion(first, units_of(first)), occlusion(swapped, units_of(swapped)), atol=1e-6
    )
    linear = trained(fake, HeadConfig("regression", pairs=True))
    states, others = fake.encode(["a b c"]), fake.encode(["d e"])
    z = [linear.head.embed(each.hidden, each.mask).embedding for each in (states, others)]
    assert Scored("a b c", fake, linear, other="d e").score == pytest.approx(float(linear.head(*z)))
    turned = Scored("a b c", fake, linear, other="d e", second=True)
    assert turned.score == pytest.approx(float(linear.head(z[1], z[0])))


def test_a_word_is_taken_away_as_a_whole(minilm):
    head = trained(minilm, name="adapool")
    scored = Scored("Unquestionably riveting.", minilm, head)
    tokens, words = units_of(scored), units_of(scored, words=True)
    assert words.names == ("[CLS]", "Unquestionably", "riveting", ".", "[SEP]")
    assert len(tokens.names) > len(words.names)
    pi = scored.pooled.weights[0].numpy()
    np.testing.assert_allclose(words.sums(pi)[1], pi[words.groups == 1].sum(), atol=1e-6)
    places = np.flatnonzero(words.groups != 1).tolist()
    target = head.card.labels.index(scored.target)
    rest = by_hand(head.head, scored.states, places, target)
    assert occlusion(scored, words)[1] == pytest.approx(scored.score - rest, abs=1e-5)


def test_special_tokens_cannot_be_taken_from_a_text(minilm):
    scored = Scored("A good film.", minilm, trained(minilm, name="mean"))
    units = units_of(scored, removal="text")
    assert units.removable.tolist() == [False, True, True, True, True, False]
    values = occlusion(scored, units, "text")
    assert np.isnan(values[[0, -1]]).all()
    assert np.isfinite(values[1:-1]).all()


@pytest.mark.parametrize(
    ("gone", "left"),
    [([1], "one three"), ([0], "two three"), ([2], "one two "), ([0, 1, 2], ""), ([], None)],
)
def test_a_shortened_text(gone, left):
    text = "one two three"
    offsets = [(0, 3), (4, 7), (8, 13)]
    kept = np.array([i not in gone for i in range(3)])
    assert shortened(text, offsets, kept) == (text if left is None else left)


def test_what_was_cut_stays_cut_and_shared_characters_stay():
    assert shortened("one two three", [(0, 0), (0, 3), (4, 7)], np.array([1, 0, 1])) == "two"
    # Two pieces of one character, as byte-level tokens are.
    assert shortened("é", [(0, 1), (0, 1)], np.array([True, False])) == "é"


def test_nothing_left_is_not_a_number(fake):
    scored = Scored("a", fake, trained(fake))
    assert np.isnan(scored.without(np.array([[False]]), "text")).all()
    assert np.isnan(occlusion(scored, units_of(scored))).all()


def test_one_unreadable_rest_leaves_the_others(minilm):
    """Without its word, the text holds a control character alone, which is no token."""
    scored = Scored("film \x00", minilm, trained(minilm, name="mean"))
    found = scored.without(np.array([[1, 0, 1], [1, 1, 1]], dtype=bool), "text")
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(scored.score, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": ""}, "The text is empty"),
        ({"target": "maybe"}, "Accepted: no, yes"),
        ({"other": "b"}, "reads one"),
        ({"how": How(removal="world")}, "Accepted: pooling, text"),
        ({"how": How(baseline="one")}, "Accepted: zero, mean"),
        ({"how": How(steps=0)}, "Accepted: from 1"),
        ({"pooler": "adapool"}, "no trained adapool head.*glot train --pooler adapool"),
        ({"pooler": "max"}, "It holds NaN"),
        ({"how": How(embeddings=True)}, "Accepted: backbones that transformers runs"),
    ],
)
def test_bad_input_is_told(fake, given, message):
    shelf = Shelf({"glot": trained(fake)}, {"max": "It holds NaN."})
    asked = {"text": TEXT, "pooler": "glot"} | given
    with pytest.raises(GlotError, match=message):
        attribute_text(backbone=fake, shelf=shelf, **asked)


def test_a_pair_head_wants_two_texts(fake):
    shelf = Shelf({"glot": trained(fake, HeadConfig("classifier", pairs=True, n_classes=2))})
    with pytest.raises(GlotError, match="Give the second text"):
        attribute_text(TEXT, fake, shelf, "glot")
    same = attribute_text(TEXT, fake, shelf, "glot", other=TEXT)
    assert "Both texts are the same" in same.notes[0]


def test_weights_that_make_nan_are_told(fake):
    head = trained(fake)
    for weight in head.head.parameters():
        weight.fill_(float("nan"))
    with pytest.raises(GlotError, match="NaN or infinite"):
        attribute_text(TEXT, fake, Shelf({"glot": head}), "glot")


def test_one_token_has_nothing_to_rank(fake):
    found = attribute_text("a", fake, Shelf({"glot": trained(fake)}), "glot")
    assert found.rows["readout"].tolist() == [1.0]
    assert (found.curves, found.random, found.random_numbers()) == ({}, (), None)
    assert "nothing to rank" in found.notes[0]


def test_long_texts_are_cut_and_it_is_told(minilm):
    shelf = Shelf({"mean": trained(minilm, name="mean")})
    found = attribute_text("film " * 300, minilm, shelf, "mean")
    assert len(found.tokens) == MAX_TOKENS
    assert "302 tokens; the first 128 were used" in found.notes[0]
    assert "the limit is 128" in found.notes[0]
