"""The dashboard in a process of its own, as an operator runs it, and requests to it."""

import http.client
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glot.paths import ROOT
from tests.browser.server import free_port, wait


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard.

    Attributes:
        process: it.
        port: where it listens.
        errors: what it writes to stderr.
    """

    process: subprocess.Popen
    port: int
    errors: Path

    def ask(self, path, method="GET", body=None, **headers):
        """Status, headers in small letters, and body of an answer."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()
        finally:
            connection.close()

    def lines(self):
        return self.errors.read_text(encoding="utf-8").splitlines()


@contextmanager
def dashboard(folder, **environment):
    """`glot app` on a free port, ready; killed at the end if it still runs."""
    port = free_port()
    errors = folder / "stderr"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "glot.cli", "app", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
    try:
        wait(f"http://localhost:{port}/health", process)
        yield Dashboard(process, port, errors)
    finally:
        process.kill()
        process.wait()
