"""`glot train`, `glot evaluate` and `glot embed` on a small backbone and small data."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.unit.backbones.tiny import save_tiny
from tests.unit.cli.run import glot, told, well

WORDS = ["The", "file", "has", "keys", "but", "not", "maps", "nobody", "ever", "said", "that"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny backbone, a file of labelled texts, and folders of the test's own."""
    folder = tmp_path_factory.mktemp("cli")
    save_tiny("bert", folder / "tiny")
    random = np.random.default_rng(0)
    labels = random.choice(["bad", "good"], 120)
    texts = [" ".join([*random.choice(WORDS, 4), label]) for label in labels]
    frame = pd.DataFrame({"review": [f"{t} {i}" for i, t in enumerate(texts)], "stars": labels})
    frame.to_csv(folder / "reviews.csv", index=False)
    frame.iloc[:20].to_csv(folder / "new.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(place):
    def call(*arguments):
        return glot(
            *arguments, GLOT_CACHE=place / "cache", GLOT_CHECKPOINTS=place / "ck", OMP_NUM_THREADS=1
        )

    return call


@pytest.fixture(scope="module")
def trained(place, run):
    return well(
        run(
            "train", "--task", place / "reviews.csv", "--text-column", "review",
            "--label-column", "stars", "--backbone", place / "tiny", "--pooler", "glot",
            "--lr", "1e-2", "--seeds", "2", "--width", "8",
        )
    )  # fmt: skip


def test_train_tells_scores_seeds_and_parameters(trained, place):
    lines = trained.stdout.splitlines()
    assert lines[0].startswith("glot on ")
    assert "test accuracy" in lines[1]
    assert "95 % interval" in lines[1]
    assert "over 2 seeds: test accuracy" in lines[2]
    assert "parameters" in lines[3]
    card = json.loads((place / "ck" / "tiny" / "reviews" / "glot" / "config.json").read_text())
    assert card["labels"] == ["bad", "good"]
    assert card["metrics"]["seeds"]["seeds"] == [42, 43]


def test_progress_shows_loss_and_stages(trained):
    assert "token states of train" in trained.stderr
    assert "loss" in trained.stderr
    assert "validation" in trained.stderr


def test_evaluate_says_what_train_said(trained, run, place):
    done = well(
        run(
            "evaluate", "--task", place / "reviews.csv", "--text-column", "review",
            "--label-column", "stars", "--backbone", place / "tiny", "--json",
        )
    )  # fmt: skip
    card = json.loads((place / "ck" / "tiny" / "reviews" / "glot" / "config.json").read_text())
    expected = card["metrics"]["evaluation"]["test"]
    assert json.loads(done.stdout)["splits"]["test"] == expected


def test_evaluate_on_another_file(trained, run, place):
    done = well(
        run(
            "evaluate", "--task", place / "reviews.csv", "--test-file", place / "new.csv",
            "--text-column", "review", "--label-column", "stars",
            "--checkpoint", place / "ck" / "tiny" / "reviews" / "glot",
            "--backbone", place / "tiny",
        )
    )  # fmt: skip
    assert "n = 20" in done.stdout
    assert "macro_f1" in done.stdout


def test_a_file_that_lacks_a_class_is_scored_by_the_heads_classes(trained, run, place):
    frame = pd.read_csv(place / "reviews.csv")
    frame[frame["stars"] == "good"].to_csv(place / "praise.csv", index=False)
    done = well(
        run(
            "evaluate", "--task", place / "praise.csv", "--test-file", place / "praise.csv",
            "--text-column", "review", "--label-column", "stars",
            "--checkpoint", place / "ck" / "tiny" / "reviews" / "glot",
            "--backbone", place / "tiny", "--json",
        )
    )  # fmt: skip
    assert json.loads(done.stdout)["splits"]["test"]["n"] == (frame["stars"] == "good").sum()


def test_a_file_without_a_head_is_told(run, place):
    told(
        run("evaluate", "--task", place / "new.csv", "--backbone", place / "tiny"),
        "No checkpoint at", "glot train",
    )  # fmt: skip


def test_a_head_of_another_kind_is_refused(trained, run, place):
    told(
        run(
            "evaluate", "--task", "rte", "--checkpoint", place / "ck" / "tiny" / "reviews" / "glot",
            "--backbone", place / "tiny",
        ),
        "classifier head for reviews", "pairs",
    )  # fmt: skip


def test_explain_knows_the_head_of_a_file_by_its_name(trained, run, place):
    done = well(
        run(
            "explain",
            "The file has keys",
            "--task",
            "reviews",
            "--backbone",
            place / "tiny",
            "--json",
        )
    )
    record = json.loads(done.stdout)
    assert set(record["predictions"]["glot"]["probabilities"]) == {"bad", "good"}


def test_embed_with_a_trained_pooler(trained, run, place):
    out = place / "vectors.parquet"
    done = well(
        run(
            "embed", place / "reviews.csv", "--text-column", "review", "--out", out,
            "--task", "reviews", "--backbone", place / "tiny",
        )
    )  # fmt: skip
    assert "120 vectors of width 32" in done.stdout
    frame = pd.read_parquet(out)
    assert list(frame) == ["review", "stars", "embedding"]
    assert frame["review"].tolist() == pd.read_csv(place / "reviews.csv")["review"].tolist()
    vectors = np.stack(frame["embedding"])
    assert vectors.shape == (120, 32)
    assert vectors.dtype == np.float32
    described = pq.read_schema(out).metadata
    assert described[b"glot.pooler"] == b"glot"
    assert described[b"glot.task"] == b"reviews"

    from glot.backbones import load_backbone
    from glot.heads.shelf import load_heads

    model = load_backbone(str(place / "tiny"))
    head = load_heads(model, "reviews", place / "ck").heads["glot"].head
    states = model.encode([frame["review"][7]])
    expected = head.embed(states.hidden, states.mask).embedding[0].numpy()
    np.testing.assert_allclose(vectors[7], expected, atol=1e-5)


def test_embed_lines_of_a_plain_file_without_a_head(run, place):
    (place / "lines.txt").write_text("The file has keys\nnobody ever said\n")
    out = place / "plain.parquet"
    well(run("embed", place / "lines.txt", "--out", out, "--backbone", place / "tiny"))
    assert pq.read_schema(out).metadata[b"glot.pooler"] == b"mean"
    assert len(pd.read_parquet(out)) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "vectors.csv"), ("ends in .parquet",)),
        (("--out", "v.parquet", "--pooler", "glot"), ("has weights", "--task")),
        (("--out", "v.parquet", "--text-column", "none"), ("the columns are text",)),
        (("--out", "v.parquet", "--task", "sst9"), ("Unknown task 'sst9'",)),
        (("--out", "v.parquet", "--tau", "nan"), ("tau nan",)),
    ],
)
def test_what_embed_cannot_do_is_told(run, place, arguments, words):
    (place / "lines.txt").write_text("The file has keys\nnobody ever said\n")
    told(run("embed", place / "lines.txt", "--backbone", place / "tiny", *arguments), *words)
    assert not list(place.glob("*v.parquet*"))


