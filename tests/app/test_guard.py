"""Who is let in and how much they bring: the guard before a stand-in that notes who got past it."""

import asyncio

import pytest

from app.web.guard import Guard
from glot.operation.settings import Settings

SETTINGS = Settings(hosts=("localhost", "::1", "glot.example.org"), upload_mb=2, session_mb=5)
UPLOAD = "/_stcore/upload_file/mine/file-1"


class Behind:
    """What answers those who are let in.

    Attributes:
        seen: the Host header of each.
    """

    def __init__(self):
        self.seen = []

    async def __call__(self, scope, receive, send):
        self.seen.append(dict(scope["headers"]).get(b"host", b"").decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})


def ask(path="/", method="GET", kind="http", held=0, **headers):
    """Status, headers and body of the answer; the Host as Streamlit would see it, or None."""
    behind, sent = Behind(), []

    async def send(message):
        sent.append(message)

    given = {"host": "localhost:8501"} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": kind,
        "path": path,
        "method": method,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
    }
    guard = Guard(behind, SETTINGS, lambda session: held if session == "mine" else 0)
    asyncio.run(guard(scope, None, send))
    if sent[0]["type"] == "websocket.close":
        return 403, {}, b"", None
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    seen = behind.seen[0] if behind.seen else None
    return sent[0]["status"], named, sent[1]["body"], seen


@pytest.mark.parametrize(
    "host",
    ["localhost:8501", "LOCALHOST", "localhost.", "[::1]:8501", "glot.example.org"],
)
def test_readers_by_a_known_name_are_let_in(host):
    assert ask(host=host)[3] == host


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1", "", "a@localhost@b", "[::1", "x\xff"],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_names_are_refused(host, kind):
    # A name of a stranger's that leads to this machine: its pages would be this server's.
    status, _, body, seen = ask(host=host, kind=kind)
    assert (status, seen) == (403, None)
    assert kind == "websocket" or b"hosts in glot.toml" in body


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("origin", "host", "seen"),
    [
        ("http://localhost:8501", "localhost:8501", "localhost:8501"),
        ("https://glot.example.org", "glot.example.org", "glot.example.org"),
        # Behind a proxy that calls the server by another name.
        ("https://glot.example.org", "localhost:8501", "glot.example.org"),
        ("http://localhost:3000", "localhost:8501", None),
        ("http://evil.example", "localhost:8501", None),
        ("https://glot.example.org.evil.example", "localhost:8501", None),
        ("null", "localhost:8501", None),
        ("http://[", "localhost:8501", None),
    ],
)
def test_pages_of_other_sites_are_refused(kind, origin, host, seen):
    status, *_, got = ask(host=host, origin=origin, kind=kind)
    assert got == seen
    assert status == (200 if seen else 403)


def test_whoever_watches_the_server_may_call_it_by_any_name():
    assert ask("/health", host="10.0.0.7:8501")[0] == 200
    assert ask("/healthy", host="10.0.0.7:8501")[0] == 403


@pytest.mark.parametrize(
    ("length", "held", "status"),
    [
        ("1000000", 0, 200),
        ("2000000", 0, 200),
        ("2200000", 0, 413),
        ("2000000", 3_000_000, 200),
        ("2000000", 3_000_001, 413),
        ("-1", 0, 411),
        ("9" * 30, 0, 411),
        ("", 0, 411),
    ],
)
def test_uploads_are_limited_by_file_and_by_session(length, held, status):
    assert ask(UPLOAD, "PUT", held=held, content_length=length)[0] == status
    assert ask(UPLOAD.replace("mine", "other"), "PUT", held=held, content_length="1")[0] == 200


def test_uploads_that_come_at_once_are_counted_together():
    going, over = asyncio.Event(), asyncio.Event()

    async def slow(scope, receive, send):
        going.set()
        await over.wait()

    statuses = []

    async def send(message):
        statuses.append(message.get("status"))

    scope = {
        "type": "http",
        "path": UPLOAD,
        "method": "PUT",
        "headers": [(b"host", b"localhost"), (b"content-length", b"2000000")],
    }

    async def both():
        guard = Guard(slow, SETTINGS, lambda _: 2_000_000)
        first = asyncio.create_task(guard(dict(scope), None, send))
        await going.wait()
        await guard(dict(scope), None, send)
        refused = list(statuses)
        over.set()
        await first
        await guard(dict(scope), None, send)
        return refused, statuses

    refused, after = asyncio.run(both())
    assert refused[0] == 413
    # The first one is over: there is room again.
    assert after == refused


def test_every_answer_has_the_headers_and_the_requests_id():
    for status, headers, *_ in (ask(), ask(host="evil.example"), ask("/health")):
        assert status in (200, 403)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert len(headers["x-request-id"]) == 8
        rules = dict(
            rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
        )
        assert rules["default-src"] == "'self'"
        assert "unsafe" not in rules["script-src"]
        assert "http" not in headers["content-security-policy"]
    assert ask()[1]["x-request-id"] != ask()[1]["x-request-id"]
