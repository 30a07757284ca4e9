"""Errors as JSON objects `{given, accepted, remedy}`, whoever raises them."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from glot.errors import GlotError
from glot.serving.limits import TOO_LARGE, UNAVAILABLE, RefusedError

PATHS = "POST /embed, POST /explain, GET /health, GET /openapi.json"
SHOWN = 80


class BodyLimit:
    """Refuses long requests by what they say of their length, before anything is read of them.

    Args:
        app: what answers the others.
        most: bytes.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0" if scope["method"] == "GET" else b"")
        if b"transfer-encoding" in headers or not length.isdigit():
            return problem(
                411,
                "A request that does not say how long it is.",
                "Accepted: a header Content-Length, and no Transfer-Encoding.",
            )
        if int(length) > self._most:
            return problem(
                TOO_LARGE,
                f"A request of {int(length):,} bytes.",
                f"Accepted: at most {self._most:,}.",
                "Send the texts in several requests.",
            )
        return None


def problem(
    status: int, given: str, accepted: str, remedy: str = "", retry_after: int | None = None
) -> Response:
    """An error as an answer."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status == UNAVAILABLE:
        headers["Connection"] = "close"
    # In ASCII: what was given may be no valid Unicode.
    body = json.dumps({"given": given, "accepted": accepted, "remedy": remedy})
    return Response(body, status, headers, media_type="application/json")


def add_handlers(app: FastAPI) -> None:
    """Tell all errors of an application in one form."""
    app.add_exception_handler(GlotError, _glot_error)
    app.add_exception_handler(RequestValidationError, _not_accepted)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


async def _glot_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, GlotError)
    status, retry = 422, None
    if isinstance(error, RefusedError):
        status, retry = error.status, error.retry_after
    return problem(status, error.given, error.accepted, error.remedy, retry)


async def _not_accepted(request: Request, error: Exception) -> Response:
    """What pydantic says of the first thing that is wrong."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    remedy = "GET /openapi.json describes the request."
    if first["type"] == "json_invalid":
        return problem(
            400,
            f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}.",
            "Accepted: one JSON object.",
            remedy,
        )
    if isinstance(first["input"], bytes):
        given = request.headers.get("content-type", "none")
        return problem(415, f"Content-Type {given}.", "Accepted: application/json.", remedy)
    where = ".".join(str(part) for part in first["loc"][1:]) or "The body"
    given = " ".join(ascii(first["input"]).split())
    shown = given if len(given) <= SHOWN else given[:SHOWN] + " …"
    wrong = "is not there" if first["type"] == "missing" else f"is {shown}"
    return problem(422, f"{where} {wrong}.", f"{first['msg']}.", remedy)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        given = f"{request.method} {request.url.path}."
        return problem(error.status_code, given, f"Accepted: {PATHS}.")
    return problem(error.status_code, f"{error.detail}.", f"Accepted: {PATHS}.")


async def _unexpected(_: Request, error: Exception) -> Response:
    """What nobody foresaw: the client hears that much; uvicorn logs all of it."""
    return problem(
        500,
        f"The request could not be computed: {type(error).__name__}.",
        "Accepted: as GET /openapi.json says.",
        "The server's log has the reason.",
    )
