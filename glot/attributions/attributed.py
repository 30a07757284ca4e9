"""What attributions of one text come to: rows over the same units, curves, numbers. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from glot.attributions.faithfulness import Curves, kendall
from glot.attributions.units import Floats
from glot.errors import GlotError

if TYPE_CHECKING:
    from glot.attributions.edges import EdgeImportance
    from glot.attributions.gradients import Integrated

# Row → title, in the order in which rows are shown.
TITLES = {
    "readout": "Readout π",
    "occlusion": "Occlusion",
    "integrated": "Integrated gradients",
    "gradient": "Gradient × input",
    "embeddings": "Integrated gradients from the embeddings",
}
REFERENCE = "occlusion"
SHARE = 0.2


@dataclass(frozen=True)
class Numbers:
    """How faithful a ranking is; each is defined in `glot.attributions.faithfulness`.

    Attributes:
        comprehensiveness: fall of the score without the top share; NaN for a single unit.
        sufficiency: fall of the score with the top share alone; NaN for a single unit.
        aopc: mean fall over all steps.
        deletion_area: mean height of the deletion curve.
        insertion_area: mean height of the insertion curve.
        kendall: τ-b with occlusion; None where one of both ranks nothing.
    """

    comprehensiveness: float
    sufficiency: float
    aopc: float
    deletion_area: float
    insertion_area: float
    kendall: float | None

    @classmethod
    def of(cls, curves: Curves, share: float, agreement: float | None) -> Numbers:
        """Of one ranking's curves, with its agreement with occlusion."""
        return cls(
            curves.comprehensiveness(share),
            curves.sufficiency(share),
            curves.aopc,
            curves.deletion_area,
            curves.insertion_area,
            agreement,
        )

    def to_dict(self) -> dict[str, float | None]:
        """Plain values; NaN is None."""
        return {key: _finite(value) for key, value in vars(self).items()}


@dataclass(frozen=True)
class Attributed:
    """One text through one head, with what each way of attribution makes of it.

    Attributes:
        text: the text.
        other: the second text of the pair, which is left as it is; None for single texts.
        second: whether `text` stands second in the pair.
        backbone: the backbone's name.
        task: the task's name.
        pooler: the pooler of the head.
        tau: threshold of the head's graph; None for heads without one.
        classes: the head's classes; empty for heads of numbers.
        target: the class that is attributed; empty for heads of numbers.
        prediction: the class that the head tells; empty for heads of numbers.
        score: the probability of the target, or the number that is told.
        words: whether tokens are merged to words.
        removal: what taking away means: `pooling` or `text`.
        tokens: the L token strings.
        units: the U names of tokens or words.
        removable: (U,) which of them can be taken away.
        rows: name in `TITLES` → (U,) attributions; NaN where there is none.
        curves: name → curves of the row's ranking, of rows that rank.
        random: curves of random rankings; empty where there is nothing to rank.
        random_kendall: mean of Kendall's τ of random rankings with occlusion; None without any.
        integrated: name → integrated gradients of tokens, with their completeness error.
        edges: of heads with a graph.
        notes: what the reader must know.

    Raises:
        GlotError: a row does not fit the units.
    """

    text: str
    other: str | None
    second: bool
    backbone: str
    task: str
    pooler: str
    tau: float | None
    classes: tuple[str, ...]
    target: str
    prediction: str
    score: float
    words: bool
    removal: str
    tokens: tuple[str, ...]
    units: tuple[str, ...]
    removable: tuple[bool, ...]
    rows: dict[str, Floats]
    curves: dict[str, Curves]
    random: tuple[Curves, ...] = ()
    random_kendall: float | None = None
    integrated: dict[str, Integrated] = field(default_factory=dict)
    edges: EdgeImportance | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, values in self.rows.items():
            if values.shape != (len(self.units),):
                raise GlotError(
                    f"The row {name} has shape {values.shape}.", f"Accepted: ({len(self.units)},)."
                )

    def numbers(self, share: float = SHARE) -> dict[str, Numbers]:
        """Row → how faithful its ranking is, for rows that rank."""
        reference = self.rows[REFERENCE]
        return {
            name: Numbers.of(each, share, kendall(self.rows[name], reference))
            for name, each in self.curves.items()
        }

    def random_numbers(self, share: float = SHARE) -> Numbers | None:
        """The mean over the random rankings; None where there is nothing to rank."""
        if not self.random:
            return None
        found = [Numbers.of(each, share, None) for each in self.random]
        means = {
            key: float(np.mean([getattr(each, key) for each in found]))
            for key in vars(found[0])
            if key != "kendall"
        }
        return Numbers(**means, kendall=self.random_kendall)

    def top(self, share: float = SHARE) -> int:
        """How many units the top share makes; 0 where there is nothing to rank."""
        return self.random[0].top(share) if self.random else 0

    def to_record(self, share: float = SHARE) -> dict[str, Any]:
        """Everything as plain values, for JSON; numbers that are not known are null."""
        chance = self.random_numbers(share)
        numbers = {name: each.to_dict() for name, each in self.numbers(share).items()}
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "share": share,
            "rows": {
                name: [_finite(value) for value in values.tolist()]
                for name, values in self.rows.items()
            },
            "numbers": numbers | ({"random": chance.to_dict()} if chance else {}),
            "curves": {name: _curves(each) for name, each in self.curves.items()},
            "completeness": {
                name: {
                    "baseline": each.baseline,
                    "steps": each.steps,
                    "sum": each.total,
                    "difference": each.difference,
                    "error": each.error,
                }
                for name, each in self.integrated.items()
            },
            "edges": _edges(self.edges),
        }

    def to_table(self) -> list[dict[str, Any]]:
        """One record for each unit: its name, and its attribution in each row."""
        return [
            {"unit": unit} | {name: _finite(float(row[i])) for name, row in self.rows.items()}
            for i, unit in enumerate(self.units)
        ]


_PLAIN = (
    "text",
    "other",
    "second",
    "backbone",
    "task",
    "pooler",
    "tau",
    "target",
    "prediction",
    "score",
    "words",
    "removal",
    "tokens",
    "units",
    "removable",
    "notes",
)


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else value


def _curves(curves: Curves) -> dict[str, list[float]]:
    names = ("gone", "deletion", "there", "insertion")
    return {name: getattr(curves, name).tolist() for name in names}


def _edges(edges: EdgeImportance | None) -> dict[str, Any] | None:
    if edges is None:
        return None
    return {
        "n_edges": edges.n_edges,
        "all_together": edges.together,
        "pairs": edges.pairs.tolist(),
        "similarities": edges.similarities.tolist(),
        "values": edges.values.tolist(),
    }
