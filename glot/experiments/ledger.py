"""The results ledger: every number that was measured, one line each, never changed.

One file an experiment, `assets/results/<experiment>.jsonl`. A line stands for itself, so two
ledgers merge by putting their lines together; lines that say the same count once.
"""

from __future__ import annotations

import binascii
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from glot.errors import GlotError, quoted
from glot.files import sealed, unsealed, whole
from glot.paths import results_folder

SCHEMA = 1
SUFFIX = ".jsonl"
ROW = "Accepted: a line as `glot reproduce` writes it."


@dataclass(frozen=True)
class Row:
    """One measured number and everything that stands behind it.

    Attributes:
        experiment: a name in `glot.experiments.EXPERIMENTS`.
        table: the paper's tables and figures that it belongs to; `ours` where it has none.
        cell: what was measured, unique with task, split and metric: `glot reproduce EXPERIMENT
            --row CELL` measures it again.
        task: name of the task.
        split: of the task; `validation` in rows that record a search.
        metric: what `value` is, a name in `glot.metrics.METRICS` or one that the experiment says.
        value: the number; in percent where the paper writes percent.
        backbone: name of the backbone.
        fingerprint: sha256 of its weights.
        pooler: name of the pooler, or of the method where there is none.
        method: what stands in the tables: the pooler and how it differs from its default.
        conv: of the token-GNN; empty without one.
        protocol: of the stress test; empty elsewhere.
        ratio: distractor ratio of the stress test.
        tau: threshold τ of the token graph.
        density: share of the token pairs with an edge on the reported split, from 0 to 1.
        regime: `fixed` (the paper's settings), `searched`, `search` (one trial of a search),
            `stopped` (one that was ended early because others were ahead: its best score until
            then, and never a choice), or another that the experiment explains; empty where
            nothing is trained.
        settings: all other settings.
        seed: of weights and order.
        n_train: rows that were learnt from.
        n_validation: rows that the epoch was chosen by.
        n_eval: rows that the value was measured on.
        parameters: trainable parameters, counted.
        seconds: wall time of the cell.
        low: lower end of the value's 95 % interval over the examples.
        high: upper end.
        hits: which examples were right, for paired comparisons: bits, base64 (`pack_hits`).
        device: what it was measured on.
        threads: of torch on a CPU.
        versions: of the packages.
        commit: of the project, with `+` when its code had changes.
        date: YYYY-MM-DD.
    """

    experiment: str
    table: str
    cell: str
    task: str
    split: str
    metric: str
    value: float
    backbone: str
    fingerprint: str
    pooler: str
    method: str
    device: str
    commit: str
    date: str
    seed: int
    n_train: int
    n_eval: int
    conv: str = ""
    protocol: str = ""
    ratio: float | None = None
    tau: float | None = None
    density: float | None = None
    regime: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    n_validation: int = 0
    parameters: int = 0
    seconds: float = 0.0
    low: float | None = None
    high: float | None = None
    hits: str = ""
    threads: int = 0
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in fields(self):
            _check_field(entry.name, str(entry.type), getattr(self, entry.name))
        for name in ("experiment", "cell", "task", "split", "metric", "backbone", "method"):
            if not getattr(self, name):
                raise GlotError(f"A ledger row without {name}.", "Accepted: rows that name it.")
        _check_hits(self.hits, self.n_eval)

    def line(self) -> str:
        """The row as one line of JSON; what is not set is left out."""
        return json.dumps(self._values(), ensure_ascii=False)

    def sealed_line(self) -> str:
        """`line` as it stands in a file: with a digest, by which damage is known."""
        return json.dumps(sealed(self._values()), ensure_ascii=False)

    def _values(self) -> dict[str, Any]:
        values = {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if getattr(self, entry.name) not in ("", None, {})
        }
        return {"schema": SCHEMA, **values}

    @classmethod
    def parse(cls, line: str) -> Row:
        """The inverse of `line` and of `sealed_line`.

        Raises:
            GlotError: the line is no JSON object, damaged, of another schema, or not a whole row.
        """
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise GlotError(f"It is no JSON ({error}).", ROW) from error
        if not isinstance(values, dict):
            raise GlotError("It is no JSON object.", ROW)
        try:
            values = unsealed(values)
        except ValueError as error:
            raise GlotError(f"{str(error).capitalize()}.", ROW) from error
        schema = values.pop("schema", None)
        if schema != SCHEMA:
            raise GlotError(f"Its schema is {quoted(schema)}.", f"Accepted: {SCHEMA}.")
        try:
            return cls(**values)
        except TypeError as error:
            reason = str(error).split("__init__() ")[-1][:200]
            raise GlotError(f"It is no ledger row: {reason}.", ROW) from error

    def command(self) -> str:
        """What measures it again."""
        return f"glot reproduce {self.experiment} --row {self.cell}"

    def flat(self) -> dict[str, Any]:
        """One flat object: settings and versions beside the other fields, without `hits`."""
        values = asdict(self)
        settings, versions = values.pop("settings"), values.pop("versions")
        del values["hits"]
        packages = {f"{name} version": value for name, value in versions.items()}
        return {**values, **settings, **packages, "command": self.command()}


