"""Training on a reader's own file: what it holds, runs in the background, and what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from app.services import jobs, models
from app.services.train_words import in_page
from app.services.uploads import check_rows, check_size
from glot.errors import GlotError
from glot.paths import assets_folder
from glot.tasks.files import safe_name
from glot.tasks.own import OwnColumns
from glot.training.runs.folder import Run, create_run, list_runs, unreadable_runs
from glot.training.runs.pace import Standing, duration

if TYPE_CHECKING:
    from glot.tasks.guess import Guess
    from glot.training.inspection import Inspection
    from glot.training.runs.request import Request
    from glot.training.runs.result import Result

PREFIX = "train-run "
EXAMPLE = "trains.csv"
# Pasted texts are a CSV file of this name.
PASTED = "pasted.csv"
MAX_MEGABYTES = 100


@dataclass(frozen=True)
class Upload:
    """A reader's file.

    Attributes:
        name: its name, without what no disk takes.
        content: what it holds.
        digest: of both.
    """

    name: str
    content: bytes = field(repr=False)
    digest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", safe_name(self.name))
        digest = hashlib.sha256(self.name.encode() + b"\0" + self.content).hexdigest()
        object.__setattr__(self, "digest", digest[:16])


@dataclass(frozen=True)
class Sheet:
    """A file's columns.

    Attributes:
        names: of all columns.
        guess: which of them hold texts and labels.
    """

    names: tuple[str, ...]
    guess: Guess


@st.cache_resource(max_entries=1, show_spinner=False)
def example() -> Upload:
    """The file that the page opens with."""
    return Upload(EXAMPLE, (assets_folder() / "train" / EXAMPLE).read_bytes())


def pasted(text: str) -> Upload | None:
    """Pasted rows as a file: tabs between cells, as spreadsheets copy them, commas or semicolons.

    Raises:
        GlotError: they hold more than a file may.
    """
    if not text.strip():
        return None
    first = text.strip("\n").partition("\n")[0]
    suffix = ".tsv" if "\t" in first else ".csv"
    content = text.encode("utf-8", errors="surrogatepass")
    upload = Upload(Path(PASTED).stem + suffix, content)
    check_size(upload.name, content, MAX_MEGABYTES)
    return upload


def sheet(upload: Upload, encoding: str) -> Sheet:
    """A file's columns, with a guess.

    Raises:
        GlotError: it cannot be read, or is too large.
    """
    check_size(upload.name, upload.content, MAX_MEGABYTES)
    return _sheet(upload.digest, encoding, upload)


@st.cache_resource(max_entries=8, show_spinner=False)
def _sheet(digest: str, encoding: str, _upload: Upload) -> Sheet:  # noqa: ARG001 - part of the key
    from glot.tasks.files import read_table
    from glot.tasks.guess import guess_columns

    with _on_disk(_upload) as (path, _):
        frame = read_table(path, encoding)
        check_rows(_upload.name, len(frame))
        return Sheet(tuple(map(str, frame.columns)), guess_columns(frame))


def inspection(
    upload: Upload, columns: OwnColumns, test: Upload | None, backbone: str
) -> Inspection:
    """What a file holds and what is wrong with it.

    Raises:
        GlotError: it cannot be read, or is too large, or the backbone may not be loaded.
    """
    if test is not None:
        check_size(test.name, test.content, MAX_MEGABYTES)
    # Its tokenizer is read, and nothing that lies elsewhere.
    backbone = models.check_backbone(backbone)
    key = f"{upload.digest} {test.digest if test else ''} {columns} {backbone}"
    return _inspection(key, upload, columns, test, backbone)


@st.cache_resource(max_entries=8, show_spinner=False)
def _inspection(
    key: str,  # noqa: ARG001 - stands for all that follows
    _upload: Upload,
    _columns: OwnColumns,
    _test: Upload | None,
    _backbone: str,
) -> Inspection:
    from glot.training.inspection import inspect_file

    with _on_disk(_upload, _test) as (path, test):
        found = inspect_file(path, _columns, test, _backbone)
        check_rows(_test.name if _test else "", found.test_rows)
        return found


@contextmanager
def _on_disk(upload: Upload, test: Upload | None = None) -> Iterator[tuple[Path, Path | None]]:
    """Files of a reader's for as long as they are read; errors are told in the page's words."""
    with TemporaryDirectory(prefix="glot-train-") as folder:
        paths = []
        for number, each in enumerate((upload, test)):
            if each is not None:
                path = Path(folder) / str(number) / Path(each.name).name
                path.parent.mkdir()
                path.write_bytes(each.content)
                paths.append(path)
        try:
            yield paths[0], paths[1] if test else None
        except GlotError as error:
            raise in_page(error) from error


def begin(request: Request, upload: Upload, test: Upload | None) -> Run:
    """Keep a request with a copy of its data, and start it.

    Raises:
        GlotError: a disk without room, a backbone that may not be loaded, or too much work of
            this reader's already.
    """
    models.check_backbone(request.backbone)
    jobs.check_room()
    contents = {"train": upload.content, **({"test": test.content} if test else {})}
    run = create_run(request, contents)
    start(run)
    return run


def start(run: Run) -> jobs.Job:
    """The job of a run; one that ended before it was done goes on where it was."""

    def work(job: jobs.Job) -> Run:
        from glot.training.runs.work import carry_out

        def report(standing: Standing) -> None:
            left = f", about {duration(standing.left)} left" if standing.left else ""
            job.report(standing.share, standing.told + left)

        try:
            job.report(run.state().share, f"Loading {run.request.backbone}")
            carry_out(run, models.backbone(run.request.backbone), report)
        except GlotError as error:
            told = in_page(error)
            run.write(stage="failed", told=str(told))
            raise told from error
        except jobs.CancelledError:
            # The next server is to find a run that was interrupted, not one that was cancelled.
            run.write(stage="running" if jobs.ending() else "cancelled", told=job.told)
            raise
        return run

    return jobs.start(PREFIX + run.name, run.request.title, work, "long")


def job_of(run: Run) -> jobs.Job | None:
    """The job that works on a run in this server, or is about to; None where there is none."""
    job = jobs.find(PREFIX + run.name)
    return None if job is None or job.over else job


def stage(run: Run) -> str:
    """Where a run stands, in a word for people."""
    if job_of(run) is not None:
        return "running"
    state = run.state().stage
    if state in ("waiting", "running"):
        return "running elsewhere" if run.working else "interrupted"
    return state


def runs() -> tuple[Run, ...]:
    """All runs, the newest first."""
    return list_runs()


def unreadable() -> dict[str, str]:
    """Runs that cannot be read: name → why."""
    return unreadable_runs()


def delete(run: Run, heads: bool) -> None:
    """Forget a run; see `glot.training.runs.folder.Run.delete`.

    Raises:
        GlotError: it is being worked on.
    """
    run.delete(heads)
    _result.clear()


def result(run: Run) -> Result:
    """What came of a finished run.

    Raises:
        GlotError: heads or data are gone.
    """
    return _result(run.name, models.stamp(run.request.backbone, run.request.task), run)


@st.cache_resource(max_entries=4, show_spinner=False)
def _result(name: str, stamp: float, _run: Run) -> Result:  # noqa: ARG001 - parts of the key
    from glot.training.runs.result import read_result

    return read_result(_run)


def code(run: Run, pooler: str) -> str:
    """The lines of Python that use a head of a run."""
    backbone = run.request.backbone
    where = "/".join(run.checkpoint(pooler).parts[-3:])
    others = ', others=["and a second one"]' if run.request.columns.other else ""
    return (
        "import glot\n\n"
        f'backbone = glot.load_backbone("{backbone}")\n'
        f'head = glot.load_head("{where}", backbone)\n'
        f'print(glot.predict(["A text of yours"], backbone, head{others}))'
    )


def map_table(run: Run) -> bytes:
    """The run's rows as a CSV file with the usual names of columns, for the embedding map.

    Raises:
        GlotError: the copy of the data is gone.
    """
    import pandas as pd

    from glot.tasks.own import own_task

    task = own_task(run.data, run.request.columns, test=run.test or run.data)
    rows = task.load("train")
    labels = [task.labels[int(label)] for label in rows.labels] if task.labels else rows.labels
    columns = {"text": rows.texts, **({"text_b": rows.others} if rows.others else {})}
    frame = pd.DataFrame({**columns, "label": labels})
    return bytes(frame.to_csv(index=False).encode("utf-8", errors="surrogatepass"))
