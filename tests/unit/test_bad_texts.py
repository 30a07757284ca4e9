"""Texts of every script and of none, through the real backbone to what is shown and exported."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import glot
from glot.attributions.readout import explain_text
from glot.attributions.report import as_record
from glot.heads.shelf import load_heads
from glot.live.payload import MAX_TOKENS
from glot.live.still import still
from glot.live.widget import message
from tests.attempt import attempted

MILLION = "Words, words and words. " * 41_667
PIECES = st.sampled_from(
    (
        *("\0", "\x07", "\x1b[31m", "\r", "\u2028", "\ufeff", "\u200b", "\u202e", "\u0301" * 40),
        *("שלום", "مرحبا", "汉字", "👩‍👩‍👧‍👦", "🏳️‍🌈", "\U0010ffff", "\ufffe", "ﷺ", "½", "\ud800"),
        *("<script>alert(1)</script>", "</script>", "&lt;", "]]>", "<!--", "${x}", "{{x}}", "\\"),
        *("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "##s", "film", "not", " ", "\n", "\t"),
        *("a" * 300, "'", '"', "`", "=1+1", "%s"),
    )
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None), max_size=20),
    st.lists(PIECES, max_size=8).map(" ".join),
    st.lists(PIECES, max_size=4).map("".join),
)


@pytest.fixture(scope="module")
def shelf(minilm):
    return load_heads(minilm, "sst2")


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@example("")
@example(MILLION)
@example("\ud800")
@example("[CLS] [SEP]")
@given(TEXTS)
def test_any_text_is_explained_or_refused_in_words(minilm, shelf, text):
    shown, refused = attempted(explain_text, text, minilm, "sst2", shelf, max_tokens=MAX_TOKENS)
    if refused:
        return
    assert shown.text == text
    for name, weights in shown.weights.items():
        assert np.isfinite(weights).all(), name
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    for start, end in shown.offsets:
        assert 0 <= start <= end <= len(text)
    record = json.loads(json.dumps(as_record(shown, 0.6), ensure_ascii=False, allow_nan=False))
    assert record["text"] == text
    for part in message(shown, MAX_TOKENS).values():
        assert isinstance(part, bytes) or part.encode()
    # The text is none of the page's markup, whatever it holds.
    page = Tags(still(shown, 0.6, ["mean"]))
    assert page.found <= {"p", "table", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """The elements of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, max_size=4))
def test_any_texts_are_embedded_or_refused_in_words(minilm, texts):
    vectors, refused = attempted(glot.embed, texts, minilm)
    if refused:
        return
    assert vectors.shape == (len(texts), minilm.width)
    assert np.isfinite(vectors).all()
