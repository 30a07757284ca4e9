"""`glot store extract` as a user meets it, on one machine."""

import json

import pandas as pd
import pytest

from tests.unit.backbones.tiny import save_tiny
from tests.unit.cli.run import glot, told, well


@pytest.fixture
def places(tmp_path):
    texts = [f"the file has {i} keys" for i in range(30)]
    (tmp_path / "texts.txt").write_text("\n".join([*texts, texts[0]]))
    folder = tmp_path / "data" / "sst2"
    folder.mkdir(parents=True)
    for split, part in (("train", texts), ("dev", ["nobody said it", texts[3]])):
        frame = pd.DataFrame({"text": part, "label": [0, 1] * (len(part) // 2)})
        frame.to_parquet(folder / f"{split}.parquet")
    save_tiny("bert", tmp_path / "bert")
    return {"GLOT_CACHE": tmp_path / "cache", "GLOT_DATA": tmp_path / "data"}


def test_texts_of_a_file_and_of_a_task_are_stored_once(places, tmp_path):
    call = ("store", "extract", "--backbone", tmp_path / "bert", "--dtype", "float32")
    done = well(glot(*call, tmp_path / "texts.txt", **places))
    assert "30 texts in" in done.stdout
    assert "30 of 30 texts" in done.stderr
    more = well(glot(*call, "--task", "sst2", "--max-tokens", "512", **places))
    assert "31 texts in" in more.stdout
    (found,) = json.loads(well(glot("store", "ls", "--json", **places)).stdout)
    assert (found["texts"], found["max_tokens"], found["layer"]) == (31, 40, 2)
    assert found["key"] in done.stdout
    assert found["key"] in more.stdout
    assert "0 broken" in well(glot("store", "verify", **places)).stdout


def test_what_is_misspelt_is_told(places, tmp_path):
    told(glot("store", "extract", **places), "Neither a file nor --task")
    told(glot("store", "extract", "x.csv", "--task", "sst2", **places), "Both a file and --task")
    call = ("store", "extract", tmp_path / "texts.txt", "--ray")
    told(glot(*call, "head", **places), "--ray head", "HOST:PORT")
