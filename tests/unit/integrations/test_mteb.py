"""`mteb.evaluate` as it stands, on a task of our own and on local data."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from glot.config import PoolerConfig
from glot.experiments.mteb_scores import choose, score
from glot.heads import build_head
from glot.heads.config import HeadConfig
from glot.integrations.mteb_encoder import DirectEncoder, HeadEncoder
from glot.training.store import StateStore
from tests.conftest import FakeBackbone, shared_folder
from tests.unit.integrations.tiny_heads import random_head, tiny_backbone

pytest.importorskip("mteb", reason="needs the extra train")
pytest.importorskip("sentence_transformers", reason="needs the extra train")

import mteb
from mteb.abstasks.sts import AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from mteb.cache import ResultCache

from glot.integrations.sentence_transformers import mark, sentence_transformer

WORDS = ["file", "keys", "maps", "said", "Nobody", "that", "did", "not"]


def sentences(seed, n=24):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, 4)) for _ in range(n)]


FIRST, SECOND = sentences(0), sentences(1)
LABELS = np.random.default_rng(2).random(len(FIRST)) * 5


class TinySTS(AbsTaskSTS):
    """A task that lies on no hub."""

    metadata = TaskMetadata(
        name="TinySTS",
        dataset={"path": "local/tiny", "revision": "1"},
        description="Random pairs.",
        type="STS",
        category="t2t",
        eval_langs=["eng-Latn"],
        main_score="cosine_spearman",
    )

    def load_data(self, **others):
        from datasets import Dataset

        columns = {"sentence1": FIRST, "sentence2": SECOND, "score": LABELS}
        self.dataset, self.data_loaded = {"test": Dataset.from_dict(columns)}, True


def fake_head(pooler="mean", width=16, seed=0):
    torch.manual_seed(seed)
    return build_head(PoolerConfig(pooler), width, HeadConfig("contrastive", True)).eval()


def wanted(vectors):
    a, b = vectors(FIRST), vectors(SECOND)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return spearmanr(cosine, LABELS).statistic


def main_score(result):
    return result.task_results[0].get_score()


@pytest.fixture
def filed(tmp_path):
    return ResultCache(tmp_path / "mteb")


def test_a_head_is_evaluated_and_filed_under_its_own_name(filed, cache):
    backbone = FakeBackbone(width=16)

    def means(texts):
        return np.stack(
            [np.mean([backbone.state(w).numpy() for w in t.split()], axis=0) for t in texts]
        )

    encoders = [
        HeadEncoder(StateStore(backbone, 32), fake_head()),
        DirectEncoder(backbone, fake_head(), 32),
        DirectEncoder(backbone, fake_head("glot", seed=1), 32),
        DirectEncoder(backbone, fake_head("glot", seed=2), 32),
    ]
    results = [mteb.evaluate(each, [TinySTS()], cache=filed) for each in encoders]
    results[1] = mteb.evaluate(encoders[1], [TinySTS()], cache=None)
    scores = [main_score(result) for result in results]
    assert scores[:2] == [pytest.approx(wanted(means), abs=2e-3)] * 2
    # Two heads of one pooler: the second does not find the first one's results.
    assert scores[2] != scores[3]
    # What is evaluated twice is found.
    calls = backbone.calls
    again = mteb.evaluate(encoders[3], [TinySTS()], cache=filed)
    assert main_score(again) == pytest.approx(scores[3], abs=1e-4)
    assert backbone.calls == calls
    assert results[3].model_name == "glot/fake-glot"
    assert len(results[3].model_revision) == 40


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_model_of_sentence_transformers_is_evaluated(filed, tmp_path):
    backbone = tiny_backbone(tmp_path / "bert", "bert")
    trained = random_head(backbone)
    model = sentence_transformer(trained, backbone)
    found = main_score(mteb.evaluate(model, [TinySTS()], cache=filed))
    assert found == pytest.approx(wanted(model.encode), abs=1e-4)
    same = DirectEncoder(backbone, trained.head)
    assert main_score(mteb.evaluate(same, [TinySTS()], cache=filed)) == pytest.approx(
        found, abs=5e-3
    )
    # After training, the results of before do not count.
    with torch.no_grad():
        model[1].pooler.readout.score[0].weight.normal_()
    mark(model)
    after = main_score(mteb.evaluate(model, [TinySTS()], cache=filed))
    assert after == pytest.approx(wanted(model.encode), abs=1e-4)
    assert after != found


@pytest.mark.parametrize("kind", ["stored", "direct"])
def test_blank_texts_get_zeros(kind, cache):
    backbone = FakeBackbone(width=16)
    store = StateStore(backbone, 32)
    encoder = (
        HeadEncoder(store, fake_head())
        if kind == "stored"
        else DirectEncoder(backbone, fake_head())
    )
    found = encoder.vectors(["a b", "", "c", " \n"])
    assert np.abs(found[[1, 3]]).max() == 0
    np.testing.assert_allclose(np.linalg.norm(found[[0, 2]], axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(found[[0, 2]], encoder.vectors(["a b", "c"]))
    assert encoder.vectors([""]).shape == (1, 16)


def test_both_encoders_give_the_same_vectors(cache):
    backbone = FakeBackbone(width=16)
    head = fake_head("glot")
    stored = HeadEncoder(StateStore(backbone, 32, layer=2), head)
    direct = DirectEncoder(backbone, head, 32, layer=2)
    np.testing.assert_allclose(stored.vectors(FIRST), direct.vectors(FIRST), atol=5e-3)
    assert stored.mteb_model_meta.revision == direct.mteb_model_meta.revision
    other = DirectEncoder(backbone, head, 31, layer=2).mteb_model_meta.revision
    assert other != direct.mteb_model_meta.revision


def test_a_task_of_the_hub_is_scored_for_the_ledger(monkeypatch):
    """Its data apart, the way of any of mteb's own tasks."""
    monkeypatch.setattr(mteb, "get_task", lambda _: TinySTS())
    backbone = FakeBackbone(width=16)
    (row,) = score(choose("TinySTS"), DirectEncoder(backbone, fake_head(), 32), None, None)
    assert (row.split, row.metric, row.n_eval) == ("test", "cosine_spearman", len(FIRST))
    direct = mteb.evaluate(DirectEncoder(backbone, fake_head(), 32), [TinySTS()], cache=None)
    assert row.value == pytest.approx(100 * main_score(direct), abs=1e-6)
    assert row.settings["mteb"] == mteb.__version__
    assert row.settings["data_revision"] == "1"
    assert (row.fingerprint, row.parameters) == (backbone.fingerprint, 0)


def test_the_shared_data_score_alike_by_both_ways(minilm, filed):
    """The shipped local task, by our rows and by `mteb.evaluate` on the same data."""
    from glot.integrations.mteb_tasks import Size

    folder = shared_folder("data")
    task = choose("sts12").local
    encoder = DirectEncoder(
        minilm,
        build_head(PoolerConfig("mean"), minilm.width, HeadConfig("contrastive", True)).eval(),
        32,
    )
    ours = task.evaluate(encoder, folder, Size(rows=48))
    theirs = mteb.get_task(task.original)
    theirs.dataset, theirs.data_loaded = task.give(folder, Size(rows=48)).dataset, True
    found = main_score(mteb.evaluate(encoder, [theirs], cache=filed))
    assert ours.value == pytest.approx(100 * found, abs=0.05)
