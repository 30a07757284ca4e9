"""Every task with every pooler, trained and scored on the real data, a few rows of each."""

import pytest

from glot.backbones import load_backbone
from glot.config import PoolerConfig, TrainConfig
from glot.heads.checkpoint import load_head
from glot.poolers import poolers_for
from glot.tasks import TASKS, get_task
from glot.training.run import Job, train_head
from glot.training.score import score_head
from tests.conftest import shared_folder

FEW = TrainConfig(lr=(1e-3,), epochs=1, n_train=48, n_validation=16, n_evaluation=32)


@pytest.fixture(scope="module", autouse=True)
def _one_store(tmp_path_factory):
    """Poolers of one task share its states, as they do for a user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def check(task, backbone, folder, data):
    """Train, load again, score: the scores are those that training told."""
    for pooler in poolers_for(backbone.kind):
        job = Job(task, backbone, PoolerConfig(pooler, width=16), FEW, folder / pooler, data)
        card = train_head(job).card
        trained = load_head(folder / pooler, backbone)
        scores = score_head(trained, task, backbone, data, (), FEW.n_evaluation, None, print)
        assert scores == card.metrics["evaluation"]
        assert set(scores) == set(task.evaluation_splits)
        for split in scores.values():
            assert split["interval_95"][0] <= split[task.metric] <= split["interval_95"][1]
            # Of queries that share a passage, one is asked.
            assert 28 <= split["n"] <= 32


@pytest.mark.parametrize("name", TASKS.names())
def test_every_pooler_on_minilm(name, minilm, tmp_path):
    check(get_task(name), minilm, tmp_path, shared_folder("data"))


@pytest.fixture(scope="module")
def smollm2():
    return load_backbone("smollm2", device="cpu")


@pytest.mark.parametrize("name", ["cola", "sst2", "rte"])
def test_every_pooler_on_smollm2(name, smollm2, tmp_path):
    assert "eos" in poolers_for(smollm2.kind)
    check(get_task(name), smollm2, tmp_path, shared_folder("data"))
