"""The short form of `make fuzz`: its corpus, and some hundred inputs made of it."""

import signal
import warnings
from contextlib import contextmanager
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutate import json_mutated
from tests.fuzz.seeds import CORPUS, SEEDS
from tests.fuzz.targets import TARGETS, tried

EXAMPLES = 40
# Of processor time, not of the clock: other work on the machine does not count.
SECONDS = 10


@contextmanager
def in_time():
    def stop(*_):
        raise AssertionError(f"more than {SECONDS} seconds of work")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.fixture(scope="module", autouse=True)
def loaded(tmp_path_factory):
    """Libraries are loaded on first use: that is no reader's time."""
    for name in TARGETS:
        first = min((CORPUS / name).iterdir())
        tried(TARGETS[name], first.read_bytes(), tmp_path_factory.mktemp(name))


def test_every_reader_has_a_corpus():
    assert set(TARGETS) == set(SEEDS) == {folder.name for folder in CORPUS.iterdir()}


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds_files_that_are_taken_and_such_as_are_refused(name, tmp_path):
    found = []
    for path in sorted((CORPUS / name).iterdir()):
        with in_time():
            found.append(tried(TARGETS[name], path.read_bytes(), tmp_path) is None)
    # Bad lines of a ledger are skipped, and broken runs are not listed: neither is an error.
    assert any(found)
    assert name in ("ledger", "run") or not all(found)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_made_of_the_corpus_is_taken_or_refused_in_words(name, tmp_path):
    corpus = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]

    @settings(max_examples=EXAMPLES)
    @given(st.sampled_from(corpus), st.randoms(use_true_random=False), st.data())
    def is_told(whole, random, data):
        made = json_mutated(whole, Random(random.getrandbits(64)))
        if made is None or data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(whole)))
            end = data.draw(st.integers(start, min(len(whole), start + 64)))
            made = whole[:start] + data.draw(st.binary(max_size=16)) + whole[end:]
        with in_time(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tried(TARGETS[name], made, tmp_path)

    is_told()
