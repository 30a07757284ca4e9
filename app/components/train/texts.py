"""Which labelled texts, how they are read, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.components.page import kept_chart, plain, small, tell
from app.services import train as service
from app.services.train import Upload
from app.services.train_words import in_words
from app.services.uploads import most_megabytes
from app.state import train as state
from glot.errors import GlotError
from glot.plots.own import MOST, counts_figure
from glot.tasks.files import SUFFIXES
from glot.tasks.own import OwnColumns
from glot.training.inspection import Inspection

KINDS = [suffix.removeprefix(".") for suffix in SUFFIXES]
# Characters of a cell in the preview.
CELL = 160
# A paste of this size still answers within seconds.
MAX_PASTE = 1_000_000
ICONS = {"stop": ":material/block:", "warning": ":material/warning:", "note": ":material/info:"}


@dataclass(frozen=True)
class Chosen:
    """Texts that can be trained on.

    Attributes:
        upload: the file.
        test: the file of rows to report on, where there is one.
        found: what is known of them.
    """

    upload: Upload
    test: Upload | None
    found: Inspection


def texts_picker() -> Chosen | None:
    """Choose texts and columns, see what is wrong; None where nothing can be trained on yet."""
    upload = _upload()
    if upload is None:
        return None
    try:
        with st.spinner(f"Reading {plain(upload.name)} …"):
            sheet = service.sheet(upload, st.session_state["train_encoding"])
    except GlotError as error:
        tell(error)
        _encoding_picker()
        return None
    columns = _columns(sheet)
    if columns is None:
        return None
    test = kept(state.KEPT_TEST) if st.session_state["train_source"] == "file" else None
    try:
        with st.spinner("Looking for duplicates, leaks and long texts …"):
            backbone = st.session_state["backbone"]
            found = service.inspection(upload, columns, test, backbone)
    except GlotError as error:
        tell(error)
        return None
    guess = sheet.guess.columns
    same = (columns.text, columns.other, columns.label) == (guess.text, guess.other, guess.label)
    _found(found, sheet.guess.reasons if same else ())
    return None if found.refused else Chosen(upload, test, found)


def kept(key: str) -> Upload | None:
    """A file of the reader's, kept while other pages are shown."""
    found: Upload | None = st.session_state.get(key)
    return found


def _upload() -> Upload | None:
    source = st.segmented_control(
        "Labelled texts",
        list(state.SOURCES),
        format_func=state.SOURCES.__getitem__,
        key="train_source",
        required=True,
        on_change=state.forget_columns,
    )
    if source == "example":
        small(
            "84 short messages about train journeys: praise, complaint or question? Made for "
            "this page; press Train below to see all of it work within a minute."
        )
        return service.example()
    return _file() if source == "file" else _pasted()


def _file() -> Upload | None:
    left, right = st.columns(2)
    most = most_megabytes(service.MAX_MEGABYTES)
    told = f"CSV, TSV, JSON lines or parquet, at most {most} MB: one text or a "
    told += "pair in each row, with a class or a number. It stays on this machine. A larger file "
    told += "turns red and is not opened: train on it with glot train FILE."
    with left:
        st.file_uploader(
            "Open a table of labelled texts",
            type=KINDS,
            key=state.FILE,
            on_change=_take,
            args=(state.FILE, state.KEPT_FILE),
            max_upload_size=most,
            help=told,
        )
    with right:
        st.file_uploader(
            "Rows to report on, if you have them apart",
            type=KINDS,
            key=state.TEST,
            on_change=_take,
            args=(state.TEST, state.KEPT_TEST),
            max_upload_size=most,
            help="With columns of the same names. Without it a fifth of the rows is cut off, so "
            "that no text stands on both sides.",
        )
    upload, test = kept(state.KEPT_FILE), kept(state.KEPT_TEST)
    if upload is None:
        st.info(told, icon=":material/upload_file:")
        return None
    small(f"Open: {plain(upload.name)}, {len(upload.content):,} bytes.")
    if test is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            small(f"To report on: {plain(test.name)}, {len(test.content):,} bytes.")
            st.button("Without it", key="train_no_test", on_click=_drop_test)
    return upload


def _take(widget: str, key: str) -> None:
    """A file was opened: it replaces the one before, and its columns are guessed anew."""
    file = st.session_state[widget]
    # Taking the file out of the box, or leaving the page, forgets nothing.
    if file is not None:
        st.session_state[key] = Upload(file.name, file.getvalue())
        if key == state.KEPT_FILE:
            state.forget_columns()


