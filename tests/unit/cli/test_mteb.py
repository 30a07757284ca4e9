"""`glot mteb`."""

import numpy as np
import pandas as pd
import pytest

from glot.experiments.row import Row
from tests.unit.cli.run import glot, told, well

pytest.importorskip("mteb", reason="needs the extra train")


@pytest.fixture
def data(tmp_path):
    """A little of one local task."""
    random = np.random.default_rng(0)
    words = ["the", "plot", "is", "slow", "but", "funny", "and", "warm"]
    texts = [[" ".join(random.choice(words, 5)) for _ in range(16)] for _ in "ab"]
    (tmp_path / "data" / "sts12").mkdir(parents=True)
    frame = pd.DataFrame({"text_a": texts[0], "text_b": texts[1], "label": random.random(16)})
    frame.to_parquet(tmp_path / "data" / "sts12" / "test.parquet")
    return tmp_path / "data"


def test_scores_are_printed_and_filed(data, tmp_path):
    out = tmp_path / "rows.jsonl"
    common = ("mteb", "--tasks", "sts12", "--data", data, "--out", out, "--dtype", "float32")
    done = well(glot(*common, "--task", "sst2"))
    (row,) = map(Row.parse, out.read_text().splitlines())
    assert (row.task, row.metric, row.n_eval) == ("sts12", "cosine_spearman", 16)
    assert (row.pooler, row.settings["trained_on"], row.tau) == ("glot", "sst2", 0.6)
    assert row.parameters > 0
    assert row.fingerprint
    assert row.commit
    words = done.stdout.split()
    assert f"{row.value:.2f}" in words
    assert words[-3:] == ["row", "→", str(out)]
    # A second head is added to the first.
    well(glot(*common))
    rows = [Row.parse(line) for line in out.read_text().splitlines()]
    assert [each.pooler for each in rows] == ["glot", "mean"]
    assert rows[0] == row
    assert rows[1].cell != row.cell


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tasks", "sts13"), ("Unknown mteb task 'sts13'", "'STS13'")),
        (("--tasks", "scifacts"), ("Unknown mteb task 'scifacts'", "'scifact'")),
        (("--tasks", "Flickr30kI2TRetrieval"), ("is about image",)),
        (("--tasks", "sts12", "--pooler", "gloat"), ("Unknown pooler 'gloat'",)),
        (("--tasks", "sts12", "--out", "no/folder/rows.jsonl"), ("--out no/folder",)),
    ],
)
def test_what_is_wrong_is_told_before_a_model_is_loaded(arguments, words):
    # A backbone that cannot be loaded would be told of instead.
    told(glot("mteb", *arguments, "--backbone", "./not-there"), *words)
