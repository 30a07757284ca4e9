from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, ndcg_score

from glot import extras
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.base import ABLATIONS, Scope
from glot.experiments.bench import Bench
from glot.experiments.contrastive import OWN_EMBEDDING, WEIGHTLESS, cells, sizes_of
from glot.experiments.reproduce import reproduce
from glot.heads import build_head
from glot.heads.config import HeadConfig
from glot.integrations.mteb_encoder import HeadEncoder
from glot.integrations.mteb_tasks import TASKS, Size
from glot.training.store import StateStore
from tests.conftest import FakeBackbone

BY_NAME = {task.name: task for task in TASKS}
WORDS = [f"word{i}" for i in range(60)]


def sentence(random, n=5):
    return " ".join(random.choice(WORDS, n))


def write(folder, **columns):
    folder.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_parquet(folder.with_suffix(".parquet"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A little of each task, in the columns of the published data."""
    folder, random = tmp_path_factory.mktemp("data"), np.random.default_rng(0)

    def texts(n):
        return [sentence(random) for _ in range(n)]

    # One word says the class, but for a quarter of the test labels.
    labels = [i % 4 for i in range(80)]
    write(folder / "emotion/train", text=[f"class{c}" for c in labels], label=labels)
    wrong = [c if i % 4 else (c + 1) % 4 for i, c in enumerate(i // 4 % 4 for i in range(64))]
    right = [i // 4 % 4 for i in range(64)]
    write(folder / "emotion/test", text=[f"class{c}" for c in right], label=wrong)

    write(folder / "scifact/corpus", id=[f"d{i}" for i in range(30)], text=texts(30))
    write(folder / "scifact/queries", id=[f"q{i}" for i in range(8)], text=texts(8))
    links = [(f"q{q}", f"d{d}", 1) for q in range(6) for d in (2 * q, 2 * q + 1 + q % 2)]
    query, document, score = zip(*links, strict=True)
    write(folder / "scifact/qrels_test", query_id=query, corpus_id=document, score=score)

    group = [i % 3 for i in range(48)]
    sets = [i // 24 for i in range(48)]
    titles = [f"group{s}{g} group{s}{g}" for s, g in zip(sets, group, strict=True)]
    write(folder / "reddit_clustering/test", text=titles, label=group, set=sets)

    asked = [f"r{i // 5}" for i in range(30)]
    firsts = [f"{WORDS[i // 5]} {WORDS[7 + i // 5]}" for i in range(30)]
    # The fifth question has only relevant ones and the sixth none: neither can be ranked wrong.
    judged = [int(i % 5 in (1, 3)) for i in range(20)] + [1] * 5 + [0] * 5
    write(
        folder / "cqa_question_reranking/train",
        query_id=asked,
        text_a=firsts,
        text_b=texts(30),
        label=judged,
    )
    for task, splits, pairs in (
        ("sts12", ("test",), 40),
        ("twittersemeval2015", ("dev", "test"), 20),
    ):
        for split in splits:
            values = random.random(pairs) * 5 if task == "sts12" else random.integers(0, 2, pairs)
            write(folder / task / split, text_a=texts(pairs), text_b=texts(pairs), label=values)
    write(
        folder / "summeval/test",
        doc_id=[f"s{i // 6}" for i in range(24)],
        text=texts(24),
        references=[texts_of for texts_of in (texts(3) for _ in range(4)) for _ in range(6)],
        relevance=random.random(24) * 4 + 1,
    )
    for split, n in (("train", 90), ("dev", 40)):
        own = [f"{split}{i} {WORDS[i % 60]}" for i in range(n)]
        write(
            folder / "msmarco_pairs" / split,
            text_a=own,
            text_b=[f"{text} {sentence(random)}" for text in own],
            label=[1] * n,
        )
    return folder


@pytest.fixture
def backbone():
    return FakeBackbone(width=16)


@pytest.fixture
def encoder(backbone, cache):
    head = build_head(PoolerConfig("mean"), 16, HeadConfig("contrastive", True, 0)).eval()
    return HeadEncoder(StateStore(backbone, 64), head)


@pytest.fixture
def mteb():
    return pytest.importorskip("mteb", reason="needs the extra train")


@pytest.fixture
def vector(backbone):
    """A text's vector, worked out without the encoder."""

    def make(text):
        mean = np.mean([backbone.state(word).numpy() for word in text.split()], axis=0)
        return mean / np.linalg.norm(mean)

    return make


def table(data, name):
    return pd.read_parquet(data / f"{name}.parquet")


def test_vectors_are_the_heads_of_length_one(encoder, backbone, vector):
    batches = [{"text": ["a b c", "d"]}, {"text": ["a b c", "e f"]}]
    found = encoder.encode(batches)
    wanted = np.stack([vector(text) for text in ("a b c", "d", "a b c", "e f")])
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    computed = backbone.calls
    encoder.encode(batches)
    assert backbone.calls == computed


def test_mteb_takes_it_for_an_encoder(mteb, encoder):
    from mteb.models import EncoderProtocol, SearchProtocol

    assert isinstance(encoder, EncoderProtocol)
    assert not isinstance(encoder, SearchProtocol)
    assert encoder.mteb_model_meta.name == "glot/fake-mean"
    both = encoder.vectors(["a b", "c"])
    cosine = float(both[0] @ both[1])
    assert encoder.similarity(both[:1], both[1:]).item() == pytest.approx(cosine, abs=1e-6)
    assert encoder.similarity_pairwise(both[:1], both[1:]).item() == pytest.approx(cosine, abs=1e-6)


def test_classes_that_a_word_says_are_found(mteb, encoder, data):
    score = BY_NAME["emotion"].evaluate(encoder, data, Size())
    assert (score.value, score.n) == (pytest.approx(75.0), 64)


def test_abstracts_are_searched(mteb, encoder, data, vector):
    score = BY_NAME["scifact"].evaluate(encoder, data, Size())
    corpus, queries = table(data, "scifact/corpus"), table(data, "scifact/queries")
    links = table(data, "scifact/qrels_test")
    documents = np.stack([vector(text) for text in corpus.text])
    gains = []
    for query in queries.itertuples():
        own = links[links.query_id == query.id].corpus_id
        if len(own):
            truth = corpus.id.isin(own).to_numpy().astype(float)
            gains.append(ndcg_score([truth], [documents @ vector(query.text)], k=10))
    assert score.n == len(gains) == 6
    assert score.value == pytest.approx(100 * np.mean(gains), abs=0.01)
    # What a query asks for stays in the corpus however small it is made.
    assert BY_NAME["scifact"].evaluate(encoder, data, Size(rows=2, documents=1)).n == 2


def test_titles_are_clustered_set_by_set(mteb, encoder, data):
    score = BY_NAME["reddit_clustering"].evaluate(encoder, data, Size())
    # The same words in one group, others in the others: no clustering can miss it.
    assert (score.value, score.n) == (pytest.approx(100.0), 48)
    assert BY_NAME["reddit_clustering"].evaluate(encoder, data, Size(rows=20)).n == 20


def test_questions_are_ranked_among_their_own(mteb, encoder, data, vector):
    score = BY_NAME["cqa_question_reranking"].evaluate(encoder, data, Size())
    frame = table(data, "cqa_question_reranking/train")
    precisions = []
    for _, own in frame[:20].groupby("query_id"):
        cosines = [vector(a) @ vector(b) for a, b in zip(own.text_a, own.text_b, strict=True)]
        precisions.append(average_precision_score(own.label, cosines))
    assert score.n == len(precisions) == 4
    assert score.value == pytest.approx(100 * np.mean(precisions), abs=0.01)


def test_similarities_are_correlated(mteb, encoder, data, vector):
    frame = table(data, "sts12/test")
    cosines = [vector(a) @ vector(b) for a, b in zip(frame.text_a, frame.text_b, strict=True)]
    wanted = 100 * spearmanr(frame.label, cosines).statistic
    score = BY_NAME["sts12"].evaluate(encoder, data, Size())
    assert (score.value, score.n) == (pytest.approx(wanted, abs=0.1), 40)


def test_paraphrases_are_told_apart(mteb, encoder, data, vector):
    frame = pd.concat([table(data, f"twittersemeval2015/{split}") for split in ("dev", "test")])
    a, b = (np.stack([vector(text) for text in frame[name]]) for name in ("text_a", "text_b"))
    measures = (a * b).sum(1), -np.linalg.norm(a - b, axis=1), -np.abs(a - b).sum(1)
    wanted = 100 * max(average_precision_score(frame.label, measure) for measure in measures)
    score = BY_NAME["twittersemeval2015"].evaluate(encoder, data, Size())
    assert (score.value, score.n) == (pytest.approx(wanted, abs=0.5), 40)


def test_summaries_are_held_against_the_nearest_of_peoples(mteb, encoder, data, vector):
    correlations = []
    for _, own in table(data, "summeval/test").groupby("doc_id"):
        people = np.stack([vector(text) for text in own.references.iloc[0]])
        nearest = [(people @ vector(text)).max() for text in own.text]
        correlations.append(spearmanr(own.relevance, nearest).statistic)
    score = BY_NAME["summeval"].evaluate(encoder, data, Size())
    assert (score.value, score.n) == (pytest.approx(100 * np.mean(correlations), abs=0.1), 4)


def test_missing_data_is_told(mteb, encoder, tmp_path):
    with pytest.raises(GlotError, match="GLOT_DATA"):
        BY_NAME["sts12"].evaluate(encoder, None, Size())
    with pytest.raises(GlotError, match=r"no file .*test\.parquet"):
        BY_NAME["sts12"].evaluate(encoder, tmp_path, Size())
    write(tmp_path / "sts12/test", text_a=["a"], label=[1.0])
    with pytest.raises(GlotError, match="no column text_b"):
        BY_NAME["sts12"].evaluate(encoder, tmp_path, Size())


def scope_of(backbone, **others):
    names = ("name", "kind", "width", "n_layers", "context")
    return Scope(*(getattr(backbone, name) for name in names), **others)


def test_without_mteb_nothing_is_begun(backbone, data, tmp_path, monkeypatch, cache):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    bench = Bench(scope_of(backbone, quick=True), backbone, data, lambda _: None, tmp_path)
    for cell in cells(bench.scope):
        with pytest.raises(GlotError, match=r"mteb is not installed.*\[train\]"):
            cell.measure(bench)


def test_the_shared_data_fit(mteb, minilm, cache):
    from tests.conftest import shared_folder

    folder = shared_folder("data")
    head = build_head(PoolerConfig("mean"), minilm.width, HeadConfig("contrastive", True, 0)).eval()
    encoder = HeadEncoder(StateStore(minilm, 64), head)
    score = BY_NAME["sts12"].evaluate(encoder, folder, Size(rows=64))
    assert score.n == 64
    assert score.value > 50


def test_quick_from_training_to_the_seven_tasks(mteb, minilm, data, tmp_path, cache):
    scope = scope_of(minilm, quick=True, seeds=(42,))
    bench = Bench(scope, minilm, data, lambda _: None, tmp_path / "results")
    chosen = [
        cell for cell in cells(scope) if cell.key.split("/")[2].split("-")[0] in ("mean", "adapool")
    ]
    assert len(chosen) == 1 + 3
    assert reproduce(chosen, "contrastive", bench, lambda _: None) == []
    rows = bench.ledger("contrastive").rows
    finals = [row for row in rows if row.regime != "search"]
    tasks = ["msmarco_pairs", *(task.name for task in TASKS)]
    assert [row.task for row in finals] == tasks * 2
    for row in finals:
        assert 0 <= abs(row.value) <= 100
        trained = row.pooler == "adapool"
        assert (row.n_train > 0, row.parameters > 0, "lr" in row.settings) == (trained,) * 3
    assert {row.method for row in finals if row.pooler == "mean"} == {OWN_EMBEDDING}
    assert {row.settings["mteb"] for row in finals[1:8]} == {mteb.__version__}


def test_poolers_without_weights_are_measured_once(backbone):
    scope = scope_of(backbone)
    keys = [cell.key for cell in cells(scope)]
    assert len(set(keys)) == len(keys) == len(WEIGHTLESS) - 1 + (4 + len(ABLATIONS)) * (3 + 3)
    quick = {cell.key for cell in cells(replace(scope, quick=True))}
    assert not quick & set(keys)


def test_scifacts_corpus_is_whole_everywhere():
    place = [task.name for task in TASKS].index("scifact")
    assert [sizes_of(name)[place].documents for name in ("minilm", "smollm2")] == [0, 0]
