"""The strict protocol leaves no shortcut, and the checks that say so can fail."""

import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from wordfreq import zipf_frequency

from glot.tasks.stress import LABELS, RATIOS, generate, longest_text
from glot.tasks.stress.templates import PAPER, RELEASED, STRICT
from glot.tasks.stress.vocabulary import signal_free_vocabulary
from glot.tasks.stress.words import ANIMALS, OBJECTS

CATEGORIES = {"animal": ANIMALS, "object": OBJECTS}


def lengths(texts):
    return np.array([(len(text.split()), len(text)) for text in texts])


def bag_of_words():
    return make_pipeline(
        CountVectorizer(token_pattern=r"\S+"),
        LogisticRegression(max_iter=1_000, solver="liblinear"),
    )


def length_only():
    return make_pipeline(FunctionTransformer(lengths), StandardScaler(), LogisticRegression())


def accuracy(classifier, train, test):
    return classifier.fit(train.texts, train.labels).score(test.texts, test.labels)


def plurals(split):
    return {name: {noun.plural for noun in nouns[split]} for name, nouns in CATEGORIES.items()}


def phrases(made):
    return [
        text.split()[start:end] for text, (start, end) in zip(made.texts, made.signals, strict=True)
    ]


@pytest.mark.parametrize("classifier", [bag_of_words, length_only])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.9, 0.95])
def test_words_and_length_alone_stay_at_chance(classifier, ratio):
    train = generate("strict", "train", ratio, n=2_000)
    test = generate("strict", "test", ratio, n=2_000)
    assert abs(accuracy(classifier(), train, test) - 0.5) <= 0.03
    # Also on nouns and templates seen in training.
    known = cross_val_score(
        classifier(), train.texts, train.labels, groups=train.groups, cv=GroupKFold(5)
    )
    assert abs(known.mean() - 0.5) <= 0.03


def test_the_same_bag_of_words_solves_the_papers_protocol():
    train, test = (generate("paper", split, 0.9, n=1_000) for split in ("train", "test"))
    assert accuracy(bag_of_words(), train, test) > 0.95


def test_the_same_length_only_classifier_solves_the_released_protocol():
    train, test = (generate("released", split, 0.2, n=500) for split in ("train", "test"))
    assert accuracy(length_only(), train, test) > 0.95


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_signal_is_there_for_who_reads_the_order(split):
    made = generate("strict", split, 0.8, n=400)
    negated = re.compile(r"(?:not|no|never|zero|lacks|without) (\w+)")
    for phrase, label in zip(phrases(made), made.labels, strict=True):
        other = {"animal": "object", "object": "animal"}[LABELS["strict"][label]]
        assert negated.search(" ".join(phrase)).group(1) in plurals(split)[other]


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("ratio", [0.0, 0.9])
def test_pairs_differ_in_the_place_of_two_nouns_alone(split, ratio):
    made = generate("strict", split, ratio, n=400)
    nouns = plurals(split)
    for i in range(0, 400, 2):
        first, second = made.texts[i].split(), made.texts[i + 1].split()
        assert sorted(first) == sorted(second)
        assert made.groups[i] == made.groups[i + 1] == i // 2
        assert made.labels[i : i + 2] == (0, 1)
        assert made.signals[i] == made.signals[i + 1]
        differ = [k for k, pair in enumerate(zip(first, second, strict=True)) if len(set(pair)) > 1]
        assert len(differ) == 2
        start, end = made.signals[i]
        assert all(start <= k < end for k in differ)
        assert sum(first[k] in nouns["animal"] for k in differ) == 1
        assert sum(first[k] in nouns["object"] for k in differ) == 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_which_category_comes_first_tells_nothing(split):
    made = generate("strict", split, 0.5, n=400)
    nouns = plurals(split)
    everything = nouns["animal"] | nouns["object"]
    right = 0
    for phrase, label in zip(phrases(made), made.labels, strict=True):
        first = next(word for word in phrase if word in everything)
        right += first in nouns[LABELS["strict"][label]]
    assert right == 200


@pytest.mark.parametrize("ratio", RATIOS["strict"])
def test_the_share_of_distractors_is_the_one_asked_for(ratio):
    made = generate("strict", "train", ratio, n=100)
    (n_words,) = {len(text.split()) for text in made.texts}
    assert n_words == longest_text("strict", ratio)
    assert {end - start for start, end in made.signals} == {5}
    # No other whole number of words comes nearer to 5 / (1 − ratio).
    assert abs(n_words - 5 / (1 - ratio)) <= 0.5
    assert abs((n_words - 5) / n_words - ratio) < 0.04


