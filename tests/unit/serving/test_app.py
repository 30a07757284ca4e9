"""Answers of a server whose work is held up, or fails."""

import numpy as np
import pytest
from fastapi.testclient import TestClient

from glot.serving.app import build_app
from tests.unit.serving.gated import batching, occupied

TEXT = {"texts": ["a b c"]}


def client(batcher):
    return TestClient(build_app(batcher), raise_server_exceptions=False)


def test_an_answer_that_takes_too_long_is_told_and_leaves_the_queue():
    with occupied(timeout=0.2) as (batcher, backbone):
        answer = client(batcher).post("/embed", json=TEXT)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "longer than 0.2 seconds" in answer.json()["given"]
        assert batcher.queued == 0
    assert backbone.rounds == [["first"]]


def test_a_full_queue_is_429_and_a_server_that_stops_503():
    with occupied(queue=2, texts=2) as (batcher, _):
        waiting = batcher.embed(["a", "b"])
        asked = client(batcher)
        for path, body in (("/embed", TEXT), ("/explain", {"text": "a"})):
            answer = asked.post(path, json=body)
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert set(answer.json()) == {"given", "accepted", "remedy"}
        assert asked.get("/health").json()["queued"] == 2
        batcher.close()
        assert asked.get("/health").json()["status"] == "stopping"
        for answer in (asked.post("/embed", json=TEXT), asked.get("/health")):
            assert answer.status_code == 503
        assert not waiting.done()


@pytest.mark.parametrize("path", ["/embed", "/explain"])
def test_what_nobody_foresaw_is_500_in_the_same_form(path, monkeypatch):
    with batching() as (batcher, backbone):
        backbone.gate.set()
        monkeypatch.setattr(backbone, "encode", lambda *_: 1 / 0)
        asked = client(batcher)
        answer = asked.post(path, json=TEXT if path == "/embed" else {"text": "a"})
        assert answer.status_code == 500
        assert answer.json()["given"].endswith("ZeroDivisionError.")
        monkeypatch.undo()
        assert asked.post("/embed", json=TEXT).status_code == 200


def test_json_holds_the_very_numbers():
    with batching(pooler="glot") as (batcher, backbone):
        backbone.gate.set()
        answer = client(batcher).post("/embed", json=TEXT).json()
        expected = batcher.embed(**TEXT).result(10).vectors
        np.testing.assert_array_equal(np.float32(answer["vectors"]), expected)
        assert (answer["tau"], answer["task"]) == (0.6, None)