def _drop_test() -> None:
    st.session_state.pop(state.KEPT_TEST, None)


def _pasted() -> Upload | None:
    text = st.text_area(
        "Paste rows",
        key="train_pasted",
        height=200,
        max_chars=MAX_PASTE,
        placeholder="text,label\nThe train was late again.,complaint\nWhat a view!,praise",
        help="With a line of column names above. Cells are parted by tabs, as spreadsheets copy "
        "them, by commas or by semicolons.",
    )
    try:
        return service.pasted(text)
    except GlotError as error:
        tell(error)
        return None


def _encoding_picker() -> None:
    st.selectbox(
        "Encoding of text files",
        list(state.ENCODINGS),
        format_func=state.ENCODINGS.__getitem__,
        key="train_encoding",
        width=320,
    )


def _columns(sheet: service.Sheet) -> OwnColumns | None:
    """The columns' pickers, set to the guess; None where one is still to be chosen."""
    guess, names = sheet.guess.columns, list(sheet.names)
    # Once, when the file is new: what the reader chooses stays.
    first = all(st.session_state[key] is None for key in state.COLUMNS)
    guessed = (guess.text or None, guess.other, guess.label or None)
    for key, value in zip(state.COLUMNS, guessed, strict=True):
        if first or st.session_state[key] not in (*names, "", None):
            st.session_state[key] = value
    box = st.container(horizontal=True, vertical_alignment="bottom")
    with box:
        for key, label in zip(
            state.COLUMNS,
            ("Column of texts", "Column of second texts", "Column of labels"),
            strict=True,
        ):
            st.selectbox(
                label,
                ["", *names] if key == "train_other" else names,
                key=key,
                format_func=lambda name: name or "none: single texts",
                index=None,
                placeholder="Choose one",
                width=220,
            )
        st.selectbox(
            "Labels are",
            list(state.KINDS),
            format_func=state.KINDS.__getitem__,
            key="train_kind",
            width=180,
            help="Words and few whole numbers look like classes; other numbers are predicted.",
        )
        _encoding_picker()
    st.toggle("Leave out rows without text or label", key="train_drop")
    text, other, label = (st.session_state[key] or "" for key in state.COLUMNS)
    if not text or not label:
        st.info("Choose the columns of texts and of labels.", icon=":material/view_column:")
        return None
    if len({text, label, other or text + label}) < 3:
        st.error("One column cannot be two things: choose others.", icon=":material/error:")
        return None
    return OwnColumns(
        text,
        other,
        label,
        st.session_state["train_kind"],
        st.session_state["train_encoding"],
        st.session_state["train_drop"],
        single=not other,
    )


def _found(found: Inspection, reasons: tuple[str, ...]) -> None:
    """Preview, classes and problems."""
    if reasons:
        small(f"Guessed: {plain('; '.join(reasons))}. Correct it above if it is wrong.")
    what = "pairs of texts" if found.columns.other else "texts"
    test = f" {found.test_rows:,} more to report on." if found.test_rows else ""
    st.markdown(f"**{found.rows:,} {what}.**{test}")
    left, right = st.columns([3, 2])
    with left:
        _preview(found)
    with right:
        if found.counts:
            kept_chart(
                counts_figure,
                (found.counts[:MOST],),
                "train_counts",
                f"Rows of each of {len(found.counts)} classes: "
                + ", ".join(f"{name} {count:,}" for name, count in found.counts[:10]),
            )
        elif found.span:
            st.markdown(f"Labels are numbers from {found.span[0]:g} to {found.span[1]:g}.")
    for problem in found.problems:
        show = {"stop": st.error, "warning": st.warning, "note": st.info}[problem.severity]
        told = f"{problem.told} {in_words(problem.remedy)}"
        show(plain(told), icon=ICONS[problem.severity])


def _preview(found: Inspection) -> None:
    names = ["Text", "Label"] if len(found.preview[:1] and found.preview[0]) == 2 else None
    names = names or ["Text", "Second text", "Label"]
    # A table without a toolbar: the one of a data frame writes CSV files with live formulas.
    st.table(
        [
            {name: plain(_cut(cell)) for name, cell in zip(names, row, strict=True)}
            for row in found.preview
        ],
        border="horizontal",
        hide_index=True,
    )


def _cut(cell: str) -> str:
    shown = " ".join(cell[: CELL + 1].split())
    return shown if len(cell) <= CELL else f"{shown[:CELL]} …"
