import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.tasks import get_task
from glot.training import loop, run, states
from glot.training.batches import evaluation_batches, training_batches
from glot.training.run import train_head
from glot.training.states import store_states
from tests.conftest import FakeBackbone

TEXTS = [" ".join(f"w{i}{j}" for j in range(i % 5 + 1)) for i in range(30)]


class BrokenBackbone(FakeBackbone):
    """Stops after so many calls, as a killed process would."""

    def __init__(self, calls_left):
        super().__init__()
        self.calls_left = calls_left

    def encode(self, texts, max_tokens=None):
        if self.calls_left == 0:
            raise KeyboardInterrupt
        self.calls_left -= 1
        return super().encode(texts, max_tokens)


def test_stored_states_are_the_backbones_own(fake, cache):
    stored = store_states(fake, TEXTS, max_tokens=4)
    rows = [7, 3, 29]
    hidden, mask = stored.batch(rows)
    direct = fake.encode([TEXTS[i] for i in rows], 4)
    assert torch.equal(mask, direct.mask)
    assert torch.equal(hidden[mask], direct.hidden[direct.mask])


def test_states_are_computed_once(fake, cache):
    store_states(fake, TEXTS, 4)
    calls = fake.calls
    store_states(fake, TEXTS, 4)
    assert fake.calls == calls
    store_states(fake, TEXTS, 3)
    assert fake.calls > calls


def test_bfloat16_states_are_kept_without_loss(fake, cache):
    fake.dtype = torch.bfloat16
    rounded = torch.randn(8).to(torch.bfloat16).float()
    fake.table = dict.fromkeys("abc", rounded.tolist())
    stored = store_states(fake, ["a b c"], 4)
    assert stored.states.dtype is torch.bfloat16
    assert torch.equal(stored.batch([0])[0][0, 0], rounded)


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_an_interrupted_extraction_goes_on(cache, monkeypatch, calls):
    monkeypatch.setattr(states, "CHUNK", 10)
    monkeypatch.setattr(states, "TOKENS_PER_CALL", 10**6)
    with pytest.raises(KeyboardInterrupt):
        store_states(BrokenBackbone(calls), TEXTS, 4)
    after = FakeBackbone()
    stored = store_states(after, TEXTS, 4)
    assert after.calls == 3 - calls
    hidden, mask = stored.batch(range(30))
    assert torch.equal(hidden[mask], after.encode(TEXTS, 4).hidden[mask])


def test_two_processes_do_not_mix_their_states(cache, monkeypatch):
    """Threads stand for processes: the lock is one of the operating system."""
    monkeypatch.setattr(states, "CHUNK", 3)
    backbones = [FakeBackbone(), FakeBackbone()]
    with ThreadPoolExecutor(2) as pool:
        stored = list(pool.map(lambda b: store_states(b, TEXTS, 4), backbones))
    expected = FakeBackbone().encode(TEXTS, 4).hidden
    for one in stored:
        hidden, mask = one.batch(range(30))
        assert torch.equal(hidden[mask], expected[mask])
    # One of them did all the work.
    assert min(backbone.calls for backbone in backbones) == 0


def test_a_checkpoint_is_trained_by_one_process_at_a_time(data, tmp_path, cache):
    told = []

    def report(event):
        if not told:
            with pytest.raises(GlotError, match="Another training writes"):
                train(data, tmp_path / "head")
            told.append(event)

    train(data, tmp_path / "head", report=report)
    assert told


def test_an_output_folder_that_cannot_be_written_is_told(data, tmp_path, cache):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="Training cannot write"):
        train(data, tmp_path / "file" / "head")


@pytest.mark.parametrize("file", ["states.bin", "lengths.bin"])
def test_half_written_states_are_computed_again(fake, cache, monkeypatch, file):
    monkeypatch.setattr(states, "CHUNK", 10)
    store_states(fake, TEXTS, 4)
    (path,) = cache.rglob(file)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3 + 5])
    hidden, mask = store_states(fake, TEXTS, 4).batch(range(30))
    assert torch.equal(hidden[mask], fake.encode(TEXTS, 4).hidden[mask])


def test_a_full_disk_is_told(fake, cache, monkeypatch):
    monkeypatch.setattr(states.shutil, "disk_usage", lambda _: type("U", (), {"free": 0}))
    with pytest.raises(GlotError, match="GLOT_CACHE"):
        store_states(fake, TEXTS, 4)


@pytest.mark.parametrize("n", [1, 31, 33, 4000])
def test_every_row_is_in_one_batch(n):
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, 50, n))
    for batches in (training_batches(lengths, 32, 1, 0), evaluation_batches(lengths, 32)):
        assert sorted(row for batch in batches for row in batch) == list(range(n))
        assert max(map(len, batches)) <= 32


def test_order_depends_on_seed_and_epoch_alone():
    lengths = torch.arange(1, 200)
    assert training_batches(lengths, 8, 1, 0) == training_batches(lengths, 8, 1, 0)
    assert training_batches(lengths, 8, 1, 0) != training_batches(lengths, 8, 1, 1)
    assert training_batches(lengths, 8, 1, 0) != training_batches(lengths, 8, 2, 0)


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


