"""Comparisons with their bootstrap intervals, kept on disk until the rows behind them change.

An interval takes a tenth of a second and more, and a full ledger has a hundred of them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glot.experiments.comparison import LEVEL, RESAMPLES, PairedDifference
from glot.experiments.comparisons import MEASURED, Comparison, compared, comparisons
from glot.experiments.row import Row
from glot.experiments.tables import is_trial, summary
from glot.paths import cache_folder


def kept_comparisons(
    rows: Sequence[Row], name: str, told: Callable[[int, int], None], folder: Path | None = None
) -> list[Comparison]:
    """`glot.experiments.comparisons.comparisons` of scores; only what has changed is computed.

    Args:
        rows: of one experiment, as `glot.experiments.tables.current` gives them.
        name: of the experiment; names the file.
        told: hears after each group of rows how many are done, and of how many.
        folder: of the files; by default in `glot.paths.cache_folder`.
    """
    path = (folder or cache_folder() / "comparisons") / f"{name}.json"
    groups = comparable(rows)
    known = _read(path)
    found: dict[str, list[Comparison]] = {}
    for number, group in enumerate(groups, start=1):
        key = _digest(group)
        found[key] = _parsed(known.get(key)) or comparisons(group)
        told(number, len(groups))
    if set(found) != set(known):
        _write(path, {key: [asdict(c) for c in kept] for key, kept in found.items()})
    return [comparison for kept in found.values() for comparison in kept]


def comparable(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of scores by backbone, regime, task and split, in the order of their first one.

    `comparisons` of each group are those of all rows: a method that comes in several settings,
    which it leaves out, is left out here, since a single group may not tell.
    """
    scores = [row for row in rows if not is_trial(row) and row.regime != MEASURED]
    if not scores:
        return []
    several = {
        (line.backbone, line.method, line.regime)
        for line in summary(scores).itertuples()
        if line.setting
    }
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in scores:
        if (row.backbone, row.method, row.regime) not in several:
            groups.setdefault((row.backbone, row.regime, row.task, row.split), []).append(row)
    return list(groups.values())


def _digest(rows: Sequence[Row]) -> str:
    """Stands for the rows, for what is compared and for how intervals are drawn."""
    pairs = compared({row.method: row for row in rows})
    lines = "\n".join([f"{RESAMPLES} {LEVEL} {pairs}", *(row.line() for row in rows)])
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    """What is kept; nothing where it cannot be read, for it can be computed again."""
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _parsed(kept: Any) -> list[Comparison] | None:
    """Comparisons as they were written; None where something else stands in their place."""
    try:
        return [
            Comparison(**{**each, "result": PairedDifference(**each["result"])}) for each in kept
        ]
    except (TypeError, KeyError):
        return None


def _write(path: Path, kept: dict[str, Any]) -> None:
    # Whole or not at all; where it cannot be written the next call computes them again.
    part = path.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(path)
    with suppress(OSError):
        part.unlink(missing_ok=True)
