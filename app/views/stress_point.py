"""A chosen point of the stress test: its confusion counts, and texts that it fails on."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.page import plain, small, tell
from app.navigation import open_link
from app.services import stress as service
from glot.errors import GlotError
from glot.experiments.stress_points import SHIPPED_RATIO, Failure, Inspection, StressPoint
from glot.plots.palette import title

if TYPE_CHECKING:
    from collections.abc import Sequence

PER_PAGE = 5
# Words that are shown on either side of the signal phrase.
AROUND = 14


def draw(points: Sequence[StressPoint]) -> None:
    """Choose a point, by the chart or by the list, and see into it."""
    if not points:
        st.info("There is no point to look into yet.", icon=":material/info:")
        return
    by_name = {point.name: point for point in points}
    if st.session_state["stress_point"] not in by_name:
        st.session_state["stress_point"] = _first(points).name
    chosen = st.selectbox(
        "Point",
        list(by_name),
        format_func=lambda name: _told(by_name[name]),
        key="stress_point",
        help="Or click a point of the chart.",
    )
    point = by_name[chosen]
    try:
        with st.spinner("Making the test texts again …"):
            found = service.inspection(point)
    except GlotError as error:
        tell(error)
        return
    _counts(found)
    _failures(found, point)


def method_title(method: str) -> str:
    """`glot, random edges` → `GLOT, random edges`."""
    pooler, comma, rest = method.partition(",")
    return title(pooler) + comma + rest


def _first(points: Sequence[StressPoint]) -> StressPoint:
    """GLOT where the paper hides most and heads ship, else where most is hidden."""
    glot = [point for point in points if point.method == "glot"]
    return max(glot or points, key=lambda point: (point.ratio == SHIPPED_RATIO, point.ratio))


def _told(point: StressPoint) -> str:
    n = len(point.values)
    seeds = f"{n} seed{'' if n == 1 else 's'}"
    where = f"{method_title(point.method)} at {point.ratio:.0%} distractors"
    return f"{where}: {mean(point.values):.1f} % ({seeds})"


def _counts(found: Inspection) -> None:
    """Right and wrong of each class, of all seeds together and of each."""
    first, second = found.labels
    records: list[dict[str, Any]] = []
    for name, counts in (("all", found.counts), *((str(c.seed), (c,)) for c in found.counts)):
        right = [sum(c.right[label] for c in counts) for label in range(2)]
        wrong = [sum(c.wrong[label] for c in counts) for label in range(2)]
        records.append(
            {
                "seed": name,
                f"{first}, told {first}": right[0],
                f"{first}, told {second}": wrong[0],
                f"{second}, told {second}": right[1],
                f"{second}, told {first}": wrong[1],
                "accuracy": 100.0 * sum(right) / (sum(right) + sum(wrong)),
            }
        )
    if len(found.counts) == 1:
        records = records[1:]
    st.markdown(
        f"**Confusion counts** on {found.n_eval:,} test texts. Read *{first}, told {second}* as: "
        f"texts that say {first}, which the head took for {second}."
    )
    st.dataframe(
        records,
        hide_index=True,
        key="stress_counts",
        column_config={
            "seed": st.column_config.TextColumn("Seed"),
            "accuracy": st.column_config.NumberColumn("Accuracy, %", format="%.2f"),
        },
    )


def _failures(found: Inspection, point: StressPoint) -> None:
    n_seeds = len(found.counts)
    total = len(found.failures)
    if not total:
        st.success("No seed fails on any test text.", icon=":material/check:")
        return
    pages = -(-total // PER_PAGE)
    of = "its one seed" if n_seeds == 1 else f"at least one of {n_seeds} seeds"
    st.markdown(
        f"**{total:,} of {found.n_eval:,} test texts are told wrong by {of}**, those that most "
        "seeds fail first. The texts are made again from the test's own generator."
    )
    # Another point has other pages.
    number = st.number_input(
        f"Page of {pages:,}", 1, pages, 1, key=f"stress_page {point.name}", width=180
    )
    task = service.shipped_task(point.rows[0].backbone, point.rows[0].protocol, point.ratio)
    if task is not None:
        small(
            f"Explore runs the shipped heads of {plain(task)} (seed 42), which need not be the "
            "ones that were counted here."
        )
    start = (int(number) - 1) * PER_PAGE
    for failure in found.failures[start : start + PER_PAGE]:
        _failure(failure, found, point, task)


def _failure(failure: Failure, found: Inspection, point: StressPoint, task: str | None) -> None:
    label, said = found.labels[failure.label], found.labels[1 - failure.label]
    with st.container(border=True):
        st.markdown(emphasised(failure.text, failure.signal, AROUND))
        with st.container(horizontal=True, vertical_alignment="center", gap="large"):
            st.markdown(
                f"says **{plain(label)}**, told **{plain(said)}** by {len(failure.seeds)} of "
                f"{len(found.counts)} {'seed' if len(found.counts) == 1 else 'seeds'} "
                f"(text {failure.number + 1:,})"
            )
            open_link(
                "explore",
                "Open on Explore",
                f"stress_open {failure.number}",
                **service.explore_settings(
                    failure.text, failure.signal, point, task or point.rows[0].task
                ),
            )


def emphasised(text: str, signal: tuple[int, int], around: int) -> str:
    """Markdown of a text with its signal phrase in bold, and only the words near it."""
    words = text.split()
    start, end = signal
    before, after = words[max(0, start - around) : start], words[end : end + around]
    parts = [
        f"… {start - around} words …" if start > around else "",
        plain(" ".join(before)),
        f"**:blue-background[{plain(' '.join(words[start:end]))}]**" if end > start else "",
        plain(" ".join(after)),
        f"… {len(words) - end - around} words …" if len(words) - end > around else "",
    ]
    return " ".join(part for part in parts if part)
