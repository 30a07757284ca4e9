"""An explanation at one τ as a JSON-ready record and as a table on the terminal."""

from __future__ import annotations

from typing import Any

from glot.attributions.explanation import Explanation


def as_record(explanation: Explanation, tau: float) -> dict[str, Any]:
    """Plain values: what `glot explain --json` prints.

    Args:
        explanation: of one text.
        tau: a value of its grid.

    Returns:
        `text`, `backbone`, `task`, `tokens`, `offsets`, `tau`, `training_tau`, `edges` (number of
        undirected edges between different tokens), `density`, `components`, `edge_list` (pairs,
        strongest first), `weights` and `predictions` (by pooler; null where no head is trained;
        a prediction has `label` and `probabilities`, or `value`), `n_cut`, `notes`.
    """
    row = explanation.row(tau)
    statistics = explanation.statistics(tau)
    weights, predictions = {}, {}
    for name in explanation.poolers:
        table = explanation.weights.get(name)
        weights[name] = None if table is None else table[row].tolist()
        predictions[name] = _prediction(explanation, name, tau)
    return {
        "text": explanation.text,
        "backbone": explanation.backbone,
        "task": explanation.task,
        "tokens": list(explanation.tokens),
        "offsets": [list(pair) for pair in explanation.offsets],
        "tau": tau,
        "training_tau": explanation.training_tau,
        "edges": statistics.edges,
        "density": statistics.density,
        "components": statistics.components,
        "edge_list": explanation.edges(tau).tolist(),
        "weights": weights,
        "predictions": predictions,
        "n_cut": explanation.n_cut,
        "notes": list(explanation.notes),
    }


def _prediction(explanation: Explanation, pooler: str, tau: float) -> dict[str, Any] | None:
    answer, value = explanation.prediction(pooler, tau), explanation.value(pooler, tau)
    if answer is not None:
        return {"label": answer.label, "probabilities": answer.probabilities}
    return None if value is None else {"value": value}


def as_table(record: dict[str, Any]) -> None:
    """Print a record for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    names = [name for name, values in record["weights"].items() if values is not None]
    table = Table(title=f"Token weights π on {record['backbone']}, τ = {record['tau']:g}")
    table.add_column("token")
    for name in names:
        table.add_column(name, justify="right")
    for i, token in enumerate(record["tokens"]):
        # Text, not markup: a token may hold brackets.
        table.add_row(Text(token), *(f"{record['weights'][name][i]:.4f}" for name in names))
    console.print(table)
    console.print(
        f"{record['edges']} edges, density {record['density']:.1%}, "
        f"{record['components']} components",
        highlight=False,
    )
    for name, answer in record["predictions"].items():
        if answer and "value" in answer:
            console.print(f"{name}: {answer['value']:.3f}", highlight=False)
        elif answer:
            share = answer["probabilities"][answer["label"]]
            console.print(f"{name}: {answer['label']} ({share:.1%})", highlight=False)