QUICK = TrainConfig(lr=(1e-2,), epochs=3, n_validation=50)


def train(data, out, pooler="glot", config=QUICK, backbone=None, **more):
    settings = PoolerConfig(pooler, width=8)
    return train_head(
        get_task("sst2"), backbone or FakeBackbone(width=16), settings, config, out, data, **more
    )


@pytest.mark.parametrize("pooler", ["mean", "adapool", "glot"])
def test_training_learns_what_can_be_learnt(data, tmp_path, cache, pooler):
    trained = train(data, tmp_path / "head", pooler)
    metrics = trained.card.metrics
    # Guessing gives 50.
    assert metrics["dev"] >= 90.0
    assert metrics["n_evaluation"] == 100
    assert metrics["interval_95"][0] <= metrics["dev"] <= metrics["interval_95"][1]
    assert trained.card.training["n_train"] == 350
    assert metrics["parameters"] == sum(p.numel() for p in trained.head.parameters())
    assert (tmp_path / "head" / "model.safetensors").is_file()
    assert not list(tmp_path.glob(".*.partial"))


class Stop(Exception):  # noqa: N818 - nothing went wrong
    """Stands for a killed process."""


def stop_after(n):
    left = [n]

    def report(event):
        if event["stage"] == "fit":
            left[0] -= 1
            if left[0] < 0:
                raise Stop

    return report


@pytest.mark.parametrize("steps", [3, 11, 13, 27])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    data, tmp_path, cache, monkeypatch, steps
):
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)
    whole = train(data, tmp_path / "whole")
    with pytest.raises(Stop):
        train(data, tmp_path / "cut", report=stop_after(steps))
    seen = []
    resumed = train(data, tmp_path / "cut", report=seen.append)
    for name, weight in whole.head.state_dict().items():
        assert torch.equal(resumed.head.state_dict()[name], weight)
    assert resumed.card.training["search"] == whole.card.training["search"]
    fits = [event for event in seen if event["stage"] == "fit" and "loss" in event]
    assert len(fits) < 3 * 11


def test_a_finished_run_of_a_search_is_not_trained_again(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2, 1e-3), epochs=1, n_validation=50)
    with pytest.raises(Stop):
        train(data, tmp_path / "head", config=config, report=stop_after(15))
    seen = []
    train(data, tmp_path / "head", config=config, report=seen.append)
    assert {event["run"] for event in seen if event["stage"] == "fit" and "loss" in event} == {2}


def test_unfinished_work_with_other_settings_is_not_lost(data, tmp_path, cache):
    with pytest.raises(Stop):
        train(data, tmp_path / "head", report=stop_after(13))
    other = TrainConfig(lr=(1e-3,), epochs=1, n_validation=50)
    with pytest.raises(GlotError, match="--fresh"):
        train(data, tmp_path / "head", config=other)
    assert train(data, tmp_path / "head", config=other, fresh=True).card.training["lr"] == 1e-3


def test_broken_unfinished_work_is_told(data, tmp_path, cache):
    with pytest.raises(Stop):
        train(data, tmp_path / "head", report=stop_after(13))
    (path,) = tmp_path.rglob("progress.json")
    path.write_text("{")
    with pytest.raises(GlotError, match="is broken"):
        train(data, tmp_path / "head")


def test_the_search_is_decided_on_validation_and_the_reported_split_is_scored_once(
    data, tmp_path, cache, monkeypatch
):
    scores = iter([60.0, 80.0, 70.0, 55.0])
    scored = []

    def evaluate(head, split, device):
        scored.append(len(split.labels))
        return next(scores) if len(split.labels) == 50 else 42.0

    monkeypatch.setattr(loop, "evaluate", evaluate)
    monkeypatch.setattr(run, "evaluate", evaluate)
    config = TrainConfig(lr=(1e-2, 1e-3), tau=(0.1, 0.6), epochs=1, n_validation=50)
    card = train(data, tmp_path / "head", config=config).card
    assert (card.training["lr"], card.pooler.tau) == (1e-2, 0.6)
    assert (card.metrics["validation"], card.metrics["dev"]) == (80.0, 42.0)
    assert scored == [50, 50, 50, 50, 100]


def test_tau_is_searched_for_graphs_only(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2,), tau=(0.1, 0.6), epochs=1, n_validation=50)
    assert len(train(data, tmp_path / "a", "mean", config).card.training["search"]) == 1
    assert len(train(data, tmp_path / "b", "glot", config).card.training["search"]) == 2


def test_the_card_tells_where_the_numbers_come_from(data, tmp_path, cache):
    train(data, tmp_path / "head")
    card = json.loads((tmp_path / "head" / "config.json").read_text())
    assert card["training"]["seed"] == 42
    assert "sha256" in card["training"]["data"]
    assert {"device", "versions", "commit", "date"} <= set(card["provenance"])
    assert str(tmp_path) not in json.dumps(card)


def test_a_smaller_training_part(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2,), epochs=1, n_validation=50, n_train=64)
    assert train(data, tmp_path / "head", config=config).card.training["n_train"] == 64
