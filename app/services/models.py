"""Backbones and their trained heads, loaded once for all pages and readers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from glot.attributions.examples import BACKBONE, TASK, examples, stored_explanation
from glot.backbones.allowed import allowed
from glot.errors import GlotError
from glot.operation.read import settings
from glot.tasks import get_task
from glot.tasks import task_title as task_title

if TYPE_CHECKING:
    from glot.attributions.explanation import Explanation
    from glot.backbones.base import Backbone
    from glot.heads.shelf import Shelf


def check_backbone(name: str) -> str:
    """What to load for a backbone that a reader names.

    Raises:
        GlotError: the server's operator does not allow it.
    """
    return allowed(name, settings())


def backbone(name: str) -> Backbone:
    """A backbone by its name.

    Raises:
        GlotError: it cannot be loaded, or may not be.
    """
    return _backbone(check_backbone(name))


@st.cache_resource(max_entries=2, show_spinner=False)
def _backbone(name: str) -> Backbone:
    from glot.backbones import load_backbone

    return load_backbone(name)


@st.cache_resource(max_entries=8, show_spinner=False)
def _heads(name: str, task: str, stamp: int) -> Shelf:  # noqa: ARG001 - part of the key
    """`stamp` changes when a checkpoint is written, so that new heads are seen."""
    from glot.heads.shelf import load_heads

    return load_heads(backbone(name), task)


def heads(name: str, task: str) -> Shelf:
    """The trained heads of a backbone for a task, as they lie on disk now.

    Raises:
        GlotError: the backbone cannot be loaded.
    """
    return _heads(name, task, stamp(name, task))


@st.cache_resource(max_entries=16, show_spinner=False)
def n_layers(name: str) -> int:
    """Number of a backbone's layers; of the default one without loading it.

    Raises:
        GlotError: the backbone cannot be loaded.
    """
    shown = first_example() if name == BACKBONE else None
    return backbone(name).n_layers if shown is None else shown.n_layers


def stamp(backbone: str, task: str) -> int:
    """Stands for the checkpoints of this backbone and task as they lie on disk now.

    Not for the newest of them alone: a clock that was set back makes new files older than old
    ones, and a head that is removed need not be the newest.
    """
    from glot.heads.checkpoint import checkpoint_folder

    folder = checkpoint_folder(backbone, task, "any").parent
    found = []
    # Half-finished work, whose names begin with a dot, changes with every save.
    for path in sorted(folder.glob("[!.]*/[!.]*")):
        # A training may move or remove files meanwhile.
        with suppress(FileNotFoundError):
            status = path.stat()
            found.append((str(path), status.st_ino, status.st_size, status.st_mtime_ns))
    return hash(tuple(found))


def tasks_with_heads(backbone: str) -> list[str]:
    """Tasks that there are trained heads for, by name."""
    from glot.heads.checkpoint import checkpoint_folder

    folder = checkpoint_folder(backbone, "any", "any").parent.parent
    return sorted({path.parent.parent.name for path in folder.glob("*/*/config.json")})


def check_task(backbone: str, task: str) -> None:
    """Refuse an unknown task before anything is loaded.

    Heads that a reader has trained on a file of their own make a task known by its name.

    Raises:
        GlotError: there is neither such a task nor a head of it.
    """
    if task not in tasks_with_heads(backbone):
        get_task(task)


def first_example() -> Explanation | None:
    """The stored explanation that the page opens with; None where it cannot be used."""
    try:
        return stored_explanation(examples()[0].text, BACKBONE, TASK)
    except GlotError:
        # The page will say what is wrong with it.
        return None
