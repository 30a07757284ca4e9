"""The published tasks: local folders, the hub, sizes and the order of labels."""

import pandas as pd
import pytest

from glot.errors import GlotError
from glot.heads import HEADS
from glot.metrics import METRICS
from glot.tasks import TASKS, get_task
from glot.tasks.base import LabelledTexts
from glot.tasks.published import Published
from tests.conftest import shared_folder

PUBLISHED = [name for name in TASKS.names() if isinstance(get_task(name).reader, Published)]


def write(folder, frame, split="train", task="sst2"):
    (folder / task).mkdir(exist_ok=True)
    frame.to_parquet(folder / task / f"{split}.parquet")


def test_a_local_folder_is_read(tmp_path):
    write(tmp_path, pd.DataFrame({"text": ["bad", "good"], "label": [0, 1], "more": [1, 2]}))
    rows = get_task("sst2").load("train", tmp_path)
    assert rows.texts == ("bad", "good")
    assert rows.labels == (0, 1)
    assert rows.others == ()
    assert str(tmp_path) not in rows.source
    assert "sha256" in rows.source


def test_pairs_and_groups_are_read(tmp_path):
    frame = pd.DataFrame({"text_a": ["q", "r", "q"], "text_b": ["1", "2", "3"], "label": 1})
    write(tmp_path, frame, task="msmarco_pairs")
    rows = get_task("msmarco_pairs").load("train", tmp_path)
    assert rows.others == ("1", "2", "3")
    assert rows.groups[0] == rows.groups[2] != rows.groups[1]


def test_rows_with_a_blank_text_are_left_out_and_counted(tmp_path):
    frame = pd.DataFrame(
        {"text_a": ["a", " ", "c"], "text_b": ["x", "y", None], "label": [1, 1, 0]}
    )
    write(tmp_path, frame, task="qqp")
    rows = get_task("qqp").load("train", tmp_path)
    assert rows.texts == ("a",)
    assert "2 rows with a blank text left out" in rows.source


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"text": ["a"]}), "Cannot read"),
        (pd.DataFrame({"text": ["a"], "label": ["good"]}), "Cannot read"),
        (pd.DataFrame({"text": ["a"], "label": [-1]}), "the labels -1"),
        (pd.DataFrame({"text": ["a"], "label": [None]}), "without a label"),
        (pd.DataFrame({"text": [], "label": []}), "0 rows"),
    ],
)
def test_data_that_does_not_fit_is_told(tmp_path, frame, message):
    write(tmp_path, frame)
    with pytest.raises(GlotError, match=message):
        get_task("sst2").load("train", tmp_path)


def test_a_folder_without_the_task_is_told(tmp_path):
    with pytest.raises(GlotError, match="GLOT_DATA"):
        get_task("sst2").load("train", tmp_path)


def test_a_split_that_is_none_is_told():
    with pytest.raises(GlotError, match="dev_matched, dev_mismatched"):
        get_task("mnli").load("dev")


