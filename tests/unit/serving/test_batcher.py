"""The queue and its worker: what is computed together, who hears of what, how it ends."""

import numpy as np
import pytest
import torch

from glot.backbones import batching as batching_module
from glot.errors import GlotError
from glot.serving import batcher as batchers
from glot.serving.limits import Limits, RefusedError
from tests.conftest import FakeBackbone
from tests.unit.serving.gated import batching, occupied


def mean_of(text):
    states = torch.stack([FakeBackbone().state(word) for word in text.split()])
    return states.mean(0).numpy()


def test_what_waits_is_computed_together_and_each_request_gets_its_own():
    asked = [["a b c", "d"], ["e f"], ["g", "h i j k", "l"]]
    with occupied() as (batcher, backbone):
        waiting = [batcher.embed(texts) for texts in asked]
        assert batcher.queued == 6
        backbone.gate.set()
        for texts, future in zip(asked, waiting, strict=True):
            found = future.result(10)
            expected = np.stack([mean_of(text) for text in texts])
            np.testing.assert_allclose(found.vectors, expected, atol=1e-6)
            assert found.n_cut == (0,) * len(texts)
        assert backbone.rounds == [["first"], [text for texts in asked for text in texts]]
        assert batcher.queued == 0


def test_a_long_request_lets_a_short_one_pass(monkeypatch):
    monkeypatch.setattr(batchers, "ROUND", 4)
    long = [f"long {i}" for i in range(10)]
    with occupied() as (batcher, backbone):
        large, small = batcher.embed(long), batcher.embed(["small"])
        backbone.gate.set()
        expected = np.stack([mean_of(text) for text in long])
        np.testing.assert_allclose(large.result(10).vectors, expected, atol=1e-6)
        np.testing.assert_allclose(small.result(10).vectors[0], mean_of("small"), atol=1e-6)
        assert backbone.rounds == [["first"], long[:4], ["small", *long[4:7]], long[7:]]


def test_texts_of_one_tau_go_together_and_an_explanation_keeps_its_place():
    with occupied(pooler="glot") as (batcher, backbone):
        futures = [
            batcher.embed(["a b c"], 0.1),
            batcher.embed(["a b c"], 0.9),
            batcher.embed(["d"], 0.1),
        ]
        explained = batcher.explain("a b", 0.5, 16)
        backbone.gate.set()
        low, high, _ = [future.result(10).vectors for future in futures]
        assert backbone.rounds == [["first"], ["a b c", "d"], ["a b c"]]
        assert not np.allclose(low, high)
        record = explained.result(10)
        assert (record["tokens"], record["tau"]) == (["a", "b"], 0.5)


def test_a_text_that_cannot_be_computed_is_told_to_its_own_request_alone():
    with occupied() as (batcher, backbone):
        good, bad = batcher.embed(["a"]), batcher.embed(["b", "bad", "c"])
        broken, last = batcher.embed(["broken"]), batcher.embed(["d"])
        backbone.gate.set()
        with pytest.raises(GlotError, match="Text 2 of 3"):
            bad.result(10)
        with pytest.raises(ZeroDivisionError):
            broken.result(10)
        for future, text in ((good, "a"), (last, "d")):
            np.testing.assert_allclose(future.result(10).vectors[0], mean_of(text), atol=1e-6)


def test_a_full_queue_refuses_and_tells_when_to_ask_again():
    with occupied(queue=4, texts=3) as (batcher, _):
        batcher.embed(["a", "b", "c"])
        with pytest.raises(RefusedError, match="while 3 wait") as told:
            batcher.embed(["d", "e"])
        assert (told.value.status, told.value.retry_after) == (429, 1)
        batcher.explain("d", 0.5, 16)
        with pytest.raises(RefusedError, match="1 more texts, while 4 wait"):
            batcher.explain("e", 0.5, 16)


def test_what_nobody_waits_for_is_not_computed():
    with occupied(queue=4, texts=4) as (batcher, backbone):
        gone = batcher.embed(["a", "b", "c", "d"])
        assert gone.cancel()
        assert batcher.queued == 0
        batcher.embed(["e"])
        backbone.gate.set()
    assert backbone.rounds == [["first"], ["e"]]


def test_closing_answers_what_waits_and_takes_nothing_new():
    with occupied() as (batcher, backbone):
        waiting = batcher.embed(["a"])
        batcher.close()
        with pytest.raises(RefusedError, match="being stopped") as told:
            batcher.embed(["b"])
        assert told.value.status == 503
        assert not batcher.finished
        backbone.gate.set()
        np.testing.assert_allclose(waiting.result(10).vectors[0], mean_of("a"), atol=1e-6)
        batcher.join()
        assert batcher.finished


def test_abandoning_gives_up_everything():
    with occupied() as (batcher, backbone):
        waiting = batcher.embed(["a"])
        batcher.abandon()
        with pytest.raises(RefusedError, match="being stopped"):
            waiting.result(0)
    assert backbone.rounds == [["first"]]


def test_a_round_is_given_up_between_two_batches(monkeypatch):
    monkeypatch.setattr(batching_module, "TOKENS_PER_CALL", {"cpu": 10})
    with batching() as (batcher, backbone):
        future = batcher.embed([f"text {i}" for i in range(9)])
        assert backbone.begun.wait(10)
        batcher.abandon()
        with pytest.raises(RefusedError, match="being stopped"):
            future.result(0)
    # A text's estimate is above ten tokens, so each is a batch.
    assert backbone.calls == 1


@pytest.mark.parametrize(
    ("texts", "tau", "status", "words"),
    [
        (["a"] * 4, None, 413, "4 texts in one request"),
        (["a", "b" * 11], None, 413, "Text 2 of 2 has 11 characters"),
        ([], None, None, "No text"),
        (["a", " "], None, None, "Text 2 of 2 is empty"),
        (["\ud800"], None, None, "not valid Unicode"),
        (["a"], 0.5, None, "which has no graph"),
        (["a"], 2.0, None, "tau 2"),
    ],
)
def test_what_is_not_accepted_is_told_before_it_waits(texts, tau, status, words):
    with batching(texts=3, characters=10) as (batcher, backbone):
        with pytest.raises(GlotError, match=words) as told:
            batcher.embed(texts, tau)
        assert getattr(told.value, "status", None) == status
        assert getattr(told.value, "retry_after", None) is None
    assert backbone.rounds == []


def test_limits_that_make_no_sense_are_told():
    with pytest.raises(GlotError, match="limit timeout 0"):
        Limits(timeout=0)
    with pytest.raises(GlotError, match="9 texts in a request with a queue of 8"):
        Limits(queue=8, texts=9)
