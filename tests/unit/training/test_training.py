"""Training from data to checkpoint: what it learns, what it selects by, what it writes down."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads.shelf import load_heads
from glot.tasks import get_task
from glot.training import loop, run
from glot.training.evaluation import Scored
from glot.training.run import Job
from tests.conftest import FakeBackbone
from tests.unit.training.conftest import train


def same(one, other):
    a, b = one.head.state_dict(), other.head.state_dict()
    return all(torch.equal(weight, b[name]) for name, weight in a.items())


@pytest.mark.parametrize("pooler", ["mean", "max", "adapool", "mlp", "deepsets", "glot"])
def test_training_learns_what_can_be_learnt(data, tmp_path, cache, pooler):
    trained = train(data, tmp_path / "head", pooler)
    metrics = trained.card.metrics
    dev = metrics["evaluation"]["dev"]
    # Guessing gives 50; what the one word says is often not the largest of a dimension.
    assert dev["accuracy"] >= (75.0 if pooler == "max" else 90.0)
    assert dev["n"] == 100
    assert dev["interval_95"][0] <= dev["accuracy"] <= dev["interval_95"][1]
    assert trained.card.training["n_train"] == 350
    counted = sum(weight.numel() for weight in trained.head.parameters())
    assert metrics["parameters"] == counted
    assert metrics["pooler_parameters"] == counted - 2 * (trained.head.pooler.out_width + 1)
    assert (tmp_path / "head" / "model.safetensors").is_file()
    assert not list(tmp_path.glob(".*.partial"))


@pytest.mark.parametrize("conv", ["gat", "gcn", "gin", "sage"])
@pytest.mark.parametrize("mode", ["cat", "max", "mean", "none"])
def test_every_conv_and_jumping_knowledge_trains_and_comes_back(data, tmp_path, cache, conv, mode):
    pooler = PoolerConfig(
        "glot",
        width=24,
        conv=conv,
        jumping_knowledge=mode,
        projection=12,
        similarity="centred",
        norm="rms" if mode == "max" else "none",
    )
    backbone = FakeBackbone(width=16)
    config = TrainConfig(lr=(1e-2,), epochs=3, n_validation=50)
    out = tmp_path / "heads" / backbone.name / "sst2" / "glot"
    trained = run.train_head(Job(get_task("sst2"), backbone, pooler, config, out, data))
    assert trained.card.metrics["evaluation"]["dev"]["accuracy"] >= 80.0
    loaded = load_heads(backbone, "sst2", tmp_path / "heads").heads["glot"]
    assert same(trained, loaded)
    assert loaded.card.pooler == trained.card.pooler


def test_the_first_token_and_the_last_are_the_backbones_matter(data, tmp_path, cache):
    encoder, decoder = FakeBackbone(width=16), FakeBackbone(width=16, name="decoder")
    decoder.kind = "decoder"
    for pooler in ("cls", "eos"):
        for backbone, fitting in ((encoder, "cls"), (decoder, "eos")):
            trained = train(data, tmp_path / pooler / fitting, pooler, backbone=backbone)
            assert trained.card.pooler.name == fitting


def test_regression_by_similarity(pairs, tmp_path, cache):
    trained = train(pairs, tmp_path / "head", "glot", task="stsb", backbone=FakeBackbone(width=64))
    assert trained.card.head == "similarity"
    assert trained.card.labels == ()
    assert trained.card.metrics["evaluation"]["dev"]["spearman"] > 60
    assert float(trained.head.high) == 5.0


def test_linear_regression_on_pairs_is_there_too(pairs, tmp_path, cache):
    trained = train(pairs, tmp_path / "head", "mean", task="stsb", head="regression")
    assert trained.card.head == "regression"
    assert "pearson" in trained.card.metrics["evaluation"]["dev"]


def test_contrast_brings_pairs_together(pairs, tmp_path, cache):
    backbone = FakeBackbone(width=64)
    trained = train(pairs, tmp_path / "head", "glot", task="msmarco_pairs", backbone=backbone)
    # 60 candidates at random: about 5.
    assert trained.card.metrics["evaluation"]["dev"]["mrr_at_10"] > 80
    assert trained.card.metrics["evaluation"]["dev"]["n"] == 60


def test_a_head_without_weights_is_scored_as_it_is(pairs, tmp_path, cache):
    backbone = FakeBackbone(width=64)
    trained = train(pairs, tmp_path / "head", "mean", task="msmarco_pairs", backbone=backbone)
    assert trained.card.metrics["parameters"] == 0
    assert trained.card.training["best_epoch"] == 0
    # Mean pooling of shared words is a good start; worked out again from the states.
    rows = get_task("msmarco_pairs").load("dev", pairs)
    z = [
        torch.stack([backbone.encode([text]).hidden[0].mean(0) for text in texts])
        for texts in (rows.texts, rows.others)
    ]
    z = [vectors / vectors.norm(dim=1, keepdim=True) for vectors in z]
    order = (z[0] @ z[1].T).argsort(dim=1, descending=True)
    ranks = 1 + (order == torch.arange(60)[:, None]).int().argmax(dim=1)
    expected = 100 * float(torch.where(ranks <= 10, 1 / ranks, 0.0).mean())
    found = trained.card.metrics["evaluation"]["dev"]["mrr_at_10"]
    assert found == pytest.approx(expected, abs=0.5)


def test_classes_of_pairs_and_two_reported_splits(pairs, tmp_path, cache):
    trained = train(pairs, tmp_path / "head", "glot", task="mnli")
    assert set(trained.card.metrics["evaluation"]) == {"dev_matched", "dev_mismatched"}
    assert trained.head.classifier.weight.shape == (3, 2 * trained.head.pooler.out_width)


@pytest.mark.parametrize("task", ["sst2", "stsb", "msmarco_pairs"])
def test_heads_of_another_kind_are_refused(data, pairs, tmp_path, task):
    wrong = "contrastive" if task == "stsb" else "regression"
    with pytest.raises(GlotError, match=f"The head '{wrong}' learns"):
        train(pairs, tmp_path / "head", task=task, head=wrong)


def test_seeds_give_other_weights_and_the_same_seed_the_same(data, tmp_path, cache):
    runs = [
        train(data, tmp_path / str(i), config=TrainConfig(lr=(1e-2,), epochs=1, seed=seed))
        for i, seed in enumerate((7, 7, 8))
    ]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_bfloat16_learns_the_same_with_other_digits(data, tmp_path, cache):
    wide, narrow = (
        train(
            data,
            tmp_path / precision,
            config=TrainConfig(lr=(1e-2,), epochs=3, n_validation=50, precision=precision),
        )
        for precision in ("float32", "bfloat16")
    )
    assert not same(wide, narrow)
    assert all(weight.dtype is torch.float32 for weight in narrow.head.parameters())
    assert narrow.card.training["precision"] == "bfloat16"
    assert narrow.card.metrics["evaluation"]["dev"]["accuracy"] >= 90.0


def test_several_seeds_give_mean_and_deviation(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2, 1e-4), epochs=1, n_validation=50)
    seen = []
    trained = train(data, tmp_path / "head", config=config, seeds=3, report=seen.append)
    over = trained.card.metrics["seeds"]
    assert over["seeds"] == [42, 43, 44]
    values = over["dev"]["values"]
    assert len(values) == len(over["validation"]) == 3
    assert values[0] == trained.card.metrics["evaluation"]["dev"]["accuracy"]
    assert over["dev"]["mean"] == pytest.approx(np.mean(values))
    assert over["dev"]["deviation"] == pytest.approx(np.std(values, ddof=1))
    # Settings are searched for with the first seed; the others repeat the chosen ones.
    fits = {(e["seed"], e["lr"]) for e in seen if e["stage"] == "fit"}
    best = trained.card.training["lr"]
    assert fits == {(42, 1e-2), (42, 1e-4), (43, best), (44, best)}
    alone = train(data, tmp_path / "alone", config=config)
    assert same(trained, alone)


def test_the_search_is_decided_on_validation_and_the_reported_split_is_scored_once(
    data, tmp_path, cache, monkeypatch
):
    scores = iter([60.0, 80.0, 70.0, 55.0])
    scored = []

    class Fixed(Scored):
        score = property(lambda self: self.labels[0])

        def record(self):
            return {"accuracy": self.score, "n": 100}

    def evaluate(head, split, device):
        scored.append(len(split))
        return Fixed(("accuracy",), [next(scores) if len(split) == 50 else 42.0], [0])

    monkeypatch.setattr(loop, "evaluate", evaluate)
    monkeypatch.setattr(run, "evaluate", evaluate)
    config = TrainConfig(lr=(1e-2, 1e-3), tau=(0.1, 0.6), epochs=1, n_validation=50)
    card = train(data, tmp_path / "head", config=config).card
    assert (card.training["lr"], card.pooler.tau) == (1e-2, 0.6)
    assert card.metrics["validation"] == 80.0
    assert card.metrics["evaluation"]["dev"]["accuracy"] == 42.0
    assert scored == [50, 50, 50, 50, 100]


def test_tau_is_searched_for_graphs_only(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2,), tau=(0.1, 0.6), epochs=1, n_validation=50)
    assert len(train(data, tmp_path / "a", "mean", config).card.training["search"]) == 1
    assert len(train(data, tmp_path / "b", "glot", config).card.training["search"]) == 2


def test_the_card_tells_where_the_numbers_come_from(data, tmp_path, cache):
    train(data, tmp_path / "head", layer=1)
    card = json.loads((tmp_path / "head" / "config.json").read_text())
    assert card["training"]["seed"] == 42
    assert card["layer"] == 1
    assert card["max_tokens"] == 128
    assert "sha256" in card["training"]["data"]
    assert "sha256" in card["metrics"]["evaluation"]["dev"]["source"]
    assert {"device", "versions", "commit", "date"} <= set(card["provenance"])
    assert str(tmp_path) not in json.dumps(card)


def test_a_part_of_the_rows_is_drawn_at_random(data, tmp_path, cache):
    config = TrainConfig(lr=(1e-2,), epochs=1, n_validation=50, n_train=64, n_evaluation=30)
    card = train(data, tmp_path / "head", config=config).card
    assert card.training["n_train"] == 64
    assert card.metrics["evaluation"]["dev"]["n"] == 30


def test_a_loss_that_is_no_number_stops_with_step_and_batch(tmp_path, cache):
    # The squares of such labels are beyond float32.
    rows = {"text": [f"text {i}" for i in range(200)], "label": [i * 1e36 for i in range(200)]}
    pd.DataFrame(rows).to_csv(tmp_path / "own.csv", index=False)
    expected = r"The loss became nan at step 1 of epoch 1, at lr 0.01, on the batch of .* \d+, \d+"
    with pytest.raises(GlotError, match=expected):
        train(None, tmp_path / "head", task=str(tmp_path / "own.csv"))
