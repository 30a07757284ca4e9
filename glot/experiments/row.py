"""One row of the results ledger: a measured number, and which examples were right.

A row is one line of JSON in a file of the ledger (`glot.experiments.ledger`).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from glot.errors import GlotError, quoted
from glot.files import sealed, unsealed

SCHEMA = 1
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


def pack_hits(labels: Iterable[float], predicted: Iterable[float]) -> str:
    """Which predictions are right, one bit each, as base64."""
    import numpy as np

    right = [label == guess for label, guess in zip(labels, predicted, strict=True)]
    return base64.b64encode(np.packbits(np.array(right, dtype=bool)).tobytes()).decode()


def unpack_hits(row: Row) -> list[bool]:
    """The inverse of `pack_hits`, one truth value for each of the row's examples."""
    import numpy as np

    bits = np.frombuffer(base64.b64decode(row.hits), dtype=np.uint8)
    return [bool(bit) for bit in np.unpackbits(bits, count=row.n_eval)]


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
