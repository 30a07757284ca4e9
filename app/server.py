"""The dashboard as an ASGI application: Streamlit, with the first page rehearsed.

`glot app` runs it; `streamlit run app/main.py` shows the same pages without the rehearsal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from app.services import explain, jobs
from glot.memory import keep_freed_memory, spare_the_collector


@asynccontextmanager
async def _rehearsed(_: st.App) -> AsyncIterator[None]:
    keep_freed_memory()
    explain.rehearse()
    spare_the_collector()
    yield
    jobs.end()


app = st.App("main.py", lifespan=_rehearsed)