def test_a_broken_parquet_file_is_told(tmp_path):
    (tmp_path / "sst2").mkdir()
    (tmp_path / "sst2" / "train.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(GlotError, match="Cannot read"):
        get_task("sst2").load("train", tmp_path)


def hub(monkeypatch, columns, names=None):
    """The datasets library, asked for a data set that a test brings."""
    import datasets

    asked = []

    def load_dataset(repository, configuration, split):
        asked.append((repository, configuration, split))
        made = datasets.Dataset.from_dict(columns)
        return made.cast_column("label", datasets.ClassLabel(names=names)) if names else made

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    return asked


def test_the_hub_is_read_through_the_datasets_library(monkeypatch):
    columns = {"premise": ["a", "b"], "hypothesis": ["c", "d"], "label": [2, 0]}
    asked = hub(monkeypatch, columns, ["entailment", "neutral", "contradiction"])
    rows = get_task("mnli").load("dev_mismatched")
    assert asked == [("nyu-mll/glue", "mnli", "validation_mismatched")]
    assert (rows.texts, rows.others, rows.labels) == (("a", "b"), ("c", "d"), (2, 0))


def test_classes_in_another_order_are_refused(monkeypatch):
    columns = {"sentence1": ["a"], "sentence2": ["b"], "label": [1]}
    hub(monkeypatch, columns, ["not_entailment", "entailment"])
    assert get_task("wnli").load("dev").labels == (1,)
    with pytest.raises(GlotError, match="numbers its classes not_entailment, entailment"):
        get_task("rte").load("dev")


def test_chosen_passages_become_pairs(monkeypatch):
    passages = [{"passage_text": ["p", "q", "r"], "is_selected": [0, 1, 1]}]
    hub(monkeypatch, {"query": ["who"], "passages": passages})
    rows = get_task("msmarco_pairs").load("dev")
    assert rows.texts == ("who", "who")
    assert rows.others == ("q", "r")


def test_an_unreachable_hub_is_told(monkeypatch):
    import datasets

    def load_dataset(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(GlotError, match=r"no route.*GLOT_DATA"):
        get_task("sst2").load("train")


# Rows of train and of the reported splits, from the data's own manifest.
ROWS = {
    "cola": (8_551, 1_043),
    "sst2": (67_349, 872),
    "stsb": (5_749, 1_500),
    "mrpc": (3_668, 408),
    "qqp": (22_248, 3_000),
    "mnli": (19_636, 9_815, 1_000),
    "qnli": (9_999, 5_463),
    "rte": (2_490, 277),
    "wnli": (635, 71),
    "imdb": (10_000, 5_000),
    "emotion": (16_000, 2_000),
    "msmarco_pairs": (11_628, 1_049),
}


def test_every_published_task_is_checked():
    assert set(ROWS) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_real_data_loads(name):
    folder = shared_folder("data")
    task = get_task(name)
    assert tuple(len(task.load(split, folder)) for split in task.splits) == ROWS[name]


# A text of the dev or test split and what it is: the order of labels is a trap.
KNOWN = [
    ("cola", "The sailors rode the breeze clear of the rocks.", "acceptable"),
    ("sst2", "charming and often affecting", "positive"),
    ("mrpc", "could not be reached for comment", "no paraphrase"),
    ("rte", "Christopher Reeve", "not_entailment"),
    ("wnli", "The drain is clogged with hair", "not_entailment"),
    ("qnli", "What came into force after the new constitution was herald?", "entailment"),
    ("emotion", "im feeling rather rotten", "sadness"),
]


@pytest.mark.parametrize(("name", "start", "label"), KNOWN)
def test_the_order_of_labels(name, start, label):
    task = get_task(name)
    rows = task.load(task.evaluation_splits[0], shared_folder("data"))
    found = [i for i, text in enumerate(rows.texts) if start in f"{text} {rows.others[i : i + 1]}"]
    assert found, "the example is not in the data"
    assert task.labels[int(rows.labels[found[0]])] == label


@pytest.mark.parametrize("name", TASKS.names())
def test_tasks_name_metrics_and_heads_that_there_are(name):
    task = get_task(name)
    assert set(task.metrics) <= set(METRICS)
    assert task.kind in HEADS.get(task.head).kinds
    assert bool(task.labels) == (task.kind == "classification")
    # Length limits and sample sizes of the paper, B.3.
    limits = {"imdb": 512}
    if isinstance(task.reader, Published):
        assert task.max_tokens == limits.get(name, 128)
        assert task.n_train == (20_000 if name in ("qqp", "qnli", "mnli") else 0)


def test_a_stress_test_is_named_by_protocol_and_ratio():
    task = get_task("stress-strict-0.5")
    assert task.name == "stress-strict-0.5"
    test = task.load("test")
    assert {len(text.split()) for text in test.texts} == {10}
    assert "ratio 0.5" in test.source
    assert get_task("stress-paper").name == "stress-paper-0.9"


@pytest.mark.parametrize("name", ["stress-strict-high", "stress-strict-1", "stress-loose-0.9"])
def test_a_stress_test_that_is_none_is_told(name):
    with pytest.raises(GlotError):
        get_task(name)


def test_labels_and_texts_must_be_as_many():
    with pytest.raises(GlotError, match="2 texts with 1 labels"):
        LabelledTexts(("a", "b"), (1,), "made up")
    with pytest.raises(GlotError, match="1 others"):
        LabelledTexts(("a", "b"), (1, 0), "made up", others=("c",))


def test_a_digest_tells_pairs_labels_and_order_apart():
    base = LabelledTexts(("a", "b"), (1, 0), "made up")
    others = [
        LabelledTexts(("a", "b"), (0, 1), "made up"),
        LabelledTexts(("a", "b"), (1, 0), "made up", others=("c", "d")),
        base.take([1, 0]),
    ]
    assert len({base.digest(), *(rows.digest() for rows in others)}) == 4
    assert base.digest() == LabelledTexts(("a", "b"), (1.0, 0.0), "elsewhere").digest()
