"""`glot train FILE`: the look at the file, several poolers, and their table."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.backbones.tiny import save_tiny
from tests.unit.cli.run import glot, told, well

WORDS = ["The", "file", "has", "keys", "but", "not", "maps", "nobody", "ever", "said", "that"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    save_tiny("bert", folder / "tiny")
    random = np.random.default_rng(0)
    labels = random.choice(["bad", "good"], 80)
    texts = [" ".join([*random.choice(WORDS, 4), label]) for label in labels]
    frame = pd.DataFrame({"Remark": [f"{t} {i}" for i, t in enumerate(texts)], "stars": labels})
    frame.to_csv(folder / "remarks.csv", index=False)
    pd.concat([frame, frame.head(3)]).to_csv(folder / "twice.csv", index=False)
    frame.head(10).to_csv(folder / "test.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(place):
    def call(*arguments):
        return glot(
            "train", *arguments, GLOT_CACHE=place / "cache", GLOT_CHECKPOINTS=place / "ck",
            OMP_NUM_THREADS=1,
        )  # fmt: skip

    return call


@pytest.fixture(scope="module")
def several(place, run):
    return well(
        run(
            place / "remarks.csv", "--backbone", place / "tiny", "--pooler", "mean",
            "--pooler", "glot", "--lr", "1e-2", "--epochs", "1",
        )
    )  # fmt: skip


def test_check_says_what_the_file_holds_and_stops(place, run):
    done = well(run(place / "twice.csv", "--check", "--backbone", place / "tiny"))
    assert "83 texts with 2 classes" in done.stdout
    assert "texts from “Remark”: its cells are the longest" in done.stdout
    assert "labels from “stars”: its name is a usual one" in done.stdout
    assert "warning: 3 rows repeat the text and label of another row" in done.stdout
    assert not (place / "ck").exists()


def test_check_names_leaks(place, run):
    done = well(run(place / "remarks.csv", "--test-file", place / "test.csv", "--check"))
    assert "10 of 10 rows of the test file have a text" in done.stdout


def test_a_file_that_cannot_be_learnt_ends_with_code_2(place, run):
    (place / "one.csv").write_text("text,label\n" + "a b,c\n" * 20)
    done = run(place / "one.csv", "--check")
    assert done.returncode == 2
    assert "stop: All rows have the label 'c'" in done.stdout
    told(run(place / "one.csv"), "All rows have the label 'c'", "--label-column")


def test_several_poolers_and_their_table(several, place):
    lines = several.stdout.splitlines()
    assert sum(line.startswith(("mean on ", "glot on ")) for line in lines) == 2
    head, mean, ours = lines[-3:]
    assert " ".join(head.split()) == ("pooler test accuracy 95 % interval minus mean 95 % interval")
    for name, line in (("mean", mean), ("glot", ours)):
        card = json.loads((place / "ck" / "tiny" / "remarks" / name / "config.json").read_text())
        scores = card["metrics"]["evaluation"]["test"]
        low, high = scores["interval_95"]
        assert line.startswith(name)
        assert f"{scores['accuracy']:.2f}" in line
        assert f"{low:.2f} to {high:.2f}" in line
        assert f"{card['metrics']['parameters']:,} parameters" in line
    # Told before training, on stderr: stdout is for results.
    assert "80 texts with 2 classes" in several.stderr
    assert "glot seed 42 run 1/1 epoch 1" in several.stderr


def test_predictions_lie_beside_the_head_without_a_text(several, place):
    folder = place / "ck" / "tiny" / "remarks" / "glot"
    frame = pd.read_parquet(folder / "predictions.parquet")
    assert list(frame) == ["labels", "predicted", "certainty"]
    assert len(frame) == 16
    card = json.loads((folder / "config.json").read_text())
    right = float((frame["labels"] == frame["predicted"]).mean() * 100)
    assert right == pytest.approx(card["metrics"]["evaluation"]["test"]["accuracy"])


def test_out_holds_one_folder_for_each_of_several(place, run):
    arguments = (place / "remarks.csv", "--backbone", place / "tiny", "--epochs", "1")
    poolers = ("--pooler", "mean", "--pooler", "cls", "--pooler", "eos")
    done = well(run(*arguments, *poolers, "--out", place / "out"))
    # [EOS] is for decoders: on an encoder it is [CLS], which is trained once.
    assert sorted(path.name for path in (place / "out").iterdir()) == ["cls", "mean"]
    assert done.stdout.count("[") == 0
    well(run(*arguments, "--pooler", "mean", "--out", place / "single"))
    assert (place / "single" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.csv",), ("There is no file none.csv",)),
        (("notes.txt",), ("notes.txt", ".parquet")),
        (("mine.csv", "--task", "sst2"), ("--task", "one of the two")),
        (("--check",), ("--check without a file",)),
        (("mine.csv", "--pooler", "mean", "--pooler", "median"), ("Unknown pooler 'median'",)),
    ],
)
def test_what_does_not_go_together_is_told(run, arguments, words):
    told(run(*arguments), *words)
