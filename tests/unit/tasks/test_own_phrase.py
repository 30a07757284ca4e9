"""Phrases of one's own stand among the protocol's own distractors."""

import pytest

from glot.errors import GlotError
from glot.tasks.stress import PROTOCOLS, generate
from glot.tasks.stress.own_phrase import OPEN, WITH_LENGTH, around_phrase, pairs_of
from glot.tasks.stress.templates import PAPER, RELEASED
from glot.tasks.stress.texts import character_range
from glot.tasks.stress.vocabulary import large_vocabulary, signal_free_vocabulary
from glot.tasks.stress.words import RELEASED_NOISE

VOCABULARIES = {
    "paper": large_vocabulary,
    "released": lambda: RELEASED_NOISE,
    "strict": signal_free_vocabulary,
}
LENGTHS = {
    # Words at ratio 0.5 around a phrase of four.
    "paper": 256,
    "released": 64 + 4,
    "strict": 8,
}
PHRASE = "zebra quux 👻 zorp"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_phrase_stands_whole_among_the_protocols_distractors(protocol):
    made = around_phrase(protocol, PHRASE, 1, 0.5, 20)
    known = set(VOCABULARIES[protocol]())
    assert made.labels == (1,) * 20
    assert len(set(made.signals)) > 1
    for text, (start, end) in zip(made.texts, made.signals, strict=True):
        words = text.split()
        assert words[start:end] == PHRASE.split()
        assert len(words) == LENGTHS[protocol]
        assert set(words[:start] + words[end:]) <= known
        first, last = character_range(text, (start, end))
        assert text[first:last] == PHRASE


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_phrases_of_one_length_stand_at_one_place_among_the_same_words(protocol):
    made = [around_phrase(protocol, phrase, 0, 0.8, 5) for phrase in ("a b c", "x y z")]
    assert made[0].signals == made[1].signals
    for one, other in zip(made[0].texts, made[1].texts, strict=True):
        assert one.replace("a b c", "…") == other.replace("x y z", "…")


@pytest.mark.parametrize("protocol", sorted(WITH_LENGTH))
def test_length(protocol):
    made = around_phrase(protocol, "one two", 0, 0.5, 3, n_words=40)
    expected = 40 if protocol == "paper" else 22
    assert {len(text.split()) for text in made.texts} == {expected}


def test_without_distractors_the_strict_text_is_the_phrase():
    assert set(around_phrase("strict", PHRASE, 0, 0.0, 3).texts) == {PHRASE}


def test_open_places_are_filled_anew_in_each_draw():
    made = around_phrase("strict", "{animal} {object} {x} {y}", 0, 0.0, 40)
    drawn = [text.split() for text in made.texts]
    for place, name in enumerate(OPEN):
        assert {words[place] for words in drawn} <= set(OPEN[name])
        assert len({words[place] for words in drawn}) > 5
    assert all(words[2] != words[3] for words in drawn)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_tests_own_pairs_say_what_their_place_says(protocol):
    """Against the generator: its texts of a class hold that class's templates."""
    pairs = pairs_of(protocol)
    if protocol == "strict":
        made = generate("strict", "test", 0.0, 200)
        for text, label, (template, animal, thing) in zip(
            made.texts, made.labels, made.traits, strict=True
        ):
            assert text == next(
                pair[label].format(animal=animal, object=thing)
                for pair in pairs
                if pair.first == template.format(had="{animal}", lacked="{object}")
            )
    else:
        templates = dict(PAPER if protocol == "paper" else RELEASED)
        assert [(templates[a], templates[b]) for a, b in pairs] == [(0, 1)] * len(pairs)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"template": "  "}, "A phrase of 0 words"),
        ({"template": "word " * 61}, "A phrase of 61 words"),
        ({"template": "has {planet}"}, "leaves {planet} open"),
        ({"template": "has {animal.plural}"}, "open"),
        ({"template": "has {animal!r}"}, "open"),
        ({"template": "has {x:>9}"}, "open"),
        ({"template": "has {x"}, "a brace on its own"),
        ({"label": 2}, "class 2"),
        ({"n": 0}, "0 draws"),
        ({"ratio": 1.0}, "distractor ratio of 1"),
        ({"ratio": 0.01}, "cannot express"),
        ({"protocol": "nice"}, "Unknown stress test protocol"),
        ({"protocol": "paper", "n_words": 3}, "A length of 3 words"),
        ({"protocol": "paper", "n_words": 401}, "A length of 401 words"),
    ],
)
def test_what_cannot_be_made_is_told(changes, told):
    given = {"protocol": "strict", "template": PHRASE, "label": 0, "ratio": 0.9, "n": 2}
    with pytest.raises(GlotError, match=told):
        around_phrase(**{**given, **changes})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_places_in_characters_are_the_signals_words(protocol):
    made = generate(protocol, "test", 0.9, 30)
    for text, signal in zip(made.texts, made.signals, strict=True):
        start, end = character_range(text, signal)
        assert text[start:end].split() == text.split()[slice(*signal)]
        assert text[:start] == "" or text[start - 1] == " "
