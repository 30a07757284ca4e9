"""What a head costs beside fine-tuning (paper, 4.6, D.2, D.5, D.7, D.8; Tables 5, 9, 10, 16, 17).

Three kinds of cells. Costs: time and memory of one training step and of inference, for every
pooler and for fine-tuning, on 32 texts about as long as CoLA's. Lengths: how long the token graph
takes beside the backbone. Scores: models that are fine-tuned for good, on MiniLM alone
(`glot.experiments.tuning_plan`), and heads from as many rows.

Metrics of costs, all of one batch: `train_ms`, a training step, for heads with token states read
from the hidden-state store; `train_mib`, weights, the optimizer's state and the peak of that
step; `inference_ms`, from texts to sentence vectors; `inference_mib`, weights and peak of that;
`parameters`, those that train. Metrics of lengths, of one text: `graph_ms`, the token graph from
token states; `backbone_ms`; `overhead_percent`, the graph's share in both together. Milliseconds
are medians of work that takes turns, with the standard deviation in the settings. The regime of
all of them is `measured`.
"""

from __future__ import annotations

import re
import statistics
import time
from functools import partial
from typing import Any

import torch

from glot.config import PoolerConfig
from glot.experiments.base import Cell, Experiment, Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.cost import SEED, WORDS, Cost, in_turns, measure_costs
from glot.experiments.fine_tuning import FULL, LORA, method_name
from glot.experiments.head_plan import HeadPlan
from glot.experiments.row import Row
from glot.experiments.space import points
from glot.experiments.tuning_plan import TuningPlan
from glot.graph.forms.choose import neighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.forms.tiles import Tiles
from glot.poolers import poolers_for

TABLE_COSTS, TABLE_LENGTHS, TABLE_SCORES = "Tables 5, 9, 16, 17", "Table 10", "Tables 5, 9, 17"
TASKS, QUICK_TASKS = ("cola", "stsb", "rte"), ("cola", "stsb")
TUNINGS = (FULL, LORA)
# The paper's learning rate first, then larger ones: its own is for a model fifty times as large.
LEARNING_RATES = {FULL.name: (FULL.lr, 5e-5, 1e-4), LORA.name: (LORA.lr, 5e-4, 1e-3)}
# Heads beside what is fine-tuned, from as many rows, for as many epochs, with as many trials.
HEADS = ("mean", "adapool", "deepsets", "glot")
# Trials learn from all rows too: of 2,000 rows of CoLA a search chose a learning rate for LoRA
# with which it learns nothing from 7,700.
SAMPLE, EPOCHS = Sample(), 3
# As many measurements as the paper's (Table 5); fewer where one takes long.
TURNS, FEW_TURNS = 10, 3
LENGTHS, QUICK_LENGTHS = (128, 512, 2048, 8192, 32768), (32, 1024)
GLOT = PoolerConfig("glot")


def cells(scope: Scope) -> list[Cell]:
    """Costs, lengths, then what is fine-tuned for good, too slow here on larger backbones."""
    costs = Costs(1 if scope.quick else TURNS)
    found = []
    for method in (*poolers_for(scope.kind), *(method_name(t, scope.kind) for t in TUNINGS)):
        key = _key(scope.backbone, "cola-length", method)
        found.append(Cell(key, partial(costs.rows, key=key, method=method), cost=20.0))
    for length in QUICK_LENGTHS if scope.quick else LENGTHS:
        key = _key(scope.backbone, f"length-{length}", "token graph")
        turns = 1 if scope.quick else TURNS if length <= 2048 else FEW_TURNS
        measure = partial(length_rows, key=key, length=length, turns=turns)
        found.append(Cell(key, measure, cost=length / 100))
    if scope.backbone == "minilm":
        for task in QUICK_TASKS if scope.quick else TASKS:
            found += _trained(scope, task)
    return found


def _trained(scope: Scope, task: str) -> list[Cell]:
    """What is fine-tuned, and heads that learnt from as many rows."""
    plans = [
        HeadPlan(
            "efficiency",
            TABLE_SCORES,
            task,
            points(PoolerConfig(name), draws=0),
            sample=SAMPLE,
            epochs=EPOCHS,
        )
        for name in HEADS
    ]
    found = [cell for plan in plans for cell in plan.cells(scope)]
    for tuning in TUNINGS:
        rates = LEARNING_RATES[tuning.name]
        found += TuningPlan("efficiency", TABLE_SCORES, task, tuning, rates, SAMPLE).cells(scope)
    return found


