"""A notebook in the browser: anywidget's own front end between a real widget and a page.

Only what anywidget itself asks of Jupyter is a stand-in: `notebook.html`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import anywidget
from playwright.sync_api import Locator, Page

from glot.live.widget import TokenGraphWidget
from tests.browser.explore import ExplorePage

PAGE = Path(__file__).with_name("notebook.html")
ANYWIDGET = Path(anywidget.__file__).with_name("nbextension") / "index.js"


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server that has the page and anywidget's script."""
    files = {"/": ("text/html", PAGE), "/anywidget.js": ("text/javascript", ANYWIDGET)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, path = files.get(self.path, ("", None))
            self.send_response(200 if path else 204)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            if path:
                self.wfile.write(path.read_bytes())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class NotebookPage(ExplorePage):
    """A page that shows a widget; what both sides say passes through `tests.unit.live.wire`.

    Attributes:
        told: what the browser has told the kernel.
    """

    def __init__(self, page: Page, address: str, widget: TokenGraphWidget) -> None:
        super().__init__(page, address)
        self.widget = widget
        self.told: list[dict[str, Any]] = []
        self._delivered = 0
        page.expose_function("toKernel", self._heard)

    def open(self, query: str = "") -> NotebookPage:
        super().open(query)
        _, data, buffers = self.widget.comm.sent[0]
        self._delivered = 1
        packed = [
            {"path": path, "data": base64.b64encode(buffer).decode()}
            for path, buffer in zip(data["buffer_paths"], buffers, strict=True)
        ]
        self.page.evaluate(
            "([state, buffers]) => notebook.open(state, buffers)", [data["state"], packed]
        )
        return self.show_view()

    def show_view(self) -> NotebookPage:
        """The cell shows the widget, once more if it does already."""
        self.page.evaluate("() => notebook.show()")
        return self.ready()

    def ready(self) -> NotebookPage:
        self.component().locator("xpath=self::*[@data-view]").wait_for()
        self.idle()
        return self

    def component(self) -> Locator:
        return self.page.locator(".glot").last

    def idle(self) -> None:
        """What was done has been drawn, and what the browser says of it was heard."""
        self.painted()

    def deliver(self) -> None:
        """What Python has told since then arrives."""
        for _, data, _ in self.widget.comm.sent[self._delivered :]:
            self.page.evaluate("state => notebook.model.hear(state)", data["state"])
        self._delivered = len(self.widget.comm.sent)
        self.painted()

    def commands(self) -> int:
        """Keys that reached the notebook."""
        return int(self.page.evaluate("() => notebook.commands"))

    def _heard(self, state: dict[str, Any]) -> None:
        self.told.append(state)
        self.widget.comm.hear(**state)
