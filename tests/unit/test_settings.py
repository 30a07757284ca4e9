import pytest

from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.poolers import POOLERS
from glot.tasks import get_task


def test_defaults_are_those_of_the_paper():
    config = PoolerConfig(name="glot")
    assert (config.tau, config.width, config.layers) == (0.6, 128, 2)
    assert (config.jumping_knowledge, config.conv) == ("cat", "gat")


def test_settings_survive_a_round_trip():
    config = PoolerConfig(name="glot", width=32, jumping_knowledge="max", tau=0.3)
    assert PoolerConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0},
        {"layers": 9},
        {"layers": -1},
        {"jumping_knowledge": "sum"},
        {"tau": float("nan")},
        {"tau": 1.01},
        {"tau": -1.01},
        {"tau": float("inf")},
    ],
)
def test_bad_pooler_settings_are_refused(changes):
    with pytest.raises(GlotError, match="Accepted"):
        PoolerConfig(name="glot", **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"lr": ()},
        {"lr": (0.0,)},
        {"lr": (2.0,)},
        {"tau": ()},
        {"tau": (float("nan"),)},
        {"epochs": 0},
        {"batch_size": 0},
        {"n_validation": 1},
        {"n_train": -1},
        {"weight_decay": -0.1},
        {"precision": "float16"},
    ],
)
def test_bad_training_settings_are_refused(changes):
    with pytest.raises(GlotError, match="Accepted"):
        TrainConfig(**changes)


@pytest.mark.parametrize("values", [{"name": "glot", "colour": "red"}, {"width": 3}])
def test_unknown_or_missing_keys_are_refused(values):
    with pytest.raises(GlotError, match="Pooler settings"):
        PoolerConfig.from_dict(values)


def test_unknown_name_lists_the_known_and_guesses():
    with pytest.raises(GlotError) as caught:
        POOLERS.get("adapol")
    assert "mean, max, cls, eos, adapool, mlp, deepsets, glot" in str(caught.value)
    assert "Did you mean 'adapool'?" in str(caught.value)


def test_unknown_task():
    with pytest.raises(GlotError, match="Unknown task 'sst3'"):
        get_task("sst3")