class Costs:
    """The costs of all methods, which are measured together, so that they take turns.

    Args:
        turns: that count.
    """

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self._found: dict[str, Cost] = {}

    def rows(self, bench: Bench, key: str, method: str) -> list[Row]:
        """The rows of one cell. A cost is given out once: asked again, all are measured again."""
        if method not in self._found:
            self._found = measure_costs(bench.backbone, TUNINGS, self.turns)
        cost = self._found.pop(method)
        about = _about(bench, "cola-length", key, TABLE_COSTS) | {
            "pooler": cost.pooler,
            "method": method,
            "parameters": cost.parameters,
            "seconds": round((sum(cost.train_ms) + sum(cost.inference_ms)) / 1000, 2),
        }
        if cost.pooler == GLOT.name:
            about |= {"conv": GLOT.conv, "tau": GLOT.tau}
        return [
            _timed(about, "train_ms", cost.train_ms, cost.settings),
            _row(about, "train_mib", cost.train_bytes / 2**20, cost.settings),
            _timed(about, "inference_ms", cost.inference_ms, cost.settings),
            _row(about, "inference_mib", cost.inference_bytes / 2**20, cost.settings),
            _row(about, "parameters", float(cost.parameters), cost.settings),
        ]


def length_rows(bench: Bench, key: str, length: int, turns: int) -> list[Row]:
    """The token graph of one text beside the backbone's pass over it, which its context bounds.

    Args:
        bench: the run.
        key: of the cell.
        length: L, in tokens; beyond the backbone's context, states are made up.
        turns: measurements that count.
    """
    began = time.perf_counter()
    backbone = bench.backbone
    read = length <= backbone.context
    if read:
        text = " ".join(WORDS * (length // len(WORDS) + 1))
        states = backbone.encode([text], length)
        hidden, mask = states.hidden, states.mask
    else:
        hidden = made_up_states(length, backbone.width).to(backbone.device)
        mask = torch.ones(hidden.shape[:2], dtype=torch.bool, device=backbone.device)
    works: dict[str, Any] = {"graph_ms": partial(build_graph, hidden, mask)}
    if read:
        works["backbone_ms"] = partial(backbone.encode, [text], length)
    times = in_turns(works, turns, backbone.device)
    about = _about(bench, f"length-{length}", key, TABLE_LENGTHS) | {
        "pooler": GLOT.name,
        "method": "token graph",
        "tau": GLOT.tau,
        "seconds": round(time.perf_counter() - began, 2),
    }
    settings = {
        "tokens": int(mask.sum()),
        "states": "backbone" if read else "made up",
        "dtype": str(backbone.dtype).removeprefix("torch."),
    }
    rows = [_timed(about, metric, values, settings) for metric, values in times.items()]
    if read:
        graph, whole = rows[0].value, rows[0].value + rows[1].value
        rows.append(_row(about, "overhead_percent", 100 * graph / whole, settings, turns))
    return rows


def build_graph(hidden: torch.Tensor, mask: torch.Tensor) -> None:
    """The token graphs at τ = 0.6 as a GLOT pooler has them; of tiles, every one is made."""
    with torch.inference_mode():
        graphs = neighbours(hidden, mask, GLOT.tau)
        if isinstance(graphs, StreamingNeighbours):
            for graph, _ in graphs.sentences:
                if isinstance(graph, Tiles):
                    for _ in graph:
                        pass


def made_up_states(length: int, width: int) -> torch.Tensor:
    """(1, L, d) states around 20 directions: about one pair in twenty has an edge at τ = 0.6."""
    generator = torch.Generator().manual_seed(SEED)
    directions = 2 * torch.randn(20, width, generator=generator)
    of = torch.randint(0, 20, (length,), generator=generator)
    return (directions[of] + torch.randn(length, width, generator=generator))[None]


def _key(backbone: str, task: str, method: str) -> str:
    return f"{backbone}/{task}/{re.sub(r'[^a-zA-Z0-9.]+', '-', method).strip('-')}/measured"


def _about(bench: Bench, task: str, key: str, table: str) -> dict[str, Any]:
    """What all measured rows of a cell have in common."""
    return {
        **bench.provenance,
        "experiment": "efficiency",
        "table": table,
        "cell": key,
        "task": task,
        "split": "generated",
        "backbone": bench.backbone.name,
        "fingerprint": bench.backbone.fingerprint,
        "regime": "measured",
        "seed": SEED,
        "n_train": 0,
    }


def _timed(
    about: dict[str, Any], metric: str, values: list[float], settings: dict[str, Any]
) -> Row:
    """The median, with the deviation in the settings."""
    settings = settings | {"deviation": round(statistics.pstdev(values), 4)}
    return _row(about, metric, statistics.median(values), settings, len(values))


def _row(
    about: dict[str, Any], metric: str, value: float, settings: dict[str, Any], n: int = 1
) -> Row:
    return Row(**about, metric=metric, value=value, settings=settings, n_eval=n)


EFFICIENCY = Experiment(
    "efficiency", "Cost of a head against fine-tuning", "Tables 5, 9, 10, 16, 17", cells
)
