"""Accuracy and cost against length on the strict stress test (ours).

A text keeps its five signal words and gets longer: distractors are all that is added. The token
states are those of the middle of the backbone: from its last layer most heads learn nothing of so
few texts, at any length.
"""

from __future__ import annotations

from glot.config import PoolerConfig
from glot.experiments.base import ABLATIONS, ALL_EDGES, Cell, Experiment, Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.row import Row
from glot.experiments.space import Point
from glot.tasks.stress.strict import PHRASE_WORDS

TABLE = "ours"
LENGTHS = (64, 128, 256, 512, 1024, 2048)
# The stress test's words are frequent ones, which both tokenizers hardly ever part: the longest
# of 200 texts had 1.09 tokens a word beside a few that every text has.
TOKENS_A_WORD = 1.1
SPARE = 8
MEDIUM = 512
POOLERS = {
    "mean": PoolerConfig("mean"),
    "adapool": PoolerConfig("adapool"),
    "deepsets": PoolerConfig("deepsets"),
    "mlp": PoolerConfig("mlp"),
    "glot": PoolerConfig("glot"),
    # What the search for the strict protocol chose in the middle (`glot.experiments.strict_best`).
    "glot, tau 0.1": PoolerConfig("glot", tau=0.1),
    ALL_EDGES: ABLATIONS[ALL_EDGES],
}
LR = 1e-3
# Where texts are a fourth as many, four times the passes: in the 125 steps of four hardly a head
# learnt anything.
EPOCHS, EPOCHS_OF_FEW = 4, 16


class LengthPlan(HeadPlan):
    """A head whose seconds are its own: the backbone has read the texts before."""

    def final(self, bench: Bench, seed: int) -> list[Row]:
        """See `HeadPlan.final`."""
        parts, (point,) = bench.parts(self.task, self.sample, seed), self.points
        reported = bench.reported(self.task, self.sample).values()
        for rows in (parts.train, parts.validation, *reported):
            bench.split(self.task, self.sample, rows, point.pooler, self._layer(point))
        return super().final(bench, seed)


def task_of(length: int) -> str:
    """The strict task whose texts fill `length` tokens, special ones included, and go no further.

    Args:
        length: L, in tokens.
    """
    words = int((length - SPARE) / TOKENS_A_WORD)
    return f"stress-strict-{1 - PHRASE_WORDS / words:.6f}"


def cells(scope: Scope) -> list[Cell]:
    """From short to long, as far as the backbone's context goes."""
    plans = [
        LengthPlan(
            "scaling",
            TABLE,
            task_of(length),
            (Point(pooler, LR),),
            method=method,
            regime="fixed",
            sample=sample_of(scope.backbone, length),
            epochs=EPOCHS if scope.backbone == "minilm" else EPOCHS_OF_FEW,
            layer=scope.n_layers // 2,
        )
        for length in LENGTHS
        if length <= scope.context
        for method, pooler in POOLERS.items()
    ]
    return [cell for plan in plans for cell in plan.cells(scope)]


def sample_of(backbone: str, length: int) -> Sample:
    """4,000 texts to learn from and 1,000 to report on with MiniLM. None is cut.

    On others 1,000 and 500; 600 and 200 of long ones.
    """
    if backbone == "minilm" and length <= MEDIUM:
        return Sample(n_train=4000, n_validation=500, n_evaluation=1000, max_tokens=length)
    if length <= MEDIUM:
        return Sample(n_train=1000, n_validation=200, n_evaluation=500, max_tokens=length)
    return Sample(n_train=600, n_validation=100, n_evaluation=200, max_tokens=length)


SCALING = Experiment("scaling", "Accuracy and cost against length", TABLE, cells)