def test_whole_shares_are_met_exactly():
    lengths = {ratio: longest_text("strict", ratio) for ratio in (0, 0.5, 0.8, 0.9, 0.95, 0.99)}
    assert lengths == {0: 5, 0.5: 10, 0.8: 25, 0.9: 50, 0.95: 100, 0.99: 500}


def test_phrases_stand_anywhere():
    made = generate("strict", "train", 0.9, n=2_000)
    starts = np.bincount([start for start, _ in made.signals[::2]], minlength=46)
    assert len(starts) == 46
    # 1,000 pairs over 46 places: each is expected 21.7 times.
    assert starts.min() >= 5
    assert starts.max() <= 45


def test_no_phrase_occurs_twice_in_a_split():
    for split, n in (("train", 60_000), ("test", 14_400)):
        made = generate("strict", split, 0.0, n=n)
        assert len(set(made.texts)) == n


def test_train_and_test_share_no_noun_and_no_template():
    words = {
        split: {w for nouns in CATEGORIES.values() for noun in nouns[split] for w in noun}
        for split in ("train", "test")
    }
    assert not words["train"] & words["test"]
    assert not set(STRICT["train"].all()) & set(STRICT["test"].all())
    for split, unseen in (("train", "test"), ("test", "train")):
        made = generate("strict", split, 0.0)
        assert not {word for text in made.texts for word in text.split()} & words[unseen]


@pytest.mark.parametrize("split", ["train", "test"])
def test_templates_have_five_words_and_both_orders(split):
    orders = STRICT[split]
    assert len(orders.had_first) == len(orders.lacked_first) >= 3
    assert len(set(orders.all())) == len(orders.all()) >= 6
    for template in orders.all():
        assert len(template.split()) == 5
        had_first = template.index("{had}") < template.index("{lacked}")
        assert had_first == (template in orders.had_first)


def test_categories_are_common_single_words_without_overlap():
    everything = []
    for nouns in CATEGORIES.values():
        assert len(nouns["train"] + nouns["test"]) >= 60
        everything += [noun for split in nouns.values() for noun in split]
    assert len({noun.singular for noun in everything}) == len(everything)
    assert len({noun.plural for noun in everything}) == len(everything)
    for noun in everything:
        assert noun.plural.isascii()
        assert noun.plural.isalpha()
        # Zipf 2: once in ten million words, the usual border of common vocabulary.
        assert zipf_frequency(noun.plural, "en") >= 2


def test_distractors_hold_no_signal_word():
    made = generate("strict", "train", 0.95, n=2_000), generate("strict", "test", 0.95, n=2_000)
    distractors = {
        word
        for part in made
        for text, (start, end) in zip(part.texts, part.signals, strict=True)
        for word in text.split()[:start] + text.split()[end:]
    }
    # Over 100,000 draws meet nearly all of the vocabulary.
    assert 2_000 < len(signal_free_vocabulary()) * 0.99 < len(distractors)
    nouns = {w for c in CATEGORIES.values() for split in c.values() for noun in split for w in noun}
    templates = {w for orders in STRICT.values() for t in orders.all() for w in t.split()}
    assert not distractors & (nouns | templates)
    negation = re.compile(r"no|not|nor|non.*|never|neither|no(thing|body|where|ne)|cannot")
    assert not [word for word in distractors if negation.fullmatch(word)]
    ends = {word for word in distractors if word.endswith("nt")}
    contractions = {word for word in ends if zipf_frequency(word[:-2] + "n't", "en") > 0}
    # Words of their own; wan't and mean't are slips of the pen.
    assert contractions == {"want", "meant"}
    having = re.compile(
        r"ha[sd]|have|having|own\w*|keep\w*|kept|lack\w*|miss\w*|(in|ex)clud\w*|with.*"
    )
    assert [word for word in distractors if having.fullmatch(word)] == ["within"]
    assert all(len(word) >= 3 and word.isalpha() and word.islower() for word in distractors)


def test_the_other_protocols_templates_have_the_lengths_their_docstrings_say():
    assert {len(template.split()) for template, _ in PAPER} == {7}
    assert {(len(template.split()), label) for template, label in RELEASED} == {(24, 0), (13, 1)}
