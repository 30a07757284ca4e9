"""Scripts that a page will ask for, told to the browser with the page itself.

Streamlit's browser side loads a chart's script when the first chart arrives: after the page, its
own scripts, the connection and the first run. Plotly's is large, and reading it took longer than
everything else. A `Link` header lets the browser fetch and read it meanwhile.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
CHART = "PlotlyChart"
# Pages whose first picture is drawn with it.
DRAWN_BY_PLOTLY = frozenset({"compare", "stress", "attributions", "benchmarks", "learn"})
IMPORTED = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')


class Preload:
    """ASGI middleware that adds the header to the pages that need it.

    Args:
        app: the application below.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        # A page below a base path of the server's ends with its name too.
        page = scope.get("path", "").rstrip("/").rpartition("/")[2]
        if scope["type"] != "http" or page not in DRAWN_BY_PLOTLY:
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                links = [(b"link", link) for link in _links(CHART)]
                message = {**message, "headers": [*message["headers"], *links]}
            await send(message)

        await self._app(scope, receive, told)


def _is_page(message: Message) -> bool:
    return message["status"] == 200 and any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in message["headers"]
    )


@lru_cache(maxsize=1)
def _links(name: str) -> tuple[bytes, ...]:
    """Values of the header: a script of Streamlit's and all that it imports.

    What the page itself names already is not told again. Nothing is told where Streamlit's files
    lie otherwise than expected: the page then loads as it would without.
    """
    index = SCRIPTS.parents[1] / "index.html"
    found = sorted(SCRIPTS.glob(f"{name}.*.js"))
    if len(found) != 1 or not index.is_file():
        return ()
    asked = [found[0].name]
    for script in asked:
        text = (SCRIPTS / script).read_text(encoding="utf-8")
        asked += [each for each in IMPORTED.findall(text) if each not in asked]
    known = index.read_text(encoding="utf-8")
    return tuple(
        f"<./static/js/{script}>; rel=modulepreload; crossorigin".encode()
        for script in asked
        if script not in known
    )
