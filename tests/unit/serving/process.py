"""A real `glot serve` in a process of its own, and requests to it."""

import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

from glot.paths import ROOT


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen
    port: int

    def ask(self, path, body=None, **headers):
        """A GET, or a POST of a body: what JSON is made of, or bytes as they are."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            given = {"Content-Type": "application/json"} if body is not None else {}
            sent = given | {key.replace("_", "-"): value for key, value in headers.items()}
            connection.request("GET" if body is None else "POST", path, body, sent)
            answer = connection.getresponse()
            named = {key.lower(): value for key, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()

    def health(self):
        return self.ask("/health").json

    def until(self, true, seconds=30):
        """Wait until something is true of /health."""
        end = time.monotonic() + seconds
        while not true(self.health()):
            assert time.monotonic() < end, self.health()
            time.sleep(0.02)

    def stop(self):
        """Ask it to stop, and wait: its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)


@contextmanager
def serving(*arguments, **environment):
    """`glot serve` on a free port, ready; killed at the end if it still runs."""
    command = [sys.executable, "-m", "glot.cli", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = process.stdout.readline()
        assert told.startswith("Serving "), process.stderr.read()
        yield Server(process, int(told.rsplit(":", 1)[1]))
    finally:
        process.kill()
        process.wait()
