"""`/health`: whether the dashboard takes work, and what it is busy with.

Streamlit's own `/_stcore/health` tells that its server runs; this one, what stands behind it. It
names no text, no reader and no path.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from typing import Any

import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse

from app.services import jobs
from glot import __version__
from glot.errors import GlotError
from glot.operation.places import check_writable
from glot.paths import cache_folder

# Bytes below which a training run may not end well.
ROOM = 500_000_000


@dataclass
class Health:
    """Where the server stands.

    Attributes:
        status: `starting`, `ready` or `stopping`.
        began: when, by the clock that is never set back.
    """

    status: str = "starting"
    began: float = field(default_factory=time.monotonic)

    def answer(self, _: Request) -> JSONResponse:
        """The answer to `GET /health`: 200 where work is taken, else 503."""
        told = self.told()
        return JSONResponse(told, 200 if self.status == "ready" else 503)

    def told(self) -> dict[str, Any]:
        """All that is known, as plain values."""
        waiting, running = jobs.counts()
        return {
            "status": self.status,
            "version": __version__,
            "uptime_s": round(time.monotonic() - self.began, 1),
            "jobs": {"waiting": waiting, "running": running},
            "memory_mb": round(psutil.Process().memory_info().rss / 1e6),
            "problems": problems(),
        }


def problems() -> list[str]:
    """What keeps the server from doing all that it can, in words; empty if nothing does."""
    found = []
    folder = cache_folder()
    try:
        check_writable(folder)
    except GlotError:
        found.append("The cache folder cannot be written: no training, no unpacked models.")
        return found
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        found.append(f"{free / 1e6:,.0f} MB are free where the cache folder lies.")
    return found
