"""`glot explain`."""

import json
import shutil

import pytest

from glot.paths import checkpoints_folder
from tests.unit.cli.run import glot, told

TEXT = "The film is not bad at all."


def test_explain_prints_one_json_object():
    done = glot("explain", TEXT, "--backbone", "minilm", "--task", "sst2", "--tau", "0.6", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    n = len(record["tokens"])
    assert record["tokens"][0] == "[CLS]"
    assert record["tau"] == 0.6
    assert record["density"] == pytest.approx(record["edges"] / (n * (n - 1) / 2))
    assert len(record["edge_list"]) == record["edges"]
    poolers = ["mean", "max", "cls", "adapool", "mlp", "deepsets", "glot"]
    assert list(record["weights"]) == poolers
    for weights in record["weights"].values():
        assert len(weights) == n
        assert sum(weights) == pytest.approx(1, abs=1e-4)
    for answer in record["predictions"].values():
        assert answer["label"] in ("negative", "positive")
    assert record["predictions"]["glot"]["label"] == "positive"


def test_explain_without_json_is_a_table():
    done = glot("explain", TEXT, "--tau", "0.123")
    assert done.returncode == 0, done.stderr
    for word in ("token", "mean", "adapool", "glot", "film", "edges", "density", "positive"):
        assert word in done.stdout


@pytest.mark.parametrize("text", ["", "   ", "\x01", "[SEP]"])
def test_texts_without_words_are_told(text):
    told(glot("explain", text), "Accepted")


def test_a_long_text_is_cut_and_the_count_is_told():
    done = glot("explain", "word " * 20_000, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["n_cut"] == 20_002 - 512
    assert "19,490 were cut" in done.stderr


def test_markup_is_text():
    done = glot("explain", "a <script>alert(1)</script> [bold]film[/bold]", "--json")
    assert "script" in json.loads(done.stdout)["tokens"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--backbone", "no such model"), ("Unknown backbone", "minilm")),
        (("--backbone", "nobody/nothing"), ("Unknown backbone", "nobody/nothing")),
        (("--backbone", "tests"), ("holds no model",)),
        (("--task", "sst3"), ("Unknown task 'sst3'",)),
        (("--tau", "nan"), ("tau nan",)),
        (("--tau", "high"), ("--tau",)),
        (("--device", "tpu"), ("Unknown device",)),
        (("--dtype", "int8"), ("Unknown dtype",)),
    ],
)
def test_bad_options_are_told(arguments, words):
    told(glot("explain", TEXT, *arguments, HF_HUB_OFFLINE="1"), *words)


def test_a_broken_checkpoint_is_told(tmp_path):
    shutil.copytree(checkpoints_folder() / "minilm", tmp_path / "minilm")
    weights = tmp_path / "minilm" / "sst2" / "glot" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    done = glot("explain", TEXT, "--json", GLOT_CHECKPOINTS=str(tmp_path))
    told(done, "The glot head cannot be used", "is broken")


def test_heads_of_another_backbone_are_refused_with_both_names(tmp_path):
    shutil.copytree(checkpoints_folder() / "minilm", tmp_path / "smollm2")
    done = glot("explain", TEXT, "--backbone", "smollm2", "--json", GLOT_CHECKPOINTS=str(tmp_path))
    told(done, "'minilm'", "'smollm2'")


def test_without_heads_the_graph_and_the_mean_are_still_given(tmp_path):
    done = glot("explain", TEXT, "--json", GLOT_CHECKPOINTS=str(tmp_path))
    assert done.returncode == 0
    assert "No trained head for mean, max, cls, adapool, mlp, deepsets, glot" in done.stderr
    record = json.loads(done.stdout)
    assert record["weights"]["glot"] is None
    assert len(record["weights"]["mean"]) == len(record["tokens"])
