"""The dashboard in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from glot.paths import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(script: str | None = None, **environment: str) -> Iterator[str]:
    """Start the dashboard, or another Streamlit script, on a free port; stop it at the end.

    Gives the address.
    """
    with started(script, **environment) as (address, _):
        yield address


@contextmanager
def started(
    script: str | None = None, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """As `running`, for who looks at the process too: gives both."""
    port = str(free_port())
    ours = ["glot.cli", "app", "--port", port]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            *(["streamlit", "run", script, "--server.port", port] if script else ours),
        ],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        wait(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def stop_in_order() -> None:
    """Let a program that is told to end stop its servers first."""

    def end(*_: object) -> None:
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, end)


def wait(address: str, process: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    """Until the dashboard answers HTTP 200.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the dashboard did not answer at {address}")