@dataclass(frozen=True)
class BadLine:
    """A line that is skipped, and why."""

    path: Path
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.number} is skipped: {self.reason}"


@dataclass(frozen=True)
class Ledger:
    """Rows in the order of their lines, and the lines that are none."""

    rows: tuple[Row, ...] = ()
    bad: tuple[BadLine, ...] = ()

    def cells(self) -> set[str]:
        """Everything that has been measured."""
        return {row.cell for row in self.rows}

    def of(self, cell: str) -> list[Row]:
        """The rows of one cell."""
        return [row for row in self.rows if row.cell == cell]


def read_ledger(experiment: str = "", folder: Path | None = None) -> Ledger:
    """The rows of one experiment, or of all.

    Args:
        experiment: its name; empty: all files of the folder.
        folder: of the ledger's files; by default `glot.paths.results_folder`.

    Raises:
        GlotError: a file is there and cannot be read.
    """
    root = folder or results_folder()
    paths = [root / (experiment + SUFFIX)] if experiment else sorted(root.glob("*" + SUFFIX))
    rows: dict[str, Row] = {}
    bad: list[BadLine] = []
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            try:
                row = Row.parse(line)
            except GlotError as error:
                bad.append(BadLine(path, number, str(error)))
            else:
                rows.setdefault(row.line(), row)
    return Ledger(tuple(rows.values()), tuple(bad))


def append_rows(rows: Sequence[Row], folder: Path | None = None) -> None:
    """Add rows to their experiments' files; the rows of one experiment all or not at all.

    Raises:
        GlotError: the ledger cannot be written.
    """
    root = folder or results_folder()
    for experiment in dict.fromkeys(row.experiment for row in rows):
        path = root / (experiment + SUFFIX)
        append_to(path, [row for row in rows if row.experiment == experiment])


def append_to(path: Path, rows: Sequence[Row]) -> None:
    """Add rows to one file, whatever their experiment: all of them or none.

    The file is written anew beside itself and takes its own place, so neither a kill nor a full
    disk leaves a part of a cell's rows, which would pass for a cell that is done.

    Raises:
        GlotError: the file cannot be written; it is as it was.
    """
    text = "".join(f"{row.sealed_line()}\n" for row in rows)
    try:
        # Of a link, the file that it leads to.
        file = path.resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _one_writer(file.parent), whole(file) as aside:
            before = file.read_bytes() if file.is_file() else b""
            # A line that was cut off stays alone.
            torn = before and not before.endswith(b"\n")
            aside.write_bytes(before + (b"\n" if torn else b"") + text.encode())
    except OSError as error:
        raise GlotError(
            f"Results could not be written to {path}: {error}.",
            "Accepted: a folder with room that you may write to.",
            "Free space, or name another folder with GLOT_RESULTS.",
        ) from error


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Hold a folder itself, which leaves no lock among files that are committed."""
    import fcntl

    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def pack_hits(labels: Iterable[float], predicted: Iterable[float]) -> str:
    """Which predictions are right, one bit each, as base64."""
    import base64

    import numpy as np

    right = [label == guess for label, guess in zip(labels, predicted, strict=True)]
    return base64.b64encode(np.packbits(np.array(right, dtype=bool)).tobytes()).decode()


def unpack_hits(row: Row) -> list[bool]:
    """The inverse of `pack_hits`, one truth value for each of the row's examples."""
    import base64

    import numpy as np

    bits = np.frombuffer(base64.b64decode(row.hits), dtype=np.uint8)
    return [bool(bit) for bit in np.unpackbits(bits, count=row.n_eval)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GlotError(
            f"The ledger {path} cannot be read: {error}.", "Accepted: a file that you may read."
        ) from error


def _check_field(name: str, kind: str, value: Any) -> None:
    """A field's value against its annotation, which is one of a few."""
    accepted: tuple[type, ...] = {
        "str": (str,),
        "int": (int,),
        "float": (int, float),
        "float | None": (int, float, type(None)),
    }.get(kind, (dict,))
    good = isinstance(value, accepted) and not isinstance(value, bool)
    if not good or (isinstance(value, float) and not math.isfinite(value)):
        raise GlotError(f"{name} is {quoted(value)}.", f"Accepted: {kind}, finite.")


def _check_hits(hits: str, n_eval: int) -> None:
    """As many bits as there were examples, rounded up to whole bytes."""
    try:
        size = len(binascii.a2b_base64(hits, strict_mode=True))
    except ValueError:
        size = -1
    if hits and size != (n_eval + 7) // 8:
        raise GlotError(
            f"hits is {quoted(hits)}, n_eval is {quoted(n_eval)}.",
            "Accepted: base64 of one bit for each example.",
        )
