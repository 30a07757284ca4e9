"""Hundreds of switches at one server: what it keeps of them must be bounded.

Readers come and go; each changes example, backbone, task and page, types texts, and leaves. Memory,
threads, open files and temporary folders of the server are looked at from outside, by the system's
own counts.

`make soak`, or `python -m benchmarks.soak --switches 500`
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psutil
import typer

from benchmarks.load import PAGES, text_of
from benchmarks.wire import Session, WireError
from tests.browser.server import started, stop_in_order

GROWTH = 0.05
# Of either end of the run, over which memory is averaged: it goes up and down with each answer.
WINDOW = 50
# Switches of one reader, who then closes the tab.
STAY = 25
# What pools begin when it is first needed, and keep: threads of jobs and of the web server.
POOLS = 8
# Seconds that a server may take to let threads and files go after its last reader.
SETTLE = 60.0
# Streamlit keeps the session of a closed tab for two minutes, should the reader come back, and lets
# it go when the next one comes. Each has an event loop of three files.
REST, LOOP_FILES = 130.0, 3
# What a page says on the way from a task of single texts to one of pairs: not a failure.
EXPECTED = "The second text is empty"


@dataclass(frozen=True)
class Counts:
    """What a process holds.

    Attributes:
        memory: bytes that are its own.
        threads: of the system.
        files: open ones, sockets among them.
        folders: entries of its temporary folder.
    """

    memory: int
    threads: int
    files: int
    folders: int

    @classmethod
    def of(cls, process: psutil.Process, temporary: Path) -> Counts:
        """As the system counts now."""
        return cls(
            process.memory_full_info().uss,
            process.num_threads(),
            process.num_fds(),
            len(list(temporary.iterdir())),
        )


@dataclass
class Soaked:
    """What came of a soak.

    Attributes:
        before: counts after the warm-up, when nobody is there.
        after: counts at the end, when nobody is there.
        memory: bytes after each switch.
        errors: what pages said went wrong.
    """

    before: Counts
    after: Counts
    memory: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Share by which memory grew from the first to the last `WINDOW` switches."""
        window = min(WINDOW, max(1, len(self.memory) // 2))
        first = statistics.fmean(self.memory[:window])
        return statistics.fmean(self.memory[-window:]) / first - 1


def soak(switches: int, warm_up: int, backbones: tuple[str, ...], rest: float = REST) -> Soaked:
    """Switches at a server of its own, after those that warm it up, and a rest after both."""
    errors: list[str] = []
    memory: list[int] = []
    with (
        TemporaryDirectory(prefix="glot-soak-") as folder,
        started(TMPDIR=folder) as (address, process),
    ):
        server, temporary = psutil.Process(process.pid), Path(folder)
        with closing(_switches(address, backbones, errors)) as turns:
            for _ in range(warm_up):
                next(turns)
        _rest(address, rest)
        before = settled(server, temporary)
        with closing(_switches(address, backbones, errors)) as turns:
            for done in range(switches):
                next(turns)
                memory.append(server.memory_full_info().uss)
                if done % WINDOW == 0:
                    typer.echo(f"switch {done}: {memory[-1] / 2**20:,.0f} MiB", err=True)
        _rest(address, rest)
        after = settled(server, temporary, before)
    return Soaked(before, after, memory, errors)


def _rest(address: str, seconds: float) -> None:
    """Let sessions of closed tabs expire; the one that finds them expired stays in their place."""
    if seconds:
        time.sleep(seconds)
        with Session(address) as session:
            session.open()


def _switches(
    address: str, backbones: tuple[str, ...], errors: list[str]
) -> Generator[None, None, None]:
    """One switch after the other; readers change as they go on, until it is closed."""
    number = 0
    while True:
        with Session(address) as session:
            session.open()
            for _ in range(STAY):
                number += 1
                try:
                    _switch(session, number, backbones)
                except WireError as error:
                    errors.append(f"switch {number}: {error}")
                    yield
                    break
                told = [each for each in session.errors if not each.startswith(EXPECTED)]
                errors += [f"switch {number}: {each}" for each in told]
                yield


def _switch(session: Session, number: int, backbones: tuple[str, ...]) -> None:
    """The next of a round of eight: pages, and what Explore shows."""
    turn, lap = number % 8, number // 8
    if turn in (0, 4):
        session.open(PAGES[(number // 4) % len(PAGES)])
    elif turn in (1, 5):
        session.open()
    elif turn == 2:
        titles = [each.content for each in session.widget("example").options]
        session.set(example=[titles[lap % len(titles)]])
    elif turn == 3:
        session.set(backbone=backbones[lap % len(backbones)])
    elif turn == 6:
        options = list(session.widget("task").options)
        session.set(task=options[lap % len(options)])
    else:
        session.set(text=text_of(0, number, 1))


def settled(server: psutil.Process, temporary: Path, bound: Counts | None = None) -> Counts:
    """Counts when nobody is there: once they are no more than a bound, or have stood still."""
    end, last = time.monotonic() + SETTLE, Counts.of(server, temporary)
    still = 0
    while time.monotonic() < end:
        time.sleep(1.0)
        now = Counts.of(server, temporary)
        same = (now.threads, now.files, now.folders) == (last.threads, last.files, last.folders)
        still, last = still + 1 if same else 0, now
        if still >= 5 and (bound is None or leaks(bound, now) == []):
            break
    return last


def leaks(before: Counts, after: Counts, sessions: int = 0) -> list[str]:
    """What there is more of than before, memory aside, and pools that are not yet full.

    Args:
        before: counts.
        after: counts.
        sessions: of closed tabs that cannot have expired yet.
    """
    names = {"threads": POOLS, "files": POOLS + LOOP_FILES * sessions, "folders": 0}
    return [
        f"{name}: {getattr(before, name)} before, {getattr(after, name)} after"
        for name, spared in names.items()
        if getattr(after, name) > getattr(before, name) + spared
    ]


def main(
    switches: Annotated[int, typer.Option(help="Those that are looked at.")] = 500,
    warm_up: Annotated[int, typer.Option(help="Those before, which fill caches.")] = 250,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Soak a server of its own; exit code 1 if it grew, leaked or failed."""
    stop_in_order()
    began = time.perf_counter()
    found = soak(switches, warm_up, ("minilm", "smollm2"))
    wrong = [*leaks(found.before, found.after), *found.errors]
    if found.growth > GROWTH:
        wrong.append(f"memory grew by {found.growth:.1%}")
    record = {
        "switches": switches,
        "warm_up": warm_up,
        "seconds": round(time.perf_counter() - began),
        "growth": round(found.growth, 4),
        "before": asdict(found.before),
        "after": asdict(found.after),
        "most_memory": max(found.memory),
        "machine_load": os.getloadavg()[0],
        "wrong": wrong,
    }
    typer.echo(json.dumps(record) if as_json else "\n".join(f"{k}: {v}" for k, v in record.items()))
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
