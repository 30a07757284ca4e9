"""A pair at one τ as a JSON-ready record, and its numbers as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from glot.attributions.explanation import Prediction
from glot.attributions.pair import PairExplanation


def pair_record(pair: PairExplanation, tau: float, above: float) -> dict[str, Any]:
    """Plain values.

    Args:
        pair: two texts.
        tau: a value of its grid.
        above: threshold of the links between the texts.

    Returns:
        `backbone`, `task`, `similarity`, `tau`, `training_tau`, `texts` (for each `text`,
        `tokens`, `edges`, `density`, `components`, `edge_list` and `weights` by pooler),
        `reference`, `scale`, `predictions` (by pooler: `label` and `probabilities`, or `value`;
        null where no head is trained), `cosines` (by pooler), `links_above`, `links` (place in
        the first text, in the second, similarity; strongest first), `notes`.
    """
    links = pair.links(above)
    values = pair.cross[links[:, 0], links[:, 1]]
    return {
        "backbone": pair.first.backbone,
        "task": pair.first.task,
        "similarity": pair.first.similarity,
        "tau": tau,
        "training_tau": pair.first.training_tau,
        "texts": [_text(pair, number, tau) for number in (0, 1)],
        "reference": pair.reference,
        "scale": pair.scale,
        "predictions": {name: _answer(pair.answer(name, tau)) for name in pair.first.poolers},
        "cosines": {name: pair.cosine(name, tau) for name in pair.first.poolers},
        "links_above": above,
        "links": [
            [int(i), int(j), float(value)] for (i, j), value in zip(links, values, strict=True)
        ],
        "notes": [*pair.notes, *filter(None, [pair.missing])],
    }


def _text(pair: PairExplanation, number: int, tau: float) -> dict[str, Any]:
    text = pair.texts[number]
    statistics = text.statistics(tau)
    row = text.row(tau)
    return {
        "text": text.text,
        "tokens": list(text.tokens),
        "edges": statistics.edges,
        "density": statistics.density,
        "components": statistics.components,
        "edge_list": text.edges(tau).tolist(),
        "weights": {name: text.weights[name][row].tolist() for name in pair.weighted},
    }


def _answer(answer: Prediction | float | None) -> dict[str, Any] | None:
    if isinstance(answer, Prediction):
        return {"label": answer.label, "probabilities": answer.probabilities}
    return None if answer is None else {"value": answer}


def predictions_csv(pair: PairExplanation) -> str:
    """What every head tells at every τ: a line for each τ and pooler.

    Columns: `tau`, `pooler`, `cosine` of the two sentence vectors, and the probability of each
    class (`p LABEL`) or the `value`.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    labels = [f"p {label}" for label in pair.labels] if pair.probabilities else ["value"]
    writer.writerow(["tau", "pooler", "cosine", *labels])
    for name in (name for name in pair.first.poolers if name in pair.cosines):
        told = pair.probabilities.get(name)
        numbers = pair.values[name][:, None] if told is None else told
        for tau, cosine, row in zip(pair.taus, pair.cosines[name], numbers, strict=True):
            writer.writerow([f"{tau:g}", name, _shown(cosine), *map(_shown, row)])
    return table.getvalue()


def similarities_csv(pair: PairExplanation) -> str:
    """The similarities between the texts: tokens of the first down, of the second across."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["", *pair.second.tokens])
    for token, row in zip(pair.first.tokens, pair.cross, strict=True):
        writer.writerow([token, *map(_shown, row)])
    return table.getvalue()


def _shown(value: np.floating[Any]) -> str:
    return f"{float(value):.6f}"
