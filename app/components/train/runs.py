"""Runs on this machine: where each stands, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from app.components.page import plain, progress, small, tell
from app.components.train.result import show_result
from app.services import train as service
from app.state import train as state
from glot.errors import GlotError
from glot.plots.palette import title
from glot.training.runs.folder import Run
from glot.training.runs.pace import duration


def runs() -> None:
    """The run that is chosen among all."""
    found, broken = {run.name: run for run in service.runs()}, service.unreadable()
    if not found and not broken:
        return
    st.header("Runs", anchor=False)
    for name, why in broken.items():
        st.warning(
            f"The run {plain(name)} cannot be read and is left out. {plain(why)} Its heads, if it "
            "had any, are where they were.",
            icon=":material/broken_image:",
        )
    if not found:
        return
    if st.session_state["train_run"] not in found:
        if st.session_state["train_run"]:
            st.warning("The run that was asked for is not there any more.")
        st.session_state["train_run"] = next(iter(found))
    name = st.selectbox(
        "Run",
        list(found),
        format_func=lambda name: _told(found[name]),
        key="train_run",
        help="The newest first. Runs outlive the server.",
    )
    _run(found[str(name)])


def _told(run: Run) -> str:
    """A run for people: its name, date, backbone and poolers."""
    day, clock = run.name.split("-")[:2]
    when = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}"
    poolers = ", ".join(map(title, run.request.poolers))
    # The browser names options by their words: none is another's (names of tasks are given once),
    # and where a run stands, which changes, is no part of them.
    return f"{run.request.task} · {when} · {run.request.backbone} · {poolers}"


def _run(run: Run) -> None:
    stage, kept = service.stage(run), run.state()
    job = service.job_of(run)
    if job is not None:
        progress(job)
        small("It goes on while you look at other pages, and after you close this one.")
        return
    if stage == "failed":
        st.error(plain(kept.told), icon=":material/error:")
    elif stage == "interrupted":
        st.warning(
            f"The server ended while this run was {kept.share:.0%} done ({plain(kept.told)}). "
            "What was done is kept.",
            icon=":material/power_off:",
        )
    elif stage == "cancelled":
        st.info(
            f"Cancelled when it was {kept.share:.0%} done. What was done is kept.",
            icon=":material/cancel:",
        )
    elif stage == "running elsewhere":
        st.info(f"Another server works on it: {kept.share:.0%} done.", icon=":material/hourglass:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if stage != "done" and st.button(
            "Resume", key="train_resume", icon=":material/play_arrow:"
        ):
            service.start(run)
            st.rerun()
        _delete(run)
        small(f"{duration(kept.seconds)} of work. Heads: {plain(_where(run))}")
    if stage == "done":
        try:
            show_result(run)
        except GlotError as error:
            tell(error)


def _where(run: Run) -> str:
    return "/".join(run.checkpoint("any").parts[-3:-1])


def _delete(run: Run) -> None:
    with st.popover("Delete …", icon=":material/delete:"):
        st.markdown("Removes the run and its copy of your data from this machine.")
        heads = st.toggle("Its trained heads too", key="train_delete_heads")
        st.button("Delete this run", key="train_delete", on_click=_deleted, args=(run, heads))


def _deleted(run: Run, heads: bool) -> None:
    try:
        service.delete(run, heads)
        state.show_run("")
    except GlotError as error:
        st.toast(plain(str(error)))
