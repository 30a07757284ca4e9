"""The HTTP side: paths, statuses, JSON; everything else is the batcher's."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
from fastapi import FastAPI, Request, Response
from pydantic_core import to_json

from glot import __version__
from glot.serving.batcher import Batcher
from glot.serving.jobs import Embedded
from glot.serving.limits import UNAVAILABLE, RefusedError
from glot.serving.problems import BodyLimit, add_handlers
from glot.serving.schema import (
    EmbedAnswer,
    EmbedRequest,
    ExplainAnswer,
    ExplainRequest,
    Health,
    Problem,
)

T = TypeVar("T")

DESCRIPTION = (
    "Sentence vectors and token weights of GLOT heads on a frozen language model. "
    "Errors are JSON objects with `given`, `accepted` and `remedy`."
)
NPY = "application/x-npy"
# How often it is looked whether a client still waits, in seconds.
LOOK = 1.0
# What nobody reads: the client has closed its connection.
GONE = 499
STATUSES = {
    400: "The body is not JSON.",
    411: "The request does not say how long it is.",
    413: "More texts, longer texts or more bytes than are accepted.",
    415: "The body is not said to be JSON.",
    422: "The request is not what is accepted.",
    429: "The queue is full; Retry-After says when to ask again.",
    503: "The server is being stopped, or the answer took too long.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": told} for status, told in STATUSES.items()
}
BINARY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Vectors; as a NumPy file of float32 (N, D) where Accept asks for it.",
        "content": {NPY: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def build_app(batcher: Batcher) -> FastAPI:
    """The application of `glot serve`.

    It serves no page of documentation: the usual ones fetch their scripts from other machines.
    `/openapi.json` is what such pages, and generators of clients, read.

    Args:
        batcher: answers the requests.
    """
    app = FastAPI(
        title="GLOT",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    add_handlers(app)
    app.add_middleware(BodyLimit, most=batcher.limits.body)

    @app.post("/embed", response_model=EmbedAnswer, responses={**PROBLEMS, **BINARY})
    async def embed(asked: EmbedRequest, request: Request) -> Response:
        """Sentence vectors of texts."""
        future = batcher.embed(asked.texts, asked.tau)
        found = await _answer(future, request, batcher.limits.timeout)
        if NPY in request.headers.get("accept", ""):
            return _as_npy(found)
        return _json(_embedded(batcher, found, asked.tau))

    @app.post("/explain", response_model=ExplainAnswer, responses=PROBLEMS)
    async def explain(asked: ExplainRequest, request: Request) -> Response:
        """Token graph, token weights and predictions of one text."""
        future = batcher.explain(asked.text, asked.tau, asked.max_tokens)
        return _json(await _answer(future, request, batcher.limits.timeout))

    @app.get("/health", response_model=Health, responses={503: {"model": Health}})
    async def health() -> Response:
        """Whether requests are taken, of what, and how many texts wait."""
        return _json(_health(batcher), UNAVAILABLE if batcher.closing else 200)

    return app


async def _answer(future: Future[T], request: Request, timeout: float) -> T:
    """The future's result; what nobody waits for any more leaves the queue.

    Raises:
        RefusedError: it took too long, or the client has closed its connection.
    """
    waiting = asyncio.wrap_future(future)
    try:
        async with asyncio.timeout(timeout):
            while not (await asyncio.wait([waiting], timeout=LOOK))[0]:
                if await request.is_disconnected():
                    raise RefusedError(GONE, "Nobody waits for the answer.", "A client that waits.")
            return await waiting
    except TimeoutError as error:
        raise RefusedError(
            UNAVAILABLE,
            f"The answer took longer than {timeout:g} seconds.",
            "Accepted: what can be computed in that time.",
            "Send fewer or shorter texts, or ask again when less is asked of the server.",
            retry_after=max(1, round(timeout)),
        ) from error
    finally:
        waiting.cancel()


def _embedded(batcher: Batcher, found: Embedded, tau: float | None) -> dict[str, Any]:
    pooler = batcher.model.pooler
    return {
        **batcher.model.described(),
        "tau": (pooler.config.tau if tau is None else tau) if pooler.uses_graph else None,
        "width": pooler.out_width,
        "vectors": found.vectors.tolist(),
        "n_cut": found.n_cut,
    }


def _as_npy(found: Embedded) -> Response:
    """(N, D) float32 in NumPy's own format; how many texts were cut stands in a header."""
    file = io.BytesIO()
    np.save(file, found.vectors, allow_pickle=False)
    cut = sum(n > 0 for n in found.n_cut)
    return Response(file.getvalue(), media_type=NPY, headers={"Glot-Texts-Cut": str(cut)})


def _health(batcher: Batcher) -> dict[str, Any]:
    model = batcher.model
    return {
        "status": "stopping" if batcher.closing else "ready",
        "version": __version__,
        **model.described(),
        "fingerprint": model.backbone.fingerprint,
        "device": str(model.backbone.device),
        "dtype": str(model.backbone.dtype).removeprefix("torch."),
        "explained": model.task,
        "width": model.pooler.out_width,
        "queued": batcher.queued,
        "limits": asdict(batcher.limits),
    }


def _json(value: Any, status: int = 200) -> Response:
    # Ten times as fast as the standard library's for numbers, of which an answer is made.
    return Response(to_json(value), status, media_type="application/json")
