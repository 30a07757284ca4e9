"""A real dashboard: what it refuses, what it logs, what /health says, and how it ends."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from glot.paths import ROOT
from tests.app.dashboard import dashboard

UPLOAD = "/_stcore/upload_file/nobody/file"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    with dashboard(
        folder, GLOT_LOG_FORMAT="json", GLOT_UPLOAD_MB="1", GLOT_CACHE=str(folder / "cache")
    ) as running:
        yield running


def test_health_tells_what_stands_behind_it(server):
    status, _, body = server.ask("/health")
    told = json.loads(body)
    assert status == 200
    assert told["status"] == "ready"
    assert told["jobs"] == {"waiting": 0, "running": 0}
    assert told["memory_mb"] > 10
    assert str(ROOT) not in body.decode()
    assert server.ask("/_stcore/health")[::2] == (200, b"ok")


@pytest.mark.parametrize("path", ["/", "/explore", "/_stcore/host-config", "/static/nothing.js"])
def test_every_answer_has_the_headers(server, path):
    _, headers, _ = server.ask(path)
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_uploads_need_the_token_and_are_limited(server):
    assert server.ask(UPLOAD, "PUT", b"x")[0] == 403
    assert (
        server.ask(UPLOAD, "PUT", b"x", X_Xsrftoken="guessed", Cookie="_streamlit_xsrf=a")[0] == 403
    )
    status, _, body = server.ask(UPLOAD, "PUT", b"x" * 1_200_000)
    assert (status, b"at most 1 MB" in body) == (413, True)


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fconfig.toml",
        "/media/../requirements.txt", "/_stcore/component/x/..%2f..%2fmain.py",
        "/app/static/main.py", "/.streamlit/config.toml", "/static//etc/passwd",
    ],
)  # fmt: skip
def test_no_file_of_the_server_is_served_by_a_path(server, path):
    _, _, body = server.ask(path)
    # At most Streamlit's own page, which stands for every path that is none.
    for secret in (b"root:", b"gatherUsageStats", b"streamlit==", b"navigation.run"):
        assert secret not in body


def test_a_websocket_from_another_site_is_refused_and_ones_own_is_not(server):
    address = f"ws://localhost:{server.port}/_stcore/stream"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin="http://evil.example", subprotocols=["streamlit"])
    assert refused.value.response.status_code == 403
    with connect(
        address, origin=f"http://localhost:{server.port}", subprotocols=["streamlit"]
    ) as session:
        assert session.subprotocol == "streamlit"


def test_logs_are_json_lines_with_the_request_that_the_reader_was_told(server):
    status, headers, body = server.ask("/", Host="evil.example")
    assert status == 403
    request = headers["x-request-id"]
    assert f"Request {request}." in body.decode()
    told = [json.loads(line) for line in server.lines()]
    (line,) = [each for each in told if each["request"] == request]
    assert (line["level"], line["status"]) == ("warning", 403)


def test_it_ends_in_order_with_a_reader_there(tmp_path):
    with dashboard(tmp_path, GLOT_CACHE=str(tmp_path / "cache")) as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        address = f"ws://localhost:{running.port}/_stcore/stream"
        with connect(address, subprotocols=["streamlit"]):
            os.kill(running.process.pid, signal.SIGTERM)
            status = running.process.wait(timeout=120)
        assert status in (0, -signal.SIGTERM)
        assert not any(child.is_running() for child in children)
        assert "Traceback" not in "\n".join(running.lines())


def test_a_wrong_configuration_is_told_before_anything_starts(tmp_path):
    (tmp_path / "mine.toml").write_text('upload_mb = 0\nlog_level = "loud"\n')
    done = subprocess.run(
        [sys.executable, "-m", "glot.cli", "app"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "GLOT_CONFIG": str(tmp_path / "mine.toml")},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert "2 things are wrong with the configuration" in done.stderr
    assert "upload_mb is 0" in done.stderr
    assert "log_level is 'loud'" in done.stderr
    assert "Traceback" not in done.stderr


def test_login_without_a_provider_is_told(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "glot.cli", "app"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "GLOT_LOGIN": "true"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "log" in done.stderr
    assert "Traceback" not in done.stderr
