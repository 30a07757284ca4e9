"""What every page has: messages, charts in the page's colours, and the progress of long work."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.services.figures import kept_figure, painted
from app.services.jobs import Job
from glot.errors import GlotError
from glot.operation import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

# Seconds between two looks at a job.
LOOK = 0.5


def plain(text: str) -> str:
    """Text that Streamlit shows as it is: none of it is read as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:" else c for c in text)


def small(text: str) -> None:
    """Markdown in small print, in the text's own colour: Streamlit's captions are too faint.

    Args:
        text: without square brackets that are not escaped.
    """
    st.markdown(f":small[{text}]")


def tell(error: Exception, request: str = "") -> None:
    """An error in words, in place of what could not be shown, and in the log where it arose.

    The log has the request's id, which the page shows, and none of the words: readers' texts
    stand in them.

    Args:
        error: what went wrong.
        request: the request that it went wrong in; empty: this one.
    """
    request = request or logs.request_id()
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
    logging.getLogger(__name__).info(
        "an error was shown",
        extra={"kind": type(error).__name__, "where": where, "shown_for": request},
    )
    st.error(f"{plain(str(error))} :small[Request {request}]", icon=":material/error:")


def tell_unforeseen(error: Exception) -> bool:
    """What nobody foresaw, in place of the rest of the page; Streamlit has logged all of it.

    Returns:
        True: nothing more is to be shown of it.
    """
    if isinstance(error, GlotError):
        tell(error)
        return True
    st.error(
        f"This page could not be drawn: {type(error).__name__}. Reload it, or go back to what "
        f"you did before. The server's log has the reason, under request {logs.request_id()}.",
        icon=":material/error:",
    )
    return True


def tell_links(problems: list[str]) -> None:
    """What a link asked for and the page could not do."""
    for problem in problems:
        st.warning(plain(problem), icon=":material/link_off:")


def chart(figure: go.Figure, key: str, alt: str, **options: Any) -> Any:
    """A figure in the page's colours, with its picture as SVG.

    Args:
        figure: without fixed colours for text and background.
        key: of the widget; the picture's file name too.
        alt: what it shows, for those who cannot see it.
        options: more for `st.plotly_chart`, such as `on_select`.

    Returns:
        What `st.plotly_chart` returns.
    """
    return _shown(painted(figure, _dark()), key, alt, options)


def kept_chart(
    make: Callable[..., go.Figure], of: tuple[Any, ...], key: str, alt: str, **options: Any
) -> Any:
    """As `chart`, for a figure that is made once for what it shows: plotly takes its time.

    Args:
        make: gives the figure; the same one for the same arguments.
        of: its arguments; data frames and plain values.
        key: as in `chart`.
        alt: as in `chart`.
        **options: as in `chart`.
    """
    return _shown(kept_figure(make.__qualname__, of, _dark(), make), key, alt, options)


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _shown(figure: go.Figure, key: str, alt: str, options: dict[str, Any]) -> Any:
    image = {"format": "svg", "filename": f"glot-{key}"}
    config = {"displaylogo": False, "toImageButtonOptions": image}
    return st.plotly_chart(figure, key=key, alt=alt, config=config, **options)


def progress(job: Job) -> bool:
    """Where a job stands, with a button that cancels it; the page is drawn anew when it is over.

    Returns:
        Whether the job is done, so that its result can be shown.
    """
    if job.state == "done":
        return True
    if job.error is not None:
        tell(job.error, job.request)
    elif job.state == "cancelled":
        st.info(f"{plain(job.title)} was cancelled.", icon=":material/cancel:")
    else:
        _running(job)
    return False


@st.fragment(run_every=LOOK)
def _running(job: Job) -> None:
    if job.over:
        st.rerun()
    told = "Waiting for other work to end" if job.state == "waiting" else job.told
    st.progress(job.share, f"{plain(job.title)}: {plain(told)}")
    # A job is shown under one key wherever it is shown.
    if st.button("Cancel", key=f"cancel {job.key}", icon=":material/cancel:"):
        job.cancel()
