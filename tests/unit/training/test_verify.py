"""Heads scored again: what agrees with its card, what does not, and what cannot be told."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.base import Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.space import Point
from glot.files import unsealed
from glot.heads.checkpoint import CARD, WEIGHTS, save_head
from glot.tasks import get_task
from glot.tasks.stress_test import Generated
from glot.training.card_sample import SAMPLE, sample_rows, verification
from glot.training.data import with_states
from glot.training.store import StateStore
from glot.training.verify import tolerance, verify_heads
from tests.conftest import FakeBackbone
from tests.unit.training.conftest import QUICK, train

STRESS = "stress-strict-0"


class Loads:
    """Gives a backbone of known states to whoever asks, and counts."""

    def __init__(self, **backbone):
        self.made = FakeBackbone(width=16, **backbone)
        self.asked = []

    def __call__(self, name, dtype):
        self.asked.append((name, dtype))
        return self.made


@pytest.fixture
def old(data, cache, tmp_path):
    """A head without a score of a sample, as heads were written before."""
    folder = tmp_path / "heads" / "fake" / "sst2" / "adapool"
    trained = train(data, folder, "adapool")
    metrics = {k: v for k, v in trained.card.metrics.items() if k != "verification"}
    save_head(folder, trained.head, replace(trained.card, metrics=metrics))
    return folder


@pytest.fixture
def new(old, data, tmp_path):
    """The same head with its entry."""
    add_entry(old, get_task("sst2"), data)
    return old


def add_entry(folder, task, data, **values):
    from glot.heads.checkpoint import load_head

    backbone = FakeBackbone(width=16)
    trained = load_head(folder, backbone)
    rows = sample_rows(task, data)
    states = with_states(task, rows, StateStore(backbone, task.max_tokens), [].append)
    entry = verification(trained.head, task, rows, states, torch.device("cpu"))
    change(folder, verification={**entry, **values})
    return entry


def change(folder, **metrics):
    """A card without digests, as they were written before."""
    card = unsealed(json.loads((folder / CARD).read_text()))
    card["metrics"].update(metrics)
    card["weights_sha256"] = ""
    (folder / CARD).write_text(json.dumps(card))


def entry_of(folder):
    return json.loads((folder / CARD).read_text())["metrics"]["verification"]


def one(folder, data=None, load=None, **more):
    (check,) = verify_heads([folder], data, load=load or Loads(), **more)
    assert check.name == "/".join(folder.parts[-3:])
    return check


def test_a_head_scores_what_its_card_says(new, data):
    # dev has 100 rows, fewer than the sample would take.
    assert entry_of(new)["n"] == 100
    check = one(new, data)
    assert check.status == "ok", check.detail
    assert "on 100 rows" in check.detail
    assert check.line().startswith("ok       fake/sst2/adapool: accuracy")


def test_texts_are_encoded_again_and_once_for_heads_that_share_them(new, data):
    StateStore(FakeBackbone(width=16), 128).states(get_task("sst2").load("dev", data).texts)
    alone, shared = Loads(), Loads()
    assert one(new, data, alone).status == "ok"
    assert alone.made.calls > 0, "the store in the cache folder was read"
    for check in verify_heads([new, new, new], data, load=shared):
        assert check.status == "ok"
    assert shared.made.calls == alone.made.calls
    assert shared.asked == [("fake", "float32")]


def test_a_head_without_an_entry_is_scored_on_the_whole_split(old, data):
    assert one(old, data).status == "ok"
    change(old, evaluation={"dev": {"accuracy": 12.0, "n": 100, "source": "sst2/dev.parquet"}})
    assert one(old, data).status == "differs"


def test_the_whole_split_can_be_asked_for(new, data):
    change(new, evaluation={"dev": {"accuracy": 12.0, "n": 100, "source": "sst2/dev.parquet"}})
    assert one(new, data).status == "ok"
    assert one(new, data, whole=True).status == "differs"


def test_a_sample_of_other_rows_is_held_against_its_interval(new, data):
    assert one(new, data, n=40).status == "ok"
    change(new, evaluation={"dev": {"accuracy": 12.0, "n": 100, "source": "sst2/dev.parquet"}})
    check = one(new, data, n=40)
    assert check.status == "differs"
    assert "on 40 rows, 99.9 % interval" in check.detail


def test_a_sample_and_the_whole_exclude_each_other(new, data):
    for more in ({"n": 40, "whole": True}, {"n": 19}):
        with pytest.raises(GlotError, match="sample"):
            one(new, data, **more)


def break_weights(folder):
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])


def break_card(folder):
    (folder / CARD).write_text("{")


def break_missing(folder):
    (folder / WEIGHTS).unlink()


def break_entry(folder):
    change(folder, verification={"n": 3})


def break_value(folder):
    change(folder, verification={**entry_of(folder), "value": "much"})


def break_scores(folder):
    change(folder, evaluation={})


def break_nan(folder):
    weights = load_file(folder / WEIGHTS)
    save_file({name: w * float("nan") for name, w in weights.items()}, folder / WEIGHTS)


@pytest.mark.parametrize(
    "damage",
    [v for n, v in list(globals().items()) if n.startswith("break_")],
    ids=lambda f: f.__name__,
)
def test_what_cannot_be_used_is_broken(new, data, damage):
    damage(new)
    check = one(new, data)
    assert check.status == "broken"
    assert "\n" not in check.line()


def test_another_backbone_is_broken(new, data):
    check = one(new, data, Loads(name="other"))
    assert check.status == "broken"
    assert "'other'" in check.detail


def turn_around(folder):
    """Each class is told the other's way round."""
    weights = load_file(folder / WEIGHTS)
    flipped = {name: -w if name.startswith("classifier") else w for name, w in weights.items()}
    save_file(flipped, folder / WEIGHTS)


