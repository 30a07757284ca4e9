from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from glot.errors import GlotError
from glot.graph.words import words_of


def cut(*pieces):
    """Words of a text cut into these pieces."""
    spans, start = [], 0
    for piece in pieces:
        spans.append((start, start + len(piece)))
        start += len(piece)
    return words_of(pieces, spans, "".join(pieces))


def byte_level(trim):
    """A byte-pair tokenizer as GPT-2's; `trim`: whether offsets leave out white space."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=trim)
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=270, initial_alphabet=letters, show_progress=False)
    tokenizer.train_from_iterator(["the film is not good", "low lower lowest"], trainer)
    return tokenizer


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (("un", "believ", "able"), (0, 0, 0)),
        (("a", " ", "b"), (0, 1, 2)),
        (("un", "happy", " film", "s"), (0, 0, 1, 1)),
        (("film ", "s"), (0, 1)),
        (("don", "'", "t"), (0, 0, 0)),
        (("don", "’t"), (0, 0)),
        (("state", "-", "of", "-the"), (0, 0, 0, 0)),
        (("well", "-", " known"), (0, 1, 2)),
        (("the", " ", "'", "n", "'"), (0, 1, 2, 3, 4)),
        (("a", "--", "b"), (0, 1, 2)),
        (("film", ".", "Next"), (0, 1, 2)),
        (("3", ".", "14"), (0, 1, 2)),
        (("19", "84", "b"), (0, 0, 0)),
        (("(", "a", ")"), (0, 1, 2)),
        (("Stra", "ße"), (0, 0)),
        (("cafe", "\u0301", "s"), (0, 0, 0)),
        (("電", "影", "很"), (0, 1, 2)),
        (("電影", "film"), (0, 1)),
        (("ひ", "ら"), (0, 1)),
        (("カ", "メ", "ラ"), (0, 1, 2)),
        (("か", "\u3099"), (0, 0)),
        (("ไ", "ท", "ย"), (0, 1, 2)),
        (("ด", "\u0e35", "ก"), (0, 0, 1)),
        (("한", "국"), (0, 0)),
        (("при", "вет"), (0, 0)),
        (("می", "\u200c", "خواهم"), (0, 0, 0)),
        (("👩", "\u200d", "💻"), (0, 0, 0)),
        (("❤", "\ufe0f"), (0, 0)),
        (("🙂", "🙂"), (0, 1)),
        (("a", "🙂"), (0, 1)),
        (("\u00a0", "a"), (0, 1)),
    ],
)
def test_words_by_hand(pieces, words):
    assert cut(*pieces) == words


def test_added_tokens_are_words_of_their_own():
    spans = ((0, 0), (0, 2), (2, 5), (0, 0), (0, 0))
    found = words_of(("[CLS]", "un", "##fun", "[SEP]", "[PAD]"), spans, "unfun")
    assert found == (0, 1, 1, 2, 3)


def test_pieces_of_one_character_are_one_word():
    spans = ((0, 1), (1, 3), (2, 3), (2, 3), (3, 4))
    assert words_of("abcde", spans, "a 🙂b") == (0, 1, 1, 1, 2)


@pytest.mark.parametrize("trim", [True, False])
def test_a_tokenizer_that_keeps_spaces_with_words(trim):
    text = "I don't like  well-known films 🙂"
    encoding = byte_level(trim).encode(text)
    words = words_of(encoding.tokens, encoding.offsets, text)
    found = {}
    for word, token in zip(words, encoding.tokens, strict=True):
        found[word] = found.get(word, "") + token
    decoded = [bytes_of(value) for value in found.values()]
    shown = [value.strip() for value in decoded if value.strip()]
    assert shown == ["I", "don't", "like", "well-known", "films", "🙂"]


def bytes_of(value):
    """Byte-level letters as the text that they stand for: GPT-2's table of visible bytes."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in visible}
    hidden = [byte for byte in range(256) if byte not in visible]
    table |= {chr(256 + i): byte for i, byte in enumerate(hidden)}
    return bytes(table[letter] for letter in value).decode()


def test_word_pieces_of_a_real_tokenizer(minilm):
    text = "The filmmakers' unbelievably well-made antihero's OK."
    states = minilm.encode([text])
    words = words_of(states.tokens[0], states.offsets[0], text)
    spans = {}
    for word, (start, end) in zip(words, states.offsets[0], strict=True):
        spans[word] = (min(start, spans.get(word, (start,))[0]), end)
    shown = [text[start:end] for start, end in spans.values()]
    expected = ["The", "filmmakers", "'", "unbelievably", "well-made", "antihero's", "OK", "."]
    assert shown == ["", *expected, ""]


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=12))
def test_numbers_start_at_zero_and_rise_by_one_at_most(pieces):
    words = cut(*pieces)
    assert words[0] == 0
    assert all(b - a in (0, 1) for a, b in pairwise(words))


@given(st.lists(st.text("abcäß4", min_size=1, max_size=4), min_size=1, max_size=8))
def test_words_are_what_spaces_part(words):
    text = " ".join(words)
    spans = [(i, i + 1) for i, letter in enumerate(text) if letter != " "]
    numbers = words_of([text[a:b] for a, b in spans], spans, text)
    found = [
        "".join(text[s[0]] for s, n in zip(spans, numbers, strict=True) if n == word)
        for word in range(numbers[-1] + 1)
    ]
    assert found == words


def test_no_token():
    assert words_of((), (), "a") == ()


@pytest.mark.parametrize("spans", [((0, 3),), ((-1, 1),), ((2, 1),), ((0, 1), (1, 2))])
def test_offsets_that_do_not_fit_are_told(spans):
    with pytest.raises(GlotError, match="Accepted"):
        words_of(("a",), spans, "ab")
