"""Who is let in, and how much they bring: before Streamlit hears of a request.

Streamlit has checks of its own behind this one. For an origin that it does not know it asks a
machine outside for this one's address; no such request gets that far here.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.headers import security_headers
from glot.operation import logs
from glot.operation.settings import Settings

UPLOADS = "/_stcore/upload_file/"
# Asked by whatever watches the server, by any address; they hold nothing of anybody's.
WATCHED = ("/health", "/_stcore/health")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Refusal:
    """Why a request is not taken.

    Attributes:
        status: of HTTP.
        told: a sentence or two for people.
    """

    status: int
    told: str


class Guard:
    """Refuses requests of strangers and uploads beyond the limits; adds headers to all answers.

    Args:
        app: what answers the others.
        settings: the operator's.
        uploaded: session id → bytes of the files that it has uploaded.
    """

    def __init__(self, app: ASGIApp, settings: Settings, uploaded: Callable[[str], int]) -> None:
        self._app = app
        self._settings = settings
        self._uploaded = uploaded
        self._coming: Counter[str] = Counter()
        self._headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = logs.new_request()
        refusal = self._stranger(scope) or self._upload_refusal(scope)
        if refusal is not None:
            logging.getLogger(__name__).warning(
                "refused: %s", refusal.told, extra={"status": refusal.status}
            )
            await self._refuse(refusal, request, scope, receive, send)
            return
        session, size = _upload(scope)
        self._coming[session] += size
        try:
            await self._app(scope, receive, self._with_headers(send, request))
        finally:
            self._coming[session] -= size
            if not self._coming[session]:
                del self._coming[session]

    def _stranger(self, scope: Scope) -> Refusal | None:
        """Whether the browser came by another name, or on another site's behalf."""
        headers = MutableHeaders(scope=scope)
        host = headers.get("host", "")
        if scope["path"] in WATCHED:
            return None
        if _name(host) not in self._settings.hosts:
            return Refusal(
                403,
                f"This server does not answer to the name {_name(host)!r}. Whoever runs it can "
                "add the name to hosts in glot.toml (docs/operations.md).",
            )
        origin = headers.get("origin")
        if origin is None or _netloc(origin) == host:
            return None
        name = _name(_netloc(origin))
        if name not in self._settings.hosts or name in LOOPBACK:
            return Refusal(403, "A page of another site may not use this server.")
        # Behind a proxy that calls the server by another name than browsers do: told apart
        # here, and one and the same to Streamlit.
        headers["host"] = _netloc(origin)
        return None

    def _upload_refusal(self, scope: Scope) -> Refusal | None:
        if UPLOADS not in scope["path"] or scope.get("method") != "PUT":
            return None
        session, size = _upload(scope)
        if size < 0:
            return Refusal(411, "An upload must say how long it is.")
        limits = self._settings
        held = self._uploaded(session) + self._coming[session]
        # The form around the file takes some bytes, too.
        if size > limits.upload_mb * MEGABYTE + MEGABYTE / 10:
            return Refusal(413, f"A file may have at most {limits.upload_mb} MB (upload_mb).")
        if held + size > limits.session_mb * MEGABYTE:
            return Refusal(
                413,
                f"The files of one session may have at most {limits.session_mb} MB together "
                "(session_mb). Remove one, or reload the page.",
            )
        return None

    async def _refuse(
        self, refusal: Refusal, request: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":
            # Not accepted yet: the browser hears 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = PlainTextResponse(f"{refusal.told} Request {request}.", refusal.status)
        await answer(scope, receive, self._with_headers(send, request))

    def _with_headers(self, send: Send, request: str) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [*self._headers, (b"x-request-id", request.encode())]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        return sent


def _upload(scope: Scope) -> tuple[str, int]:
    """Session and size of an upload; no bytes for all else, −1 where it does not say."""
    if UPLOADS not in scope["path"] or scope.get("method") != "PUT":
        return "", 0
    session = scope["path"].partition(UPLOADS)[2].partition("/")[0]
    length = MutableHeaders(scope=scope).get("content-length", "")
    good = length.isascii() and length.isdigit() and len(length) < 19
    return session, int(length) if good else -1


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _name(netloc: str) -> str:
    """The name without port and brackets, in small letters; empty where it is none."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""
