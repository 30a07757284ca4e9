"""Readers of strangers' files, each as something that a fuzzer can call with bytes.

Only `GlotError` may come of any bytes: whatever else escapes is a finding.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glot.errors import GlotError

# An error that people read is no dump of what they gave.
MOST_TOLD = 2_500

Read = Callable[[bytes, Path], None]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        read: takes the bytes and a folder of its own to write them to.
        watched: functions of other houses whose branches guide the fuzzer, besides our own.
    """

    read: Read
    watched: tuple[str, ...] = ()


def tried(target: Target, data: bytes, folder: Path) -> GlotError | None:
    """Give the bytes to a reader.

    Returns:
        Why they were refused, None where they were taken.
    """
    try:
        target.read(data, folder)
    except GlotError as error:
        told = str(error)
        assert told.strip(), "an error without words"
        assert len(told) <= MOST_TOLD, f"an error of {len(told)} characters: {told[:200]}"
        told.encode()
        return error
    return None


def card(data: bytes, folder: Path) -> None:
    """`config.json` of a checkpoint, and what is told of it."""
    from glot.heads.card import HeadCard
    from glot.heads.checkpoint import CARD
    from glot.heads.readme import model_card
    from glot.heads.shipped import scores
    from glot.heads.summary import head_summary

    head = folder / "minilm" / "sst2" / "glot"
    head.mkdir(parents=True, exist_ok=True)
    (head / CARD).write_bytes(data)
    with _environment(GLOT_CHECKPOINTS=str(folder)):
        head_summary("minilm", "sst2", "glot")
    read = HeadCard.read(head / CARD)
    scores(read)
    model_card(read)


def checkpoint(data: bytes, folder: Path) -> None:
    """A whole checkpoint: `config.json`, a line feed, two of them, then the weights."""
    from glot.heads.checkpoint import CARD, WEIGHTS, read_head

    settings, _, weights = data.partition(b"\n\n")
    (folder / CARD).write_bytes(settings)
    (folder / WEIGHTS).write_bytes(weights)
    _run(read_head(folder))


def reference(data: bytes, folder: Path) -> None:
    """A head of the published implementation, safetensors or torch."""
    import torch

    from glot.integrations.reference import load_pooler

    path = folder / "head.pt"
    path.write_bytes(data)
    pooler = load_pooler(path, tau=0.3)
    if pooler.in_width > 64:
        return
    with torch.inference_mode():
        pooler(torch.ones(1, 3, pooler.in_width), torch.ones(1, 3, dtype=torch.bool))


def csv(data: bytes, folder: Path) -> None:
    """A reader's labelled texts as CSV."""
    _own_file(data, folder / "own.csv")


def jsonl(data: bytes, folder: Path) -> None:
    """A reader's labelled texts as lines of JSON."""
    _own_file(data, folder / "own.jsonl")


def parquet(data: bytes, folder: Path) -> None:
    """A reader's labelled texts as parquet."""
    _own_file(data, folder / "own.parquet")


def ledger(data: bytes, folder: Path) -> None:
    """A file of the results ledger: bad lines are named, never raised."""
    from glot.experiments.ledger import read_ledger
    from glot.experiments.row import Row, unpack_hits

    (folder / "stress.jsonl").write_bytes(data)
    found = read_ledger("stress", folder)
    for row in found.rows:
        assert Row.parse(row.line()).line() == row.line()
        row.flat()
        row.command()
        if row.hits:
            unpack_hits(row)
    for bad in found.bad:
        assert len(str(bad)) <= MOST_TOLD


def run(data: bytes, folder: Path) -> None:
    """What is kept on disk of a training: the request, two line feeds, where it stands."""
    from glot.training.runs.folder import REQUEST, STATE, find_run

    place = folder / "runs" / "20260101-000000-own"
    place.mkdir(parents=True, exist_ok=True)
    request, _, state = data.partition(b"\n\n")
    (place / REQUEST).write_bytes(request)
    (place / STATE).write_bytes(state)
    with _environment(GLOT_CACHE=str(folder)):
        found = find_run(place.name)
    if found is not None:
        state_of = found.state()
        f"{state_of.share:.0%} {state_of.seconds:.0f}"
        found.check_data()


TARGETS = {
    "card": Target(card),
    "checkpoint": Target(checkpoint),
    "reference": Target(reference, ("torch._weights_only_unpickler:Unpickler.load",)),
    "csv": Target(csv),
    "jsonl": Target(jsonl),
    "parquet": Target(parquet),
    "ledger": Target(ledger),
    "run": Target(run),
}


def _own_file(data: bytes, path: Path) -> None:
    """All that pages and commands do with a file before anything is trained on it."""
    from glot.projection.rows import file_rows
    from glot.tasks.own import OwnColumns, own_task
    from glot.training.inspection import inspect_file

    path.write_bytes(data)
    # A backbone that is not there: words are counted, and no tokenizer is read every time.
    found = inspect_file(path, OwnColumns(drop_empty=True), backbone="./none")
    for line in found.told():
        line.encode()
    own_task(path, found.columns)
    file_rows(path, found.columns, 0)


def _run(trained) -> None:  # type: ignore[no-untyped-def]
    import torch

    width = trained.card.width
    if width > 64:
        return
    with torch.inference_mode():
        hidden, mask = torch.ones(1, 3, width), torch.ones(1, 3, dtype=torch.bool)
        trained.head.embed(hidden, mask)


@contextmanager
def _environment(**values: str):  # type: ignore[no-untyped-def]
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
