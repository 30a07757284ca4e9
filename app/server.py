"""The dashboard as an ASGI application: Streamlit, guarded, with the first page rehearsed.

`glot app` runs it; `streamlit run app/main.py` shows the same pages without rehearsal and guard.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from app.components.page import tell_unforeseen
from app.services import explain, jobs
from app.web.guard import Guard
from app.web.health import Health
from app.web.uploads import uploaded_bytes
from glot.errors import GlotError
from glot.memory import keep_freed_memory, spare_the_collector
from glot.operation import logs
from glot.operation.read import settings

try:
    _settings = settings()
except GlotError as error:
    # `glot app` has told it before; whoever starts Streamlit hears it here.
    sys.exit(f"glot: {error}")
_health = Health()


@asynccontextmanager
async def _rehearsed(_: st.App) -> AsyncIterator[None]:
    logs.begin(_settings)
    keep_freed_memory()
    explain.rehearse()
    spare_the_collector()
    _health.status = "ready"
    yield
    _health.status = "stopping"
    jobs.end()


app = st.App(
    "main.py",
    lifespan=_rehearsed,
    routes=[Route("/health", _health.answer)],
    middleware=[Middleware(Guard, settings=_settings, uploaded=uploaded_bytes)],
    on_script_error=tell_unforeseen,
)
