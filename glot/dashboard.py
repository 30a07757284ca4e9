"""Start the dashboard."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec

from glot.errors import GlotError
from glot.extras import need
from glot.operation.read import config_path, settings
from glot.operation.settings import Settings
from glot.paths import ROOT

FIRST_PORT = 8501
TRIES = 50


def start_dashboard(port: int | None) -> None:
    """Replace this process by the dashboard's server.

    Args:
        port: the port; None takes 8501 or the next free one.

    Raises:
        GlotError: the port is taken, Streamlit or the app is not here, or the configuration is
            wrong.
    """
    page = ROOT / "app" / "server.py"
    if find_spec("streamlit") is None or not page.is_file():
        raise GlotError(
            "The dashboard is not installed.",
            "Accepted: a checkout of the project with requirements.txt installed.",
            "Run: pip install -r requirements.txt",
        )
    given = settings()
    if given.login:
        check_login()
    if (path := config_path()) is not None:
        # Told as it was found from here; the working folder changes.
        os.environ["GLOT_CONFIG"] = str(path.absolute())
    chosen = port or next((p for p in range(FIRST_PORT, FIRST_PORT + TRIES) if _is_free(p)), None)
    if chosen is None or not _is_free(chosen):
        raise GlotError(
            f"Port {port or FIRST_PORT} is taken.",
            "Accepted: a free port from 1 to 65535.",
            "Stop the other program, or choose another: make app PORT=8600.",
        )
    # Streamlit looks for its settings in the working folder.
    os.chdir(ROOT)
    print(f"Starting GLOT Explorer at http://{given.hosts[0]}:{chosen}", flush=True)
    options = [f"--{name}={value}" for name, value in _options(given, chosen).items()]
    command = [sys.executable, "-m", "streamlit", "run", str(page), *options]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed command


def check_login() -> None:
    """Check that readers can log in.

    Raises:
        GlotError: the package is not installed, or no provider is named.
    """
    for package in ("authlib", "httpx"):
        need(package, "Streamlit logs readers in with it (login = true).")
    file = ROOT / ".streamlit" / "secrets.toml"
    if not file.is_file():
        raise GlotError(
            f"login is true, and there is no {file}.",
            "Accepted: that file, with an [auth] section.",
            "docs/operations.md shows one; or set login = false.",
        )


def _options(given: Settings, port: int) -> dict[str, str]:
    """Streamlit's options that follow from ours; `.streamlit/config.toml` has the rest."""
    return {
        "server.port": str(port),
        "server.address": given.address,
        "browser.serverAddress": given.hosts[0],
        # In units of 2^20 there; the page's own check is exact.
        "server.maxUploadSize": str(-(-given.upload_mb * 1_000_000 // 2**20)),
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError:
            return False
    return True