def test_blank_lines_are_told_or_left_out(run, place):
    (place / "gaps.txt").write_text("The file\n\nhas keys\n")
    arguments = (
        "embed",
        place / "gaps.txt",
        "--out",
        place / "g.parquet",
        "--backbone",
        place / "tiny",
    )
    told(run(*arguments), "1 row has no text: row 2", "--drop-empty")
    assert "2 vectors" in well(run(*arguments, "--drop-empty")).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--pooler", "median"), ("Unknown pooler 'median'", "adapool")),
        (("--conv", "gan"), ("Unknown conv 'gan'", "gcn")),
        (("--lr", "7"), ("lr (7.0,)",)),
        (("--epochs", "0"), ("epochs 0",)),
        (("--epochs", "many"), ("--epochs", "integer")),
        (("--seeds", "0"), ("seeds 0",)),
        (("--layers", "9"), ("layers 9", "0 to 8")),
        (("--jumping-knowledge", "sum"), ("jumping_knowledge 'sum'",)),
        (("--similarity", "dot"), ("similarity 'dot'",)),
        (("--norm", "layer"), ("norm 'layer'", "none, rms")),
        (("--head", "ranker"), ("Unknown head 'ranker'",)),
        (("--head", "similarity"), ("learns regression",)),
        (("--layer", "77"), ("Layer 77", "0 (the embeddings)")),
        (("--data", "/nowhere"), ("No data at", "GLOT_DATA")),
        (("--task", "none.csv"), ("There is no file none.csv",)),
        (("--text-column", "text"), ("An option for files",)),
        (("--bogus",), ("No such option", "--bogus")),
    ],
)
def test_bad_training_options_are_told(run, place, arguments, words):
    given = ("train", "--backbone", place / "tiny", "--out", place / "never", *arguments)
    if "--data" not in arguments:
        given += ("--data", place)
    told(run(*given), *words)
    assert not (place / "never").exists()


def test_a_head_that_is_not_there_is_told(run, place):
    told(
        run("evaluate", "--backbone", place / "tiny", "--task", "cola", "--data", place),
        "No checkpoint at", "glot train",
    )  # fmt: skip
