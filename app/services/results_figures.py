"""A benchmark's lines as the data frames that its figures are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.services.results import LINE, PLACE, Board, behind
from glot.experiments.tables import records_of

if TYPE_CHECKING:
    import pandas as pd

SHOWN_COSTS = ("parameters", "train_ms", "train_mib", "inference_ms", "inference_mib")
COST_AXES = {
    "parameters": "trainable parameters",
    "milliseconds": "a training step, ms",
    "gigabytes": "memory of training, GB",
}
MIB = 2**20


def score_columns(lines: pd.DataFrame) -> list[str]:
    """The scores that are measured, as `task/split/metric`; those of ours first."""
    from glot.experiments.best import COSTS

    measured = lines[lines["value"].notna() & ~lines["metric"].isin(COSTS)]
    # `ours` stands before `paper`.
    ordered = measured.sort_values("source", kind="stable")
    return list(dict.fromkeys("/".join(place) for place in _places(ordered)))


def of_column(lines: pd.DataFrame, column: str) -> pd.DataFrame:
    """The measured lines of one score."""
    task, split, metric = column.split("/")
    here = (lines["task"] == task) & (lines["split"] == split) & (lines["metric"] == metric)
    return lines[here & lines["value"].notna()]


def seeds(board: Board, frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """A line for each seed of ours behind some lines of one score."""
    import pandas as pd

    place = tuple(column.split("/"))
    names = ["backbone", "method", "regime", "setting", "value"]
    ours = frame[frame["source"] == "ours"]
    found = [
        (*key[1:], row.value)
        for key in ours[list(LINE)].itertuples(index=False, name=None)
        for row in behind(board, tuple(key), place)
    ]
    return pd.DataFrame(found, columns=names)


def along(board: Board, lines: pd.DataFrame, column: str) -> pd.DataFrame:
    """Scores along τ with the graph's density, or along length with seconds.

    Returns:
        Columns source, backbone, method, along, value, deviation, below.
    """
    import pandas as pd

    varied = _tau if board.experiment == "tau" else _length
    records = varied(board, lines, column)
    names = ["source", "backbone", "method", "along", "value", "deviation", "below"]
    frame = pd.DataFrame(records, columns=names)
    return frame.astype(dict.fromkeys(names[3:], float))


def _tau(board: Board, lines: pd.DataFrame, column: str) -> list[tuple[Any, ...]]:
    """Of ours, τ stands in the rows; of the paper's, in the setting."""
    place = tuple(column.split("/"))
    found = []
    for line in records_of(of_column(lines, column)):
        if line["source"] == "paper":
            told, tau, density = f"{line['backbone']}, {line['regime']}", line["setting"][2:], None
        else:
            rows = behind(board, tuple(line[name] for name in LINE), place)
            told, tau, density = line["backbone"], rows[0].tau, _mean(r.density for r in rows)
        found.append((line["source"], told, "glot", tau, line["value"], line["deviation"], density))
    return found


def _length(board: Board, lines: pd.DataFrame, column: str) -> list[tuple[Any, ...]]:
    """Every length is a task of its own; the metric is what they share."""
    metric = column.rpartition("/")[2]
    found = []
    for line in records_of(lines[lines["value"].notna() & (lines["metric"] == metric)]):
        rows = behind(board, *(tuple(line[n] for n in names) for names in (LINE, PLACE)))
        length = rows[0].settings.get("max_tokens")
        names = line["source"], line["backbone"], line["method"]
        seconds = _mean(row.seconds for row in rows)
        found.append((*names, length, line["value"], line["deviation"], seconds))
    return found


def z_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """z-scores of ours and of the paper's, each among themselves, with their `source`."""
    import pandas as pd

    from glot.experiments.comparison import z_scores

    measured = lines[lines["value"].notna() & (lines["split"] != "validation")]
    parts = [
        z_scores(part).assign(source=source)
        for source, part in measured.groupby("source", sort=False)
    ]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def costs(lines: pd.DataFrame) -> pd.DataFrame:
    """Our methods' costs, metric by metric."""
    import pandas as pd

    ours = lines[(lines["source"] == "ours") & lines["value"].notna()]
    methods = ours[ours["metric"].isin(SHOWN_COSTS)]
    order = pd.Categorical(methods["metric"], SHOWN_COSTS, ordered=True)
    return methods.assign(order=order).sort_values("order", kind="stable")


def lengths(board: Board, lines: pd.DataFrame) -> pd.DataFrame:
    """Time of the token graph and the backbone, by number of tokens."""
    import pandas as pd

    backbones = set(lines["backbone"])
    found = [
        (row.backbone, row.metric, row.settings["tokens"], row.value, made_up(row.settings))
        for row in board.rows
        if row.metric in ("graph_ms", "backbone_ms") and row.backbone in backbones
    ]
    return pd.DataFrame(found, columns=["backbone", "metric", "tokens", "value", "made_up"])


def made_up(settings: dict[str, Any]) -> bool:
    """Whether the token states were not a backbone's."""
    return settings.get("states") == "made up"


def score_and_costs(lines: pd.DataFrame, column: str) -> pd.DataFrame:
    """One score of each method beside its costs.

    Returns:
        Columns source, backbone, method, score, and those of `COST_AXES`, in units that ours and
        the paper's share; NaN where a cost is not known.
    """
    import pandas as pd

    known: dict[tuple[str, ...], dict[str, float]] = {}
    for line in records_of(lines[lines["value"].notna()]):
        known.setdefault(_method(line), {})[line["metric"]] = line["value"]
    records = []
    for line in records_of(of_column(lines, column)):
        cost = known[_method(line)]
        memory = cost.get("gpu_memory_gb", cost.get("train_mib", float("nan")) * MIB / 1e9)
        records.append(
            {
                **{name: line[name] for name in ("source", "backbone", "method")},
                "score": line["value"],
                "parameters": cost.get("parameters"),
                "milliseconds": cost.get("runtime_ms", cost.get("train_ms")),
                "gigabytes": memory,
            }
        )
    names = ["source", "backbone", "method", "score", *COST_AXES]
    return pd.DataFrame(records, columns=names).astype(dict.fromkeys(names[3:], float))


def _method(line: dict[str, Any]) -> tuple[str, ...]:
    """What tells a method's costs and scores belong together: of the paper's, its table too."""
    table = line["regime"] if line["source"] == "paper" else ""
    return line["source"], line["backbone"], line["method"], table


def _places(lines: pd.DataFrame) -> list[tuple[str, ...]]:
    return [tuple(map(str, place)) for place in lines[list(PLACE)].itertuples(index=False)]


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
