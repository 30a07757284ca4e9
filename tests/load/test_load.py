"""Readers at one server, in short; `make soak` has the long forms."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import psutil
import pytest

from benchmarks.load import Answer, Load, carry_out, crossed, text_of, warm
from benchmarks.soak import POOLS, Counts, Soaked, leaks, soak
from benchmarks.wire import Session, WireError, arrays_of, view_of
from tests.browser.server import started
from tests.threads import at_once


@pytest.fixture(scope="module")
def server():
    with started() as (address, process):
        warm(address)
        yield address, psutil.Process(process.pid)


def test_readers_at_once_are_each_shown_their_own_texts(server):
    address, _ = server
    outcome = carry_out(address, Load(clients=4, steps=4, think=0.2))
    assert outcome.errors == []
    assert len(outcome.answers) >= 8
    assert len({answer.text for answer in outcome.answers}) == len(outcome.answers)
    assert crossed(outcome.answers) == []


def test_an_answer_to_another_text_would_be_found(server):
    address, _ = server
    answers = []
    with Session(address) as session:
        session.open()
        for step in range(2):
            text = text_of(90, step, 0)
            session.set(text=text)
            arrays = arrays_of(session)
            answers.append(Answer(text, view_of(session), arrays["upper"], arrays["pi_glot"]))
    assert crossed(answers) == []
    first, second = answers
    words_of_another = Answer(first.text, second.told, first.upper, first.weights)
    numbers_of_another = Answer(first.text, first.told, second.upper, first.weights)
    no_weights = Answer(first.text, first.told, first.upper, np.zeros_like(first.weights))
    for wrong in (words_of_another, numbers_of_another, no_weights):
        assert crossed([wrong, second]) != []


def test_readers_who_leave_in_mid_run_leave_nothing_and_disturb_nobody(server):
    address, process = server
    for number in range(5):
        with Session(address) as gone:
            gone.open()
            # Too little patience for any answer: the tab is closed while the text is computed.
            gone.patience = 0.0
            with pytest.raises(WireError, match="no answer"):
                gone.set(text=text_of(50, number, 0))
    with Session(address) as session:
        session.open()
        session.set(text=text_of(51, 0, 0))
        assert session.errors == []
        assert view_of(session)["text"] == text_of(51, 0, 0)
    assert process.is_running()


def test_a_text_that_many_type_at_once_is_computed_for_all(server):
    address, _ = server
    text = text_of(60, 0, 0)

    def answer(session: Session) -> tuple[str, bytes]:
        session.set(text=text)
        return view_of(session)["text"], arrays_of(session)["upper"].tobytes()

    with ExitStack() as readers:
        sessions = [readers.enter_context(Session(address)) for _ in range(6)]
        for session in sessions:
            session.open()
        found = at_once(answer, sessions)
    # It is computed once: all have the same numbers, to the bit.
    assert len(set(found)) == 1
    assert found[0][0] == text


def test_switches_leak_no_threads_files_or_folders():
    # More switches than pools may hold; memory is the long form's matter.
    found = soak(switches=24, warm_up=25, backbones=("minilm",), rest=0)
    assert found.errors == []
    assert leaks(found.before, found.after, sessions=1) == []
    assert len(found.memory) == 24


def test_what_leaks_is_named():
    before = Counts(100, 20, 30, 1)
    assert leaks(before, Counts(900, 20 + POOLS, 30 + POOLS, 1)) == []
    after = Counts(100, 60, 90, 2)
    assert [told.split(":")[0] for told in leaks(before, after)] == ["threads", "files", "folders"]
    assert Soaked(before, after, [100] * 50 + [104] * 50).growth == pytest.approx(0.04)