def test_weights_that_are_not_the_cards_are_broken(old, data):
    turn_around(old)
    check = one(old, data)
    assert (check.status, "sha256 differs" in check.detail) == ("broken", True)


def test_tampered_weights_differ(new, data):
    turn_around(new)
    check = one(new, data)
    assert check.status == "differs"
    assert "the card says" in check.detail


def test_a_tampered_score_differs(new, data):
    entry = entry_of(new)
    change(new, verification={**entry, "value": entry["value"] - 2 * tolerance("accuracy", 100)})
    assert one(new, data).status == "differs"


def test_missing_data_is_skipped(new, old, tmp_path):
    check = one(new, tmp_path / "nowhere")
    assert check.status == "skipped"
    assert "No data at" in check.detail


def test_other_rows_than_the_cards_are_skipped(new, data):
    change(new, verification={**entry_of(new), "digest": "0" * 16})
    check = one(new, data)
    assert check.status == "skipped"
    assert "are not those" in check.detail


def test_a_missing_backbone_is_skipped_and_asked_for_once(new, data):
    asked = []

    def load(name, dtype):
        asked.append(name)
        raise GlotError("no such backbone.", "others.")

    checks = list(verify_heads([new, new], data, load=load))
    assert [check.status for check in checks] == ["skipped", "skipped"]
    assert asked == ["fake"]


def test_a_users_own_data_is_skipped(new, data):
    card = unsealed(json.loads((new / CARD).read_text()))
    card["training"]["data"] = "sst2.csv sha256 00"
    (new / CARD).write_text(json.dumps(card))
    check = one(new, data)
    assert (check.status, "own" in check.detail) == ("skipped", True)


@pytest.fixture
def kept(cache, tmp_path):
    """A head of the stress test that an experiment kept."""
    root = tmp_path / "heads"
    backbone = FakeBackbone(width=16)
    scope = Scope(
        "fake",
        "encoder",
        width=16,
        n_layers=backbone.n_layers,
        context=backbone.context,
        seeds=(42,),
    )
    bench = Bench(scope, backbone, None, [].append, tmp_path / "results", root)
    plan = HeadPlan(
        "stress", "ours", STRESS, (Point(PoolerConfig("adapool", width=8), 1e-2),),
        sample=Sample(n_train=200, n_validation=40, n_evaluation=60), keep=True,
    )  # fmt: skip
    for cell in plan.cells(scope):
        cell.measure(bench)
    return root / "fake" / STRESS / "adapool"


def test_a_kept_head_is_verified_without_any_data(kept, tmp_path):
    entry = entry_of(kept)
    assert (entry["rows"], entry["n"], entry["split"]) == ("first", SAMPLE, "test")
    # Whatever the experiment's own sample was.
    assert entry["digest"] == sample_rows(get_task(STRESS), None).digest()
    for more in ({}, {"whole": True}, {"n": 50}):
        check = one(kept, tmp_path / "nowhere", **more)
        assert check.status == "ok", check.detail
    assert "60 rows" in one(kept, whole=True).detail


def test_changed_generated_texts_differ(kept):
    change(kept, verification={**entry_of(kept), "digest": "0" * 16})
    assert one(kept).status == "differs"


def test_the_sample_of_generated_texts_are_the_first_of_any_longer_split():
    task = get_task("stress-strict-0.5")
    assert isinstance(task.reader, Generated)
    rows = sample_rows(task, None, 30)
    for n_test in (50, 400):
        longer = replace(task, reader=replace(task.reader, n_test=n_test))
        assert longer.load("test").texts[:30] == rows.texts
        assert sample_rows(longer, None, 30).digest() == rows.digest()


def test_two_rows_may_fall_the_other_way_on_any_sample():
    assert tolerance("accuracy", 200) == 1.0
    assert tolerance("accuracy", 71) == pytest.approx(200 / 71)
    assert tolerance("accuracy", 2000) == 0.5
    assert tolerance("matthews", 200) > tolerance("f1", 200) > tolerance("accuracy", 200)
    assert tolerance("spearman", 71) == 0.5


@pytest.mark.parametrize("task", ["stsb", "rte", "msmarco_pairs"])
def test_pairs_of_every_kind_are_verified(pairs, cache, tmp_path, task):
    folder = tmp_path / "heads" / "fake" / task / "mean"
    train(pairs, folder, "mean", config=replace(QUICK, epochs=1), task=task)
    for more in ({"whole": True}, {}):
        assert one(folder, pairs, **more).status == "ok"
        add_entry(folder, get_task(task), pairs)
    change(folder, verification={**entry_of(folder), "value": -50.0})
    assert one(folder, pairs).status == "differs"
