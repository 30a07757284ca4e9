"""Ledger rows whose numbers are known."""

from glot.experiments.row import Row, pack_hits


def row(method="glot", value=80.0, seed=42, right=None, **other):
    """A row of the stress test; `right` are its hits, which then decide its accuracy."""
    pooler = method.partition(",")[0]
    fields = {
        "experiment": "stress",
        "table": "Table 7, Figure 3",
        "task": "stress-strict-0.9",
        "split": "test",
        "metric": "accuracy",
        "backbone": "minilm",
        "fingerprint": "f" * 64,
        "pooler": pooler,
        "device": "cpu",
        "commit": "0" * 12,
        "date": "2026-11-20",
        "n_train": 100,
        "n_eval": 50,
        "conv": "gat" if pooler == "glot" else "",
        "tau": 0.6 if pooler == "glot" else None,
        "regime": "searched",
        **other,
    }
    if fields["task"].startswith("stress-"):
        _, fields["protocol"], ratio = fields["task"].split("-")
        fields["ratio"] = float(ratio)
    if right is not None:
        fields["hits"] = pack_hits(right, [1] * len(right))
        fields["n_eval"] = len(right)
        if fields["metric"] == "accuracy":
            value = 100.0 * sum(right) / len(right)
    last = f"seed-{seed}" if fields["regime"] != "search" else "trial-0"
    task, regime = fields["task"], fields["regime"]
    cell = f"{fields['backbone']}/{task}/{method.replace(', ', '-')}/{regime}/{last}"
    return Row(**{"cell": cell, **fields, "method": method, "value": value, "seed": seed})
