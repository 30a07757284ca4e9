"""What came of a run: table, confusion matrix, worst errors, and the heads to take along."""

from __future__ import annotations

import streamlit as st

from app.components.page import chart, plain, small
from app.navigation import go_to, open_link
from app.services import train as service
from app.services.embedding_atlas import OwnUpload
from app.state import map as map_state
from app.state.shared import MAX_POOLERS
from glot.plots.palette import title
from glot.tasks.safe_csv import safe_csv
from glot.training.runs.folder import Run
from glot.training.runs.result import Result, head_zip

WORST = 5
# Characters of a text in the list of errors.
SHOWN = 300


def show_result(run: Run) -> None:
    """All that a finished run has brought.

    Raises:
        GlotError: heads or data are gone.
    """
    with st.spinner("Reading what the heads said …"):
        result = service.result(run)
    _table(result)
    names = list(result.reported)
    if st.session_state["train_pooler"] not in names:
        st.session_state["train_pooler"] = max(result.table, key=lambda row: row.value).pooler
    pooler = str(
        st.segmented_control(
            "Look into the head of",
            names,
            format_func=title,
            key="train_pooler",
            required=True,
        )
    )
    left, right = st.columns(2)
    with left:
        _confusion(result, pooler)
    with right:
        _take_along(run, result, pooler)
    _worst(run, result, pooler)


def _table(result: Result) -> None:
    metric = next(iter(result.reported.values())).metrics[0]
    base = next(row.pooler for row in result.table if row.difference is None)
    records = []
    for row in result.table:
        record = {
            "Pooler": title(row.pooler),
            metric: f"{row.value:.1f}",
            "95 % interval": f"{row.low:.1f} to {row.high:.1f}",
        }
        if len(result.table) > 1:
            difference, span = "", ""
            if row.difference is not None:
                difference = f"{row.difference:+.1f}"
            if row.difference_low is not None:
                span = f"{row.difference_low:+.1f} to {row.difference_high:+.1f}"
            record |= {f"minus {title(base)}": difference, "its 95 % interval": span}
        record |= {"Parameters": f"{row.parameters:,}", "Seconds": f"{row.seconds:.0f}"}
        records.append(record)
    st.dataframe(records, hide_index=True, key="train_table")
    small(
        f"{metric} times 100 on {len(result.rows):,} reported rows, which no head has learnt from "
        "or was chosen by. Differences are paired, row by row. An interval that holds 0 means: "
        "these rows cannot tell the two apart."
    )


def _confusion(result: Result, pooler: str) -> None:
    from glot.plots.own import confusion_figure, numbers_figure

    own = result.reported[pooler]
    if not result.classes:
        chart(
            numbers_figure(own.labels, own.predicted, pooler),
            "train_numbers",
            f"Predicted numbers of {title(pooler)} against labels, {len(own.labels):,} rows.",
        )
        return
    counts = own.confusion()
    right = int(counts.diagonal().sum())
    st.markdown(f"**{right:,} of {len(own.labels):,} rows right**; each cell counts rows.")
    chart(
        confusion_figure(result.classes, counts),
        "train_confusion",
        f"Confusion matrix of {title(pooler)}: {right:,} of {len(own.labels):,} rows right.",
    )


def _take_along(run: Run, result: Result, pooler: str) -> None:
    st.markdown("**Use this head**")
    st.code(service.code(run, pooler), language="python", wrap_lines=True)
    with st.container(horizontal=True):
        st.download_button(
            "Download the head (zip)",
            lambda: head_zip(run.checkpoint(pooler)),
            file_name=f"{run.request.task}-{pooler}.zip",
            mime="application/zip",
            key=f"train_zip {pooler}",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Predictions (CSV)",
            lambda: safe_csv(result.frame(pooler)),
            file_name=f"{run.request.task}-{pooler}.csv",
            mime="text/csv",
            key=f"train_csv {pooler}",
            icon=":material/download:",
            on_click="ignore",
            help="Texts that a spreadsheet would run as a formula begin with an apostrophe.",
        )
        _map_link(run)


def _map_link(run: Run) -> None:
    """The embedding map takes the run's texts for a file of the reader's."""
    if st.button("Embedding map of your texts", key="train_map", icon=":material/arrow_forward:"):
        upload = OwnUpload(f"{run.request.task}.csv", service.map_table(run))
        st.session_state[map_state.KEPT_FILE] = upload
        go_to(
            "map",
            map_source="file",
            backbone=run.request.backbone,
            task=run.request.task,
            poolers=",".join(run.request.poolers[:MAX_POOLERS]),
            map_text_column="",
            map_label_column="",
        )


def _worst(run: Run, result: Result, pooler: str) -> None:
    own = result.reported[pooler]
    errors = own.errors()
    if not errors:
        st.success("This head is right about every reported row.", icon=":material/check:")
        return
    st.subheader("Worst errors", anchor=False)
    small(
        "Rows told wrong, those of which the head was surest first."
        if result.classes
        else "Rows whose prediction is farthest from the label."
    )
    for number, place in enumerate(errors[:WORST]):
        _error(run, result, pooler, place, number)
    if len(errors) > WORST and result.classes:
        small(f"{len(errors) - WORST:,} more stand in the CSV file.")


def _error(run: Run, result: Result, pooler: str, place: int, number: int) -> None:
    own, rows = result.reported[pooler], result.rows
    text = rows.texts[place]
    other = rows.others[place] if rows.others else ""
    with st.container(border=True):
        for each in filter(None, (text, other)):
            st.markdown(plain(each if len(each) <= SHOWN else each[:SHOWN] + " …"))
        sure = f" ({own.certainty[place]:.0%} sure)" if result.classes else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="large"):
            st.markdown(
                f"label **{plain(own.name(own.labels[place]))}**, told "
                f"**{plain(own.name(own.predicted[place]))}**{sure}"
            )
            key, backbone, task = f"train_open {number}", run.request.backbone, run.request.task
            if other:
                settings = {"first_text": text, "second_text": other, "pair_task": task}
                open_link("compare", "Compare the two", key, backbone=backbone, **settings)
            else:
                settings = {"text": text, "backbone": backbone, "task": task, "tint": pooler}
                open_link("explore", "Open on Explore", key, **settings)
