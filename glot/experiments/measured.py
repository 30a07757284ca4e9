"""What cells of trained models share: rows of a split, of a search, a density, a digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any

import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.row import Row, pack_hits
from glot.graph.similarity import token_similarity
from glot.training.data import Split
from glot.training.evaluation import Scored

if TYPE_CHECKING:
    from glot.experiments.bench import Bench

# Texts of a reported split whose graphs' density is averaged.
DENSITY_TEXTS = 200


def scored_rows(about: dict[str, Any], split: str, scored: Scored) -> list[Row]:
    """One row for each metric of a reported split; the first has an interval and its hits."""
    values = scored.record()
    low, high = values["interval_95"]
    first: dict[str, Any] = {"low": low, "high": high}
    if about["settings"]["head"] == "classifier":
        first["hits"] = pack_hits(scored.labels, scored.predicted)
    return [
        Row(
            **about,
            **({} if number else first),
            split=split,
            metric=metric,
            value=values[metric],
            n_eval=values["n"],
        )
        for number, metric in enumerate(scored.metrics)
    ]


def trial_rows(bench: Bench, experiment: str, prefix: str, n: int) -> list[Row]:
    """The latest row of every trial of a search.

    Args:
        bench: the run.
        experiment: the search's.
        prefix: of its cells, without `/trial-`.
        n: trials of the search.

    Raises:
        GlotError: one is not measured.
    """
    latest = {row.cell: row for row in bench.ledger(experiment).rows}
    cells = [f"{prefix}/trial-{i}" for i in range(n)]
    if missing := [cell for cell in cells if cell not in latest]:
        raise GlotError(
            f"{prefix}: {len(missing)} of {n} trials of its search are not measured.",
            "Accepted: what is trained after its search is done.",
            f"Run glot reproduce {experiment} --backbone {bench.backbone.name}.",
        )
    return [latest[cell] for cell in cells]


def settings_digest(settings: Any) -> str:
    """Six digits that stand for a dataclass's settings."""
    text = json.dumps(_set_values(settings), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _set_values(settings: Any) -> Any:
    """A dataclass as plain values without those at their default.

    So a setting that is added later leaves the names of cells that do without it as they are.
    """
    if isinstance(settings, tuple):
        return [_set_values(entry) for entry in settings]
    if not is_dataclass(settings):
        return settings
    return {
        entry.name: _set_values(getattr(settings, entry.name))
        for entry in fields(settings)
        if getattr(settings, entry.name) != entry.default
    }


def density(split: Split, pooler: PoolerConfig) -> float | None:
    """Mean share of a text's token pairs with an edge at τ, over the split's first texts.

    Returns:
        None for poolers without a graph.
    """
    if pooler.name != "glot":
        return None
    shares = []
    for row in range(min(DENSITY_TEXTS, len(split))):
        batch = split.states.batch([row])
        n = batch.hidden.shape[1]
        if n > 1:
            similar = token_similarity(batch.hidden, batch.mask, pooler.similarity)[0]
            upper = torch.triu_indices(n, n, offset=1)
            shares.append(float((similar[upper[0], upper[1]] > pooler.tau).float().mean()))
    return round(mean(shares), 5) if shares else None
