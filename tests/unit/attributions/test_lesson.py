"""The lesson's stored numbers are what backbones and shipped heads say now."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from glot.attributions import lesson as stored
from glot.attributions.lesson import (
    EXAMPLE,
    PAIRS,
    RATIOS,
    SENTENCES,
    SHARED,
    lesson_path,
    stored_example,
    stored_lesson,
    write_lesson,
)
from glot.attributions.lesson_states import (
    distances,
    phrase_shares,
    sentence_influence,
    stress_pair,
    word_states,
)
from glot.backbones import load_backbone
from glot.errors import GlotError
from glot.graph.similarity import cosine_similarity
from glot.heads.shelf import load_heads
from glot.paths import ROOT
from glot.tasks.stress import generate


@pytest.fixture(scope="module")
def found():
    return stored_lesson()


@pytest.fixture(scope="module")
def exact():
    """In float32, as what is stored was computed."""
    return load_backbone("minilm", device="cpu", dtype="float32")


def test_the_words_states_are_the_backbones(found, exact):
    np.testing.assert_allclose(found.words, word_states(exact), atol=2e-3)
    # Picked another way: by the words' places in the text.
    last = exact.encode([SENTENCES[1]])
    at = [text_span(SENTENCES[1], word) for word in SHARED]
    rows = [last.offsets[0].index(span) for span in at]
    np.testing.assert_allclose(found.words[1, -1], last.hidden[0, rows].numpy(), atol=2e-3)


def text_span(text, word):
    start = text.lower().index(word)
    return start, start + len(word)


def test_the_pairs_are_the_strict_protocols(found, exact):
    assert len(found.pairs) == len(RATIOS)
    texts = generate("strict", "test", RATIOS[3], 2 * PAIRS)
    pair = found.pairs[3]
    assert pair == stress_pair(exact, texts)
    assert sorted(pair.texts[0].split()) == sorted(pair.texts[1].split())
    assert pair.texts[0] != pair.texts[1]
    assert pair.distractors == 45
    start, end = pair.signal
    words = pair.texts[0].split()
    assert (
        words[:start] + words[end:] == pair.texts[1].split()[:start] + pair.texts[1].split()[end:]
    )
    assert pair.share == pytest.approx(
        pair.signal_tokens / len(exact.encode([pair.texts[0]]).tokens[0])
    )


def test_the_distances_are_those_of_the_means(found, exact):
    texts = generate("strict", "test", RATIOS[1], 4)
    np.testing.assert_allclose(found.distances[1, :2], distances(exact, texts, 2), atol=1e-4)
    means = [exact.encode([text]).hidden[0].numpy().mean(axis=0) for text in texts.texts[:2]]
    assert np.linalg.norm(means[0] - means[1]) == pytest.approx(found.distances[1, 0], abs=1e-4)


def test_the_shares_are_the_shipped_heads(found, exact):
    heads = load_heads(exact, stored.STRESS_TASK, stored.SHIPPED).heads
    assert set(found.shares) == set(heads)
    texts = generate("strict", "test", RATIOS[2], 2)
    for name in ("mean", "glot"):
        live = phrase_shares(exact, heads[name], texts)
        np.testing.assert_allclose(found.shares[name][2, :2], live, atol=1e-3)
    # The mean's share needs no head: it is a count of tokens.
    assert found.shares["mean"][2, 0] == pytest.approx(found.pairs[2].share, abs=1e-6)


def test_the_influence_is_the_shipped_heads(found, exact):
    np.testing.assert_allclose(found.influence, sentence_influence(exact), atol=1e-4)


def test_the_other_backbones_similarities(found):
    other = load_backbone(stored.OTHER, device="cpu", dtype="float32").encode([EXAMPLE.text])
    assert found.other_tokens == other.tokens[0]
    table = cosine_similarity(other.hidden)[0].numpy()
    np.testing.assert_allclose(
        found.other_upper, table[np.triu_indices(len(table), k=1)], atol=1e-3
    )


def test_what_is_written_is_read_again(found, tmp_path):
    path = tmp_path / "states.safetensors"
    write_lesson(path, found)
    again = stored_lesson(path)
    assert path.read_bytes() == lesson_path().read_bytes()
    assert again.pairs == found.pairs
    np.testing.assert_array_equal(again.influence, found.influence)


@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_a_broken_file_is_told(tmp_path, content):
    path = tmp_path / "states.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GlotError, match=r"python -m glot\.attributions\.lesson"):
        stored_lesson(path)


def test_other_heads_make_the_numbers_stale(tmp_path, monkeypatch):
    head = tmp_path / "minilm" / "sst2" / "glot"
    head.mkdir(parents=True)
    (head / "config.json").write_bytes(
        (stored.SHIPPED / "minilm" / "sst2" / "glot" / "config.json").read_bytes()
    )
    monkeypatch.setattr(stored, "SHIPPED", tmp_path)
    with pytest.raises(GlotError, match="made by other heads"):
        stored_lesson()
    with pytest.raises(GlotError, match="make examples"):
        stored_example()


def test_a_readers_own_heads_leave_the_lesson_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert stored_lesson().pairs
    assert stored_example().text == EXAMPLE.text


def test_sizes_that_disagree_are_refused(found):
    with pytest.raises(GlotError, match="other_upper has shape"):
        replace(found, other_upper=found.other_upper[1:])


def test_it_is_read_without_torch():
    code = (
        "import sys, json\n"
        "from glot.attributions.lesson import stored_example, stored_lesson\n"
        "stored_lesson(), stored_example()\n"
        "print(json.dumps('torch' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) is False
