"""Runs on disk: one folder each, with what was asked for, the data, and where it stands."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock, Timeout

from glot.errors import GlotError, quoted
from glot.files import disk_told, write_whole
from glot.heads.checkpoint import checkpoint_folder
from glot.paths import cache_folder
from glot.tasks import TASKS
from glot.tasks.own import own_name
from glot.training.runs.request import Request

Stage = Literal["waiting", "running", "cancelled", "failed", "done"]
REQUEST, STATE, DATA, LOCK = "request.json", "state.json", "data", "lock"
# Of the moment at which a run was made, with which its name begins.
STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True)
class RunState:
    """Where a run stands.

    Attributes:
        stage: `running` also of one whose process was killed: see `Run.interrupted`.
        share: how much is done, from 0 to 1.
        told: what it was doing last, or why it failed.
        seconds: spent on it so far, over all its starts.
        table: lines of the comparison, once it is done (`glot.training.compared`).
    """

    stage: Stage = "waiting"
    share: float = 0.0
    told: str = ""
    seconds: float = 0.0
    table: tuple[dict[str, object], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        told = isinstance(self.told, str) and self.stage in get_args(Stage)
        numbers = isinstance(self.share, int | float) and isinstance(self.seconds, int | float)
        if not (told and numbers and 0 <= self.share <= 1 and 0 <= self.seconds < inf):
            raise ValueError(f"no state of a run: {quoted(self)}")
        if not all(isinstance(line, dict) for line in self.table):
            raise ValueError(f"no table of a run: {quoted(self.table)}")


@dataclass(frozen=True)
class Run:
    """A run on disk.

    Attributes:
        folder: where it lies.
        request: what it is to do.
    """

    folder: Path
    request: Request

    @property
    def name(self) -> str:
        """Its own name, which begins with the time at which it was made."""
        return self.folder.name

    @property
    def data(self) -> Path:
        """The copy of the rows to train on."""
        return self.folder / DATA / self.request.file

    @property
    def test(self) -> Path | None:
        """The copy of the rows to report on, where there is one."""
        return self.folder / DATA / self.request.test_file if self.request.test_file else None

    def checkpoint(self, pooler: str) -> Path:
        """The folder of a pooler's head."""
        return checkpoint_folder(self.request.backbone, self.request.task, pooler)

    def check_data(self) -> None:
        """Whether the data is what it was.

        Raises:
            GlotError: a copy is gone, or was changed.
        """
        for name, digest in self.request.digests.items():
            path = self.folder / DATA / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise GlotError(
                    f"The run's copy of {name} is gone, or was changed.",
                    "Accepted: the data as it was uploaded.",
                    "Delete the run, and start it again from the file.",
                )

    def state(self) -> RunState:
        """Where it stands; as if it had never begun where the file is missing or broken."""
        try:
            values = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            return RunState(**{**values, "table": tuple(values["table"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return RunState()

    def write(self, **changed: object) -> None:
        """Change the state on disk.

        Raises:
            GlotError: it cannot be written.
        """
        state = replace(self.state(), **changed)  # type: ignore[arg-type]
        with _disk_told(self.folder):
            write_whole(self.folder / STATE, json.dumps(asdict(state), indent=1))

    @contextmanager
    def held(self) -> Iterator[None]:
        """The run, worked on by nobody else until the block ends or its process does.

        Raises:
            GlotError: another process works on it.
        """
        with _disk_told(self.folder):
            lock = FileLock(self.folder / LOCK)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise GlotError(
                    f"The run {self.name} is being worked on by another process.",
                    "Accepted: one at a time.",
                    "Wait for it, or stop the other server.",
                ) from error
        try:
            yield
        finally:
            lock.release()

    @property
    def working(self) -> bool:
        """Whether a process works on it at this moment."""
        lock = FileLock(self.folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False

    @property
    def interrupted(self) -> bool:
        """Whether it was under way when its process ended."""
        return self.state().stage in ("waiting", "running") and not self.working

    def delete(self, heads: bool) -> None:
        """Remove the copy of the data and all that is known of the run.

        Args:
            heads: its trained heads too, and half-finished ones.

        Raises:
            GlotError: it is being worked on.
        """
        with self.held():
            if heads:
                shutil.rmtree(self.checkpoint("any").parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def runs_root() -> Path:
    """The folder of all runs."""
    return cache_folder() / "runs"


def create_run(request: Request, contents: Mapping[str, bytes]) -> Run:
    """Keep a request with a copy of its data; the heads' name is made one that is free.

    Args:
        request: its `task`, `file`, `test_file` and `digests` are set here.
        contents: file name → content: `train` and, where there is one, `test`, each by the name
            that the user's file has.

    Raises:
        GlotError: a disk without room.
    """
    first = Path(request.title)
    task = _free_name(request.backbone, own_name(first))
    file = f"{task}{first.suffix.lower()}"
    test = f"test-of-{task}{Path(request.test_file).suffix.lower()}" if request.test_file else ""
    files = {file: contents["train"], **({test: contents["test"]} if test else {})}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    kept = replace(request, task=task, file=file, test_file=test, digests=digests)
    root = runs_root()
    with _disk_told(root):
        _sweep(root)
        folder = _new_folder(root, task)
        with FileLock(folder / LOCK):
            (folder / DATA).mkdir()
            for name, content in files.items():
                (folder / DATA / name).write_bytes(content)
            # Last: a folder without it is no run.
            write_whole(folder / REQUEST, kept.to_json())
    return Run(folder, kept)


def list_runs() -> tuple[Run, ...]:
    """All runs that can be read, the newest first."""
    return _listed()[0]


def unreadable_runs() -> dict[str, str]:
    """Runs whose request cannot be read, or is of another version: name → why."""
    return _listed()[1]


def _listed() -> tuple[tuple[Run, ...], dict[str, str]]:
    found, broken = [], {}
    for path in sorted(runs_root().glob(f"*/{REQUEST}"), reverse=True):
        try:
            found.append(Run(path.parent, Request.from_json(path.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            # Deleted meanwhile.
            continue
        except (ValueError, OSError) as error:
            broken[path.parent.name] = getattr(error, "given", str(error))
    return tuple(found), broken


def find_run(name: str) -> Run | None:
    """The run of this name; None where there is none."""
    return next((run for run in list_runs() if run.name == name), None)


def _free_name(backbone: str, wanted: str) -> str:
    """The name, with a number where heads, runs or tasks have it already."""
    taken = {run.request.task for run in list_runs()} | set(TASKS.names())
    number, name = 1, wanted
    while name in taken or checkpoint_folder(backbone, name, "any").parent.exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def _new_folder(root: Path, task: str) -> Path:
    """A folder whose name sorts after those of all runs, even if the clock was set back."""
    moment = datetime.now()
    for name in (path.name for path in root.glob("*-*-*-*")):
        with suppress(ValueError):
            before = datetime.strptime("-".join(name.split("-")[:3]), STAMP)
            moment = max(moment, before + timedelta(microseconds=1))
    folder = root / f"{moment.strftime(STAMP)}-{task[:40]}"
    folder.mkdir(parents=True)
    return folder


def _sweep(root: Path) -> None:
    """Remove what processes left that were killed while they made a run: a reader's rows."""
    for folder in root.glob("*-*-*-*"):
        if any((folder / name).exists() for name in (REQUEST, STATE)):
            continue
        with suppress(OSError, Timeout), FileLock(folder / LOCK).acquire(timeout=0):
            # It may have become a run since.
            if not (folder / REQUEST).exists():
                shutil.rmtree(folder, ignore_errors=True)


def _disk_told(folder: Path) -> AbstractContextManager[object]:
    return disk_told(
        f"The run could not be written to {folder}",
        "Free space, or set GLOT_CACHE to another folder.",
    )
