"""A busy server: it refuses what is too much, forgets who has gone, and ends in order."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.serving.process import serving

# One request fills the queue, and takes a second or more on the larger backbone.
LONG = {"texts": [f"{i} " + "word " * 500 for i in range(32)]}
SHORT = {"texts": ["A text."]}


@pytest.fixture
def server():
    # Time enough to answer what was taken on a machine that is busy with other work, too.
    limits = ("--queue", "32", "--max-texts", "32", "--grace", "120")
    with serving("--backbone", "smollm2", *limits) as running:
        yield running


def fill(server, pool):
    """One request is being computed, a second one fills the queue."""
    first = pool.submit(server.ask, "/embed", LONG)
    server.until(lambda health: health["queued"] == 0 and first.running())
    time.sleep(0.2)
    second = pool.submit(server.ask, "/embed", LONG)
    server.until(lambda health: health["queued"] == 32)
    return first, second


def test_a_full_queue_is_told_and_stopping_answers_what_was_taken(server):
    with ThreadPoolExecutor(4) as pool:
        taken = fill(server, pool)
        refused = server.ask("/embed", SHORT)
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert "while 32 wait" in refused.json["given"]
        server.process.send_signal(signal.SIGTERM)
        server.until(lambda health: health["status"] == "stopping")
        for path, body in (("/embed", SHORT), ("/explain", {"text": "A text."}), ("/health", None)):
            assert server.ask(path, body).status == 503
        for each in taken:
            answer = each.result(60)
            assert answer.status == 200
            assert len(answer.json["vectors"]) == 32
    assert server.process.wait(timeout=30) == 0
    assert server.process.stderr.read() == ""
    with pytest.raises(ConnectionRefusedError):
        server.health()


def test_who_has_gone_leaves_the_queue_and_a_second_signal_ends_it(server):
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(server.ask, "/embed", LONG)
        time.sleep(0.3)
        body = json.dumps(LONG).encode()
        with socket.create_connection(("127.0.0.1", server.port)) as impatient:
            head = "POST /embed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            impatient.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            server.until(lambda health: health["queued"] == 32)
        server.until(lambda health: health["queued"] == 0)
        # Not because it was computed: the first one still is.
        assert not first.done()
        second = pool.submit(server.ask, "/embed", LONG)
        server.until(lambda health: health["queued"] == 32)
        server.process.send_signal(signal.SIGINT)
        server.until(lambda health: health["status"] == "stopping")
        server.process.send_signal(signal.SIGINT)
        for each in (first, second):
            answer = each.result(30)
            assert answer.status == 503
            assert "being stopped" in answer.json["given"]
    assert server.process.wait(timeout=30) == 0
