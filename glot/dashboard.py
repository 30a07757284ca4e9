"""Start the dashboard."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec

from glot.errors import GlotError
from glot.paths import ROOT

FIRST_PORT = 8501
TRIES = 50


def start_dashboard(port: int | None) -> None:
    """Replace this process by the dashboard's server.

    Args:
        port: the port; None takes 8501 or the next free one.

    Raises:
        GlotError: the port is taken, or Streamlit or the app is not here.
    """
    page = ROOT / "app" / "server.py"
    if find_spec("streamlit") is None or not page.is_file():
        raise GlotError(
            "The dashboard is not installed.",
            "Accepted: a checkout of the project with requirements.txt installed.",
            "Run: pip install -r requirements.txt",
        )
    chosen = port or next((p for p in range(FIRST_PORT, FIRST_PORT + TRIES) if _is_free(p)), None)
    if chosen is None or not _is_free(chosen):
        raise GlotError(
            f"Port {port or FIRST_PORT} is taken.",
            "Accepted: a free port from 1 to 65535.",
            "Stop the other program, or choose another: make app PORT=8600.",
        )
    # Streamlit looks for its settings in the working folder.
    os.chdir(ROOT)
    print(f"Starting GLOT Explorer at http://localhost:{chosen}", flush=True)
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(chosen)]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed command


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError:
            return False
    return True
