"""GLOT's threshold τ (paper, 4.6 and D.1, Tables 4 and 8): scores, density, linear probe.

One learning rate for every τ, so that the graph is all that differs; nothing is selected.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from glot.config import PoolerConfig
from glot.experiments.base import Cell, Experiment, Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.glue import TASKS
from glot.experiments.head_plan import HeadPlan
from glot.experiments.row import Row
from glot.experiments.space import Point
from glot.heads.base import Head
from glot.tasks.base import LabelledTexts
from glot.training.batches import evaluation_batches
from glot.training.data import Parts
from glot.training.evaluation import EVALUATION_BATCH, sentence_vectors

TABLE = "Tables 4, 8"
TAUS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
PROBED = ("cola", "sst2", "rte")
LR = 1e-3
SAMPLE = Sample(n_train=2000, n_evaluation=800)
# Table 8's tasks; the others of Table 4 on MiniLM alone.
SMALL_TASKS = ("cola", "stsb", "rte")


class ProbedPlan(HeadPlan):
    """A head whose sentence vectors are also given to a linear SVM (Table 8)."""

    def further(self, bench: Bench, head: Head, parts: Parts, about: dict[str, Any]) -> list[Row]:
        """Accuracy of the linear probe on each reported split."""
        if self.task not in PROBED:
            return []
        x, y = self._vectors(bench, head, parts.train)
        rows = []
        for name, texts in bench.reported(self.task, self.sample).items():
            probed, labels = self._vectors(bench, head, texts)
            value = probe_accuracy(x, y, probed, labels)
            rows.append(
                Row(**about, split=name, metric="probe_accuracy", value=value, n_eval=len(labels))
            )
        return rows

    def _vectors(
        self, bench: Bench, head: Head, texts: LabelledTexts
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """What the task layer sees of the texts, (N, D) or (N, 2·D), and their labels."""
        split = bench.split(self.task, self.sample, texts, self.points[0].pooler, self.layer)
        out = np.zeros((len(split), head.feature_width), dtype=np.float32)
        with torch.inference_mode():
            for rows in evaluation_batches(split.lengths, EVALUATION_BATCH):
                a, b = sentence_vectors(head, split, rows, bench.backbone.device)
                out[rows] = head.features(a, b).cpu().numpy()
        return out, split.labels.numpy().astype(np.int64)


def probe_accuracy(
    x: npt.NDArray[np.float32],
    y: npt.NDArray[np.int64],
    probed: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
) -> float:
    """Accuracy in percent of a linear SVM (C = 1, standardised inputs) trained on x and y.

    Args:
        x: (N, D) vectors to train on.
        y: (N,) their classes.
        probed: (M, D) vectors to predict.
        labels: (M,) their classes.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    probe = make_pipeline(StandardScaler(), LinearSVC(random_state=0))
    with warnings.catch_warnings():
        # Vectors that no plane separates keep liblinear busy to its last iteration.
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(x, y)
    return 100.0 * float(probe.score(probed, labels))


def cells(scope: Scope) -> list[Cell]:
    """Task by task, τ by τ."""
    plans = [
        ProbedPlan(
            "tau",
            TABLE,
            task,
            (Point(PoolerConfig("glot", tau=tau), LR),),
            method=f"glot, tau {tau:g}",
            regime="fixed",
            sample=SAMPLE,
            epochs=3,
        )
        for task in (TASKS if scope.backbone == "minilm" else SMALL_TASKS)
        for tau in TAUS
    ]
    return [cell for plan in plans for cell in plan.cells(scope)]


TAU = Experiment("tau", "Threshold τ", TABLE, cells)
