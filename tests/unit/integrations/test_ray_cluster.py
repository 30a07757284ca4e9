"""How a cluster is parted among workers, and addresses where there is none."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from glot.errors import GlotError
from glot.integrations.ray_cluster import (
    PREFACE,
    Node,
    Share,
    connected,
    running_cluster,
    share_of,
)

HEAD = Node(0, 0)


@pytest.mark.parametrize(
    ("nodes", "device", "cores", "share"),
    [
        ([HEAD, Node(1, 0), Node(1, 0)], "auto", 0, Share(1, 0, 2)),
        ([HEAD, Node(16, 0), Node(6, 0)], "auto", 0, Share(6, 0, 3)),
        ([Node(64, 0)] * 2, "cpu", 0, Share(8, 0, 16)),
        ([Node(64, 0), Node(3, 0)], "cpu", 4, Share(4, 0, 16)),
        # With GPUs, machines without one are left alone.
        ([Node(8, 0), Node(32, 8), Node(32, 8)], "auto", 0, Share(4, 1, 16)),
        ([Node(8, 8)], "cuda", 0, Share(1, 1, 8)),
        ([Node(32, 8)], "auto", 8, Share(8, 1, 4)),
        ([Node(32, 8)], "cpu", 0, Share(8, 0, 4)),
    ],
)
def test_shares(nodes, device, cores, share):
    assert share_of(nodes, device, cores) == share


@pytest.mark.parametrize(
    ("nodes", "device", "cores", "word"),
    [
        ([Node(4, 0)], "cuda", 0, "no machine of the cluster has a GPU"),
        ([Node(4, 0), Node(2, 0)], "auto", 5, "at most 4"),
        ([HEAD], "auto", 1, "none of whose machines offers a core"),
        ([Node(4, 2), Node(16, 0)], "auto", 8, "at most 4"),
    ],
)
def test_what_does_not_fit_is_told(nodes, device, cores, word):
    with pytest.raises(GlotError, match=word):
        share_of(nodes, device, cores)


def refused(address):
    pytest.importorskip("ray", reason="needs the extra ray")
    with pytest.raises(GlotError) as told, connected(address):
        pass
    assert "HOST:PORT" in told.value.accepted
    return str(told.value)


@pytest.mark.parametrize("address", ["nowhere", "ray://head:10001", ":6379", "head:port", "a:b/c"])
def test_what_is_no_address_is_told(address):
    assert f"--ray {address}." in refused(address)


def test_an_address_where_nothing_listens_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert f"No Ray cluster at 127.0.0.1:{port}" in refused(f"127.0.0.1:{port}")
    assert "No Ray cluster at no.such.host.invalid:6379" in refused("no.such.host.invalid:6379")


def test_another_server_is_not_taken_for_a_cluster():
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        told = refused(f"127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert "not the head of a Ray cluster" in told


@pytest.fixture
def head():
    """Answers one caller as a gRPC server does, once it has heard what such callers say first."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            line, _ = server.accept()
            with line:
                if line.recv(len(PREFACE)) == PREFACE:
                    line.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_auto_is_the_cluster_that_ray_noted_if_it_still_answers(head, tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert running_cluster() == ""
    note = tmp_path / "ray" / "ray_current_cluster"
    note.parent.mkdir()
    note.write_text(head + "\n")
    assert running_cluster() == head
    # As after a cluster that was killed, not stopped.
    note.write_text("127.0.0.1:1")
    assert running_cluster() == ""


def test_an_address_of_the_environment_must_answer(head, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", head)
    assert running_cluster() == head
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(GlotError, match=r"No Ray cluster at 127\.0\.0\.1:1"):
        running_cluster()
