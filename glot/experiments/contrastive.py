"""Heads trained by contrast, then evaluated zero-shot (paper, 4.4, B.3, Tables 3 and 14).

Heads learn from pairs of queries and passages (MS MARCO) and are scored on the seven tasks of
MTEB by the `mteb` library. Poolers without weights are scored as they are. The controls, random
edges and all edges, are ours: where GLOT is ahead of DeepSets, they tell whether it is for joining
similar tokens.

The backbone `minilm` has itself been fine-tuned by contrast on over a billion pairs, MS MARCO
among them: its mean-pooled states are its own sentence embedding, and a row of its own names them
so. They are what heads on it are held against, as the paper holds its heads on BERT against
fine-tuned encoders (Table 14).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, cast

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, POOLERS, Cell, Experiment, Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.row import Row
from glot.experiments.space import paper_point, points
from glot.extras import need
from glot.heads.base import Head
from glot.integrations.mteb_encoder import HeadEncoder
from glot.integrations.mteb_tasks import TASKS, Size
from glot.training.data import Parts
from glot.training.store import StateStore

TABLE = "Table 3, Table 14"
MTEB = "Its tasks and scores evaluate sentence vectors."
WEIGHTLESS = ("cls", "eos", "mean", "max")
OWN_EMBEDDING = "mean (MiniLM's own sentence embedding, fine-tuned)"
QUICK_SIZE = Size(rows=32, documents=50, max_tokens=64)
# Settings that say nothing of a head that has no weights.
OF_TRAINING = ("lr", "weight_decay", "epochs", "best_epoch", "batch_size", "precision", "points")


@dataclass(frozen=True)
class ContrastivePlan(HeadPlan):
    """A head that is also scored on mteb's tasks.

    Attributes:
        sizes: how much of each task's data, in the order of `TASKS`.
    """

    sizes: tuple[Size, ...] = (Size(),) * len(TASKS)

    @property
    def weightless(self) -> bool:
        """Whether there is nothing to train."""
        return self.points[0].pooler.name in WEIGHTLESS

    def cells(self, scope: Scope) -> list[Cell]:
        """See `HeadPlan.cells`; without weights, all seeds are one."""
        seeds = scope.seeds[:1] if self.weightless else scope.seeds
        return super().cells(replace(scope, seeds=seeds))

    def _fitted(self, scope: Scope) -> ContrastivePlan:
        plan = cast(ContrastivePlan, super()._fitted(scope))
        return replace(plan, sizes=(QUICK_SIZE,) * len(TASKS)) if scope.quick else plan

    def trial(self, bench: Bench, number: int) -> list[Row]:
        """See `HeadPlan.trial`; what the end needs must be there from the beginning."""
        need("mteb", MTEB)
        return super().trial(bench, number)

    def final(self, bench: Bench, seed: int) -> list[Row]:
        """See `HeadPlan.final`."""
        need("mteb", MTEB)
        rows = super().final(bench, seed)
        return [_untrained(row) for row in rows] if self.weightless else rows

    def further(self, bench: Bench, head: Head, parts: Parts, about: dict[str, Any]) -> list[Row]:
        """The head's scores on mteb's tasks."""
        rows = []
        for task, size in zip(TASKS, self.sizes, strict=True):
            store = StateStore(bench.backbone, size.max_tokens, self.layer)
            encoder = HeadEncoder(store, head, _told(bench))
            score = task.evaluate(encoder, bench.data, size)
            settings = {
                **about["settings"],
                "max_tokens": store.max_tokens,
                "rows": size.rows,
                "documents": size.documents,
                "mteb": version("mteb"),
                "mteb_task": task.original,
            }
            own = {"task": task.name, "settings": settings, "density": None}
            rows.append(
                Row(
                    **{**about, **own},
                    split=task.split,
                    metric=task.metric,
                    value=score.value,
                    n_eval=score.n,
                )
            )
        return rows


def _told(bench: Bench) -> Any:
    return lambda done, of: bench.report({"stage": "states", "done": done, "of": of})


def _untrained(row: Row) -> Row:
    """The row of a head without weights, which nothing was learnt or chosen for."""
    settings = {name: value for name, value in row.settings.items() if name not in OF_TRAINING}
    return replace(row, n_train=0, n_validation=0, settings=settings)


def sizes_of(backbone: str) -> tuple[Size, ...]:
    """All of the data on MiniLM; on others about a million tokens.

    SciFact's corpus is whole on both, since its score depends on it, but its abstracts, of which
    most have 200 to 400 tokens, are cut to 256 or to 128 of them.
    """
    full = backbone == "minilm"
    cut = {
        "scifact": Size(max_tokens=256 if full else 128),
        "reddit_clustering": Size(rows=0 if full else 2000),
    }
    return tuple(cut.get(task.name, Size()) for task in TASKS)


def sample_of(backbone: str) -> Sample:
    """4,000 of the local data's 11,628 pairs to learn from on MiniLM, 2,000 on others."""
    if backbone == "minilm":
        return Sample(n_train=4000, n_search=2000)
    return Sample(n_train=2000, n_search=1000)


def cells(scope: Scope) -> list[Cell]:
    """Pooler by pooler, then GLOT's controls."""
    plans = []
    for name, pooler in ({name: PoolerConfig(name) for name in POOLERS} | ABLATIONS).items():
        weightless = name in WEIGHTLESS
        own = scope.backbone == "minilm" and name == "mean"
        method = "" if name in POOLERS else name
        plans.append(
            ContrastivePlan(
                "contrastive",
                TABLE,
                "msmarco_pairs",
                (paper_point(pooler),) if weightless else points(pooler, draws=0),
                method=OWN_EMBEDDING if own else method,
                regime="zero-shot" if weightless else "searched",
                sample=sample_of(scope.backbone),
                sizes=sizes_of(scope.backbone),
            )
        )
    return [cell for plan in plans for cell in plan.cells(scope)]


CONTRASTIVE = Experiment("contrastive", "Contrastive training, zero-shot tasks", TABLE, cells)
