"""What the training page shows: which texts, their columns, what is trained, and which run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.state import setting
from app.state.setting import Setting, one_of, parse_switch, show_switch, show_text, some_of
from app.state.shared import BACKBONE_NAME
from glot.poolers import POOLERS

PAGE = "train"
SOURCES = {"example": "Example", "file": "Your file", "paste": "Paste"}
KINDS = {"": "As they look", "classification": "Classes", "regression": "Numbers"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Excel's “Unicode text”)",
    "cp1252": "Windows-1252 (Western)",
    "latin-1": "Latin-1",
    "cp1251": "Windows-1251 (Cyrillic)",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "euc-kr": "EUC-KR",
}
POOLERS_TRAINED = ("mean", "adapool", "glot")

# Keys of the session that are no settings.
FILE, TEST = "train_upload", "train_test_upload"
KEPT_FILE, KEPT_TEST = "train_kept_file", "train_kept_test"
POOLERS_SHOWN = "train_poolers_shown"


def _number(kind: Callable[[str], Any], least: float, most: float) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = kind(text)
        # Also refuses what is not a number.
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return parse


COLUMNS = ("train_text", "train_other", "train_label")
SETTINGS = (
    BACKBONE_NAME,
    Setting("train_source", "example", one_of(tuple(SOURCES))),
    Setting("train_pasted", "", show=lambda _: ""),
    # None: as guessed.
    Setting("train_text", None, show=lambda x: show_text(x or "")),
    Setting("train_other", None, show=lambda x: show_text(x or "")),
    Setting("train_label", None, show=lambda x: show_text(x or "")),
    Setting("train_kind", "", one_of(tuple(KINDS))),
    Setting("train_encoding", "utf-8", one_of(tuple(ENCODINGS))),
    Setting("train_drop", True, parse_switch, show_switch),
    Setting("train_poolers", POOLERS_TRAINED, some_of(POOLERS.names(), 8), ",".join),
    Setting("train_epochs", 10, _number(int, 1, 1000), str),
    Setting("train_lr", 0.001, _number(float, 0, 1), lambda x: f"{x:g}"),
    Setting("train_tau", 0.6, _number(float, -1, 1), lambda x: f"{x:g}"),
    Setting("train_rows", 20_000, _number(int, 0, 100_000_000), str),
    Setting("train_reported", 5_000, _number(int, 0, 100_000_000), str),
    Setting("train_run", ""),
    Setting("train_pooler", "", one_of(("", *POOLERS.names()))),
)


def enter() -> list[str]:
    """Fill the session; see `app.state.setting.enter`."""
    return setting.enter(PAGE, SETTINGS)


def publish() -> None:
    """Write the settings to the URL and keep them for the next page."""
    setting.publish(SETTINGS)


def forget_columns() -> None:
    """Other texts have other columns."""
    for key in COLUMNS:
        st.session_state[key] = None
    st.session_state["train_kind"] = ""


def show_run(name: str) -> None:
    """Show a run below."""
    st.session_state["train_run"] = name
