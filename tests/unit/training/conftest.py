"""A data set that can be learnt, a backbone of words, and short trainings on them."""

import numpy as np
import pandas as pd
import pytest

from glot.cli.options import chosen_task
from glot.config import PoolerConfig, TrainConfig
from glot.tasks.own import OwnColumns
from glot.training.run import Job, train_head
from tests.conftest import FakeBackbone

QUICK = TrainConfig(lr=(1e-2,), epochs=3, n_validation=50)
FIT = "fit"


class Stop(Exception):  # noqa: N818 - nothing went wrong
    """Stands for a killed process."""


def stop_after(n):
    """A report that stops the training after n steps."""
    left = [n]

    def report(event):
        if event["stage"] == FIT:
            left[0] -= 1
            if left[0] < 0:
                raise Stop

    return report


def steps(events):
    return [event for event in events if event["stage"] == FIT and "loss" in event]


def train(data, out, pooler="glot", config=QUICK, backbone=None, task="sst2", report=None, **more):
    settings = PoolerConfig(pooler, width=8)
    job = Job(
        chosen_task(task, OwnColumns()),
        backbone or FakeBackbone(width=16),
        settings,
        config,
        out,
        data,
        **more,
    )
    return train_head(job, report) if report else train_head(job)


@pytest.fixture
def data(tmp_path):
    """Sentiment that one word decides; every text has words of its own, so nothing repeats."""
    random = np.random.default_rng(0)
    folder = tmp_path / "data"
    (folder / "sst2").mkdir(parents=True)
    for split, n in (("train", 400), ("dev", 100)):
        labels = random.integers(0, 2, n)
        texts = [
            " ".join(random.permutation(["good" if y else "bad", f"{split}{i}", "the", "film"]))
            for i, y in enumerate(labels)
        ]
        frame = pd.DataFrame({"text": texts, "label": labels})
        frame.to_parquet(folder / "sst2" / f"{split}.parquet")
    return folder


@pytest.fixture
def pairs(tmp_path):
    """Pairs that share words or do not, for every task of pairs; no text occurs twice."""
    random = np.random.default_rng(1)
    folder = tmp_path / "pairs"
    for task, splits in (
        ("stsb", ("train", "dev")),
        ("rte", ("train", "dev")),
        ("msmarco_pairs", ("train", "dev")),
        ("mnli", ("train", "dev_matched", "dev_mismatched")),
    ):
        (folder / task).mkdir(parents=True)
        for split in splits:
            n = 300 if split == "train" else 60
            shared = random.integers(0, 5, n)
            words = random.integers(0, 10_000, (n, 8)).astype(str)
            rows = {
                "text_a": [f"{split}a{i} " + " ".join(w[:4]) for i, w in enumerate(words)],
                "text_b": [
                    f"{split}b{i} " + " ".join([*w[:k], *w[4 : 8 - k]])
                    for i, (w, k) in enumerate(zip(words, shared, strict=True))
                ],
                "label": {
                    "stsb": shared * 1.25,
                    "rte": (shared > 2).astype(int),
                    "mnli": shared % 3,
                    "msmarco_pairs": np.ones(n, dtype=int),
                }[task],
            }
            if task == "msmarco_pairs":
                rows["text_b"] = [f"{split}b{i} " + " ".join(w[:4]) for i, w in enumerate(words)]
            pd.DataFrame(rows).to_parquet(folder / task / f"{split}.parquet")
    return folder
