import pandas as pd
import pytest

from glot.errors import GlotError
from glot.tasks import get_task
from glot.tasks.base import LabelledTexts
from glot.tasks.splits import cut_validation
from tests.conftest import shared_folder


def write(folder, frame, split="train"):
    (folder / "sst2").mkdir(exist_ok=True)
    frame.to_parquet(folder / "sst2" / f"{split}.parquet")


def test_a_local_folder_is_read(tmp_path):
    write(tmp_path, pd.DataFrame({"text": ["bad", "good"], "label": [0, 1], "more": [1, 2]}))
    rows = get_task("sst2").load("train", tmp_path)
    assert rows.texts == ("bad", "good")
    assert rows.labels == (0, 1)
    assert str(tmp_path) not in rows.source
    assert "sha256" in rows.source


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"text": ["a"]}), "Cannot read"),
        (pd.DataFrame({"text": ["a"], "label": [-1]}), r"the labels \[-1\]"),
        (pd.DataFrame({"text": [], "label": []}), "0 texts"),
    ],
)
def test_data_that_does_not_fit_is_told(tmp_path, frame, message):
    write(tmp_path, frame)
    with pytest.raises(GlotError, match=message):
        get_task("sst2").load("train", tmp_path)


def test_a_folder_without_the_task_is_told(tmp_path):
    with pytest.raises(GlotError, match="GLOT_DATA"):
        get_task("sst2").load("train", tmp_path)


def test_a_broken_parquet_file_is_told(tmp_path):
    (tmp_path / "sst2").mkdir()
    (tmp_path / "sst2" / "train.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(GlotError, match="Cannot read"):
        get_task("sst2").load("train", tmp_path)


def test_the_hub_is_read_through_the_datasets_library(monkeypatch):
    import datasets

    asked = []

    def load_dataset(repository, configuration, split):
        asked.append((repository, configuration, split))
        return datasets.Dataset.from_dict({"sentence": ["fine", "poor"], "label": [1, 0]})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    rows = get_task("sst2").load("dev")
    assert asked == [("nyu-mll/glue", "sst2", "validation")]
    assert rows.texts == ("fine", "poor")
    assert rows.labels == (1, 0)


def test_an_unreachable_hub_is_told(monkeypatch):
    import datasets

    def load_dataset(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(GlotError, match=r"no route.*GLOT_DATA"):
        get_task("sst2").load("train")


def test_the_real_data_has_the_published_sizes_and_label_order():
    folder = shared_folder("data")
    task = get_task("sst2")
    train, dev = task.load("train", folder), task.load("dev", folder)
    assert (len(train.texts), len(dev.texts)) == (67_349, 872)
    charming = next(i for i, text in enumerate(dev.texts) if "charming and often" in text)
    assert task.labels[dev.labels[charming]] == "positive"


def rows(*texts):
    return LabelledTexts(texts, tuple(i % 2 for i in range(len(texts))), "made up")


def test_validation_shares_no_phrase_with_training():
    texts = [f"one{i} two{i} three{i}" for i in range(8)]
    phrases = [f"two{i} three{i}" for i in range(8)] + [f"one{i}" for i in range(8)]
    train, validation = cut_validation(rows(*texts, *phrases), n=3, seed=0)
    assert len(validation.texts) == 3
    # Phrases are never drawn for validation: only whole texts are.
    assert set(validation.texts) <= set(texts)
    for text in validation.texts:
        assert not any(set(row.split()) & set(text.split()) for row in train.texts)
    # Each validation text takes itself and its two phrases away.
    assert len(train.texts) == 24 - 9


def test_validation_keeps_labels_and_takes_duplicates_out_of_training():
    texts = [f"text {i}" for i in range(10)] * 2
    train, validation = cut_validation(rows(*texts), n=4, seed=1)
    assert not set(train.texts) & set(validation.texts)
    assert len(train.texts) == 12
    for text, label in zip(validation.texts, validation.labels, strict=True):
        assert label == int(text.split()[1]) % 2


def test_the_cut_is_seeded():
    texts = [f"text {i}" for i in range(50)]
    assert cut_validation(rows(*texts), 5, 7) == cut_validation(rows(*texts), 5, 7)
    assert cut_validation(rows(*texts), 5, 7) != cut_validation(rows(*texts), 5, 8)


def test_too_large_a_validation_split_is_told():
    with pytest.raises(GlotError, match="at most 2"):
        cut_validation(rows("a", "b", "c", "d", "d"), n=3, seed=0)


def test_no_leak_in_the_real_data():
    train = get_task("sst2").load("train", shared_folder("data"))
    kept, validation = cut_validation(train, 1000, 42)
    # Another way to look for the same leak: whole-word substring search.
    joined = "\n".join(f" {' '.join(text.lower().split())} " for text in validation.texts)
    assert not [text for text in kept.texts if f" {' '.join(text.lower().split())} " in joined]
