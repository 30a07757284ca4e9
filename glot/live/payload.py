"""What the browser is sent, once for a text: everything that follows τ, at every τ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glot.attributions.explanation import Explanation
from glot.graph.words import RULE, words_of
from glot.plots.palette import colour, title
from glot.tasks import task_title

VERSION = 1
# The view draws every token and every pair; longer texts are cut, and the view says so.
MAX_TOKENS = 512
# DeepSets is GLOT without the graph: without it a comparison would not tell what the graph adds.
COMPARED = ("mean", "adapool", "deepsets", "glot")
MAX_POOLERS = 4
# Of probabilities and predicted numbers: more digits than anyone reads.
DIGITS = 6

Floats = npt.NDArray[np.float32]


def payload(
    explanation: Explanation,
    first: dict[str, Any],
    summaries: dict[str, str | None],
    max_tokens: int,
) -> dict[str, Any]:
    """The view's data: words in one JSON text, numbers in arrays of their own.

    Streamlit sends arrays at the first level of the dictionary as Arrow columns; bytes anywhere
    in it would turn all of it into a string.

    Args:
        explanation: of one text.
        first: what the component starts from: `nonce`, `tau`, `poolers`, `tint`, `layout`,
            `words`; and `mark`, the (start, end) in characters of parts of the text to be marked.
        summaries: pooler → how its head was trained, in a sentence; None where there is none.
        max_tokens: to which texts are cut, for the code that computes the view again.

    Returns:
        `meta`, JSON; `upper` (L (L − 1) / 2,); `force` and `principal` (2 L,), x and y of each
        token in turn; `pi_NAME` (rows · L,) for each pooler with weights, row by row. Rows are
        the grid's, or one where nothing of the pooler depends on τ.
    """
    poolers = [_pooler(explanation, name, summaries) for name in explanation.poolers]
    tables = {
        f"pi_{pooler['name']}": explanation.weights[pooler["name"]][: pooler["rows"]]
        for pooler in poolers
        if pooler["rows"]
    }
    arrays = {
        "upper": explanation.upper,
        "force": explanation.positions,
        "principal": explanation.principal,
        **tables,
    }
    meta = {
        **_words(explanation),
        "max_tokens": max_tokens,
        "poolers": poolers,
        "marked": _marked(explanation, first.get("mark", ())),
        "first": {name: value for name, value in first.items() if name != "mark"},
    }
    return {
        "meta": json.dumps(meta, ensure_ascii=False, allow_nan=False),
        **{name: _column(array) for name, array in arrays.items()},
    }


def _column(array: Floats) -> Floats:
    flat = np.asarray(array, dtype=np.float32).ravel()
    # A column without values has no buffer in the browser; one token has no pairs. The front end
    # reads as many values as the tokens ask for.
    return flat if flat.size else np.full(1, np.nan, dtype=np.float32)


def _words(explanation: Explanation) -> dict[str, Any]:
    """All of the message but the poolers, in plain values."""
    pieces, reached = _pieces(explanation)
    return {
        "version": VERSION,
        "view": _view(explanation),
        "text": explanation.text,
        "backbone": explanation.backbone,
        "task": explanation.task,
        "task_title": task_title(explanation.task),
        "layer": explanation.layer,
        "n_layers": explanation.n_layers,
        "similarity": explanation.similarity,
        "trained_similarity": explanation.trained_similarity,
        "special_tokens": explanation.special_tokens,
        "tokens": list(explanation.tokens),
        "offsets": [list(span) for span in explanation.offsets],
        "pieces": pieces,
        "rest": explanation.text[reached:],
        "n_cut": explanation.n_cut,
        "special": list(explanation.special),
        "words": list(words_of(explanation.tokens, explanation.offsets, explanation.text)),
        "word_rule": RULE,
        "taus": explanation.taus.tolist(),
        "training_tau": explanation.training_tau,
        "labels": list(explanation.labels),
        "notes": list(explanation.notes),
        "max_poolers": MAX_POOLERS,
    }


def _marked(explanation: Explanation, spans: Sequence[Sequence[int]]) -> list[int]:
    """Places of the tokens that stand for a character of one of these parts of the text."""
    return [
        place
        for place, (begin, end) in enumerate(explanation.offsets)
        if any(begin < last and first < end for first, last in spans)
    ]


def _view(explanation: Explanation) -> str:
    """A name for all that decides the picture: equal ones show the same text in the same way."""
    decides = [
        explanation.text,
        explanation.backbone,
        explanation.task,
        explanation.layer,
        explanation.similarity,
        explanation.special_tokens,
    ]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:16]


def _pieces(explanation: Explanation) -> tuple[list[list[str]], int]:
    """For each token the text between the token before it and itself, and what it shows.

    Joined, with the rest of the text behind them, they are the text, and the names of the tokens
    that cover none of it. Of several tokens that share a character the first shows it.

    Returns:
        (gap, shown) for each token, and where in the text the last token ends.
    """
    pieces, reached = [], 0
    for token, (start, end) in zip(explanation.tokens, explanation.offsets, strict=True):
        if end <= start:
            pieces.append(["", token])
            continue
        begin = max(start, reached)
        pieces.append([explanation.text[reached:begin], explanation.text[begin:end]])
        reached = max(end, reached)
    return pieces, reached


def _pooler(
    explanation: Explanation, name: str, summaries: dict[str, str | None]
) -> dict[str, Any]:
    """One pooler's predictions at every τ; its weights go in an array of their own."""
    found = {
        "weights": explanation.weights.get(name),
        "predictions": explanation.probabilities.get(name),
        "values": explanation.values.get(name),
    }
    # One number of rows for all three, so that one row of the grid reads them all.
    still = all(table is None or (table == table[0]).all() for table in found.values())
    rows = 1 if still else len(explanation.taus)
    told = {
        key: None if table is None else table[:rows].astype(np.float64).round(DIGITS).tolist()
        for key in ("predictions", "values")
        for table in [found[key]]
    }
    trained = _is_trained(explanation, name, summaries)
    return {
        "name": name,
        "title": title(name),
        "colour": colour(name),
        "rows": rows if found["weights"] is not None else 0,
        **told,
        "summary": summaries.get(name) if trained else None,
        "trained": trained,
    }


def _is_trained(explanation: Explanation, name: str, summaries: dict[str, str | None]) -> bool:
    """Whether a head of this pooler was used.

    Where no head predicts anything (they compare two texts), one with a card and weights was.
    """
    predicting = {**explanation.probabilities, **explanation.values}
    if predicting:
        return name in predicting
    return name in explanation.weights and summaries.get(name) is not None
