import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from glot.attributions.pair import PairExplanation
from glot.attributions.pair_bundle import PAIR, SECOND, read_pair, write_pair
from glot.attributions.pair_examples import PAIR_BACKBONE, PAIR_TASK, pair_examples, stored_pair
from glot.attributions.pair_notes import EQUAL
from glot.attributions.pair_readout import explain_pair
from glot.attributions.pair_report import pair_record, predictions_csv, similarities_csv
from glot.attributions.readout import explain_text
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead, weights_digests
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf, load_heads
from glot.paths import ROOT

FIRST, SECOND_TEXT = "a b c d", "b a c"
LABELS = ("different", "duplicate")


def trained(backbone, pooler, config, labels=(), layer=None, **pooling):
    torch.manual_seed(3)
    head = build_head(PoolerConfig(pooler, width=4, tau=0.25, **pooling), backbone.width, config)
    card = HeadCard(
        backbone.name,
        backbone.fingerprint,
        backbone.width,
        "qqp",
        labels,
        head.pooler.config,
        config.name,
        config.pairs,
        layer,
    )
    return TrainedHead(head.eval(), card)


def classifiers(backbone, *poolers, **pooling):
    config = HeadConfig(pairs=True, n_classes=2)
    return Shelf({name: trained(backbone, name, config, LABELS, **pooling) for name in poolers})


def compared(backbone, shelf, first=FIRST, second=SECOND_TEXT, task="qqp", **settings):
    texts = [explain_text(text, backbone, task, shelf, **settings) for text in (first, second)]
    return explain_pair(*texts, backbone, shelf, settings.get("max_tokens"))


@pytest.fixture
def pair(known):
    return compared(known, classifiers(known, "mean", "adapool", "glot"))


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_similarities_between_the_texts_are_cosines_of_their_states(pair, known):
    states = [known.encode([text]).hidden[0].numpy() for text in (FIRST, SECOND_TEXT)]
    expected = [[cosine(a, b) for b in states[1]] for a in states[0]]
    np.testing.assert_allclose(pair.cross, expected, atol=1e-6)
    assert pair.reference == pytest.approx(cosine(*(each.mean(0) for each in states)), abs=1e-6)


def test_centred_similarities_take_each_texts_own_mean_away(known):
    pair = compared(known, Shelf(), similarity="centred")
    states = [known.encode([text]).hidden[0].numpy() for text in (FIRST, SECOND_TEXT)]
    a, b = (each - each.mean(0) for each in states)
    np.testing.assert_allclose(pair.cross, [[cosine(x, y) for y in b] for x in a], atol=1e-5)


def test_predictions_are_the_heads_own_at_every_tau(known):
    shelf = classifiers(known, "mean", "adapool", "glot")
    pair = compared(known, shelf)
    states = [known.encode([text]) for text in (FIRST, SECOND_TEXT)]
    for name, each in shelf.heads.items():
        for tau in (0.0, 0.3, 0.61, 0.7, 1.0):
            a, b = (each.head.embed(s.hidden, s.mask, tau).embedding.detach() for s in states)
            # One matrix product written out: the joined vectors are [z_a ‖ z_b].
            layer = each.head.classifier
            logits = layer.weight @ torch.cat([a[0], b[0]]) + layer.bias
            expected = logits.softmax(0).tolist()
            answer = pair.answer(name, tau)
            assert list(answer.probabilities.values()) == pytest.approx(expected, abs=1e-5)
            assert answer.label == LABELS[int(logits.argmax())]
            assert pair.cosine(name, tau) == pytest.approx(
                cosine(a[0].numpy(), b[0].numpy()), abs=1e-5
            )
    assert pair.first.training_tau == 0.25
    assert pair.answer("max", 0.6) is pair.cosine("max", 0.6) is None


def test_a_similarity_head_tells_a_number_on_its_scale(known):
    each = trained(known, "mean", HeadConfig("similarity", pairs=True))
    each.head.prepare(torch.tensor([1.0, 5.0]))
    pair = compared(known, Shelf({"mean": each}), task="stsb")
    assert pair.scale == (1.0, 5.0)
    assert pair.answer("mean", 0.6) == pytest.approx(1 + 4 * pair.reference, abs=1e-5)
    assert pair.probabilities == {}
    assert pair.labels == ()


def test_a_contrastive_head_tells_the_cosine_and_a_regression_its_number(known):
    contrastive = trained(known, "glot", HeadConfig("contrastive", pairs=True))
    regression = trained(known, "mean", HeadConfig("regression", pairs=True))
    pair = compared(known, Shelf({"glot": contrastive, "mean": regression}), task="stsb")
    np.testing.assert_allclose(pair.values["glot"], pair.cosines["glot"], atol=1e-6)
    means = torch.cat([known.encode([t]).hidden.mean(1) for t in (FIRST, SECOND_TEXT)], dim=1)
    expected = regression.head.regression(means).item()
    assert pair.answer("mean", 0.6) == pytest.approx(expected, abs=1e-5)
    assert pair.scale is None


def test_the_order_of_the_texts_matters_to_classifiers_alone(known):
    shelf = classifiers(known, "glot")
    there, back = compared(known, shelf), compared(known, shelf, SECOND_TEXT, FIRST)
    np.testing.assert_array_equal(there.cross, back.cross.T)
    np.testing.assert_allclose(there.cosines["glot"], back.cosines["glot"], atol=1e-6)
    assert not np.allclose(there.probabilities["glot"], back.probabilities["glot"])


def test_links_are_the_pairs_above_a_threshold_without_added_tokens(pair):
    # cos(a, b) = 0.8, cos(b, c) = 0.6, equal words 1, all others 0 or less.
    assert {tuple(link) for link in pair.links(0.7)} == {(0, 1), (1, 0), (2, 2), (0, 0), (1, 1)}
    values = pair.cross[tuple(pair.links(0.5).T)]
    assert list(values) == sorted(values, reverse=True)
    assert len(pair.links(1.0)) == 0
    assert len(pair.links(-1.0)) == 12
    added = replace(pair, first=replace(pair.first, special=(0,)))
    assert {tuple(link) for link in added.links(0.7)} == {(1, 0), (2, 2), (1, 1)}


def test_notes_tell_what_is_unusual(known):
    shelf = replace(
        classifiers(known, "glot", similarity="centred"),
        broken={"max": "It is broken."},
        absent=("mlp",),
        command="glot train --task qqp",
    )
    shelf.heads["mean"] = trained(
        known, "mean", HeadConfig(pairs=True, n_classes=2), LABELS, layer=1
    )
    pair = compared(known, shelf, "a b c", "a b c")
    assert pair.notes == (
        EQUAL,
        "The glot head was trained on graphs of centred similarity; here it is run on cosine "
        "similarity, as the graphs show.",
        "The mean head reads layer 1 of 4; graphs and similarities between the texts are those of "
        "layer 4.",
        "The max head cannot be used. It is broken.",
    )
    assert pair.missing.endswith("glot train --task qqp --pooler mlp")


def test_a_cut_text_is_told_apart_from_the_other(known):
    pair = compared(known, Shelf(), "a b", "a b c d " * 20, max_tokens=6)
    (note,) = pair.notes
    assert note.startswith("The second text is longer than 6 tokens: 74")
    assert pair.cross.shape == (2, 6)


def test_one_token_against_one(known):
    pair = compared(known, classifiers(known, "glot"), "a", "b")
    assert pair.cross.tolist() == [[pytest.approx(0.8)]]
    assert pair.first.statistics(0.5).edges == 0
    assert pair.answer("glot", 0.5) is not None


def test_heads_of_single_texts_are_refused(known):
    config = HeadConfig(n_classes=2)
    shelf = Shelf({"mean": trained(known, "mean", config, ("no", "yes"))})
    with pytest.raises(GlotError, match="takes single texts"):
        compared(known, shelf)


def test_texts_that_were_not_explained_alike_are_refused(known, fake, pair):
    other = explain_text("b a c", known, "stsb", Shelf())
    with pytest.raises(GlotError, match="task 'qqp' and 'stsb'"):
        explain_pair(pair.first, other, known, Shelf())
    with pytest.raises(GlotError, match="max_tokens"):
        explain_pair(pair.first, pair.second, known, Shelf(), 2)
    with pytest.raises(GlotError, match="on 'fake'"):
        explain_pair(pair.first, pair.second, fake, Shelf())
    coarse = explain_text("b", known, "qqp", Shelf(), taus=[0.5])
    with pytest.raises(GlotError, match="one grid"):
        explain_pair(pair.first, coarse, known, Shelf())


@pytest.mark.parametrize("name", ["cross", "cosines", "probabilities"])
def test_parts_that_disagree_are_refused(pair, name):
    wrong = {"cross": pair.cross.T, "cosines": {"mean": np.zeros(3)}}
    with pytest.raises(GlotError, match=f"{name}.* has shape"):
        replace(pair, **{name: wrong.get(name, {"mean": np.zeros((101, 3))})})


def same(a: PairExplanation, b: PairExplanation) -> None:
    for name, value in vars(a).items():
        other = getattr(b, name)
        if isinstance(value, dict):
            assert set(value) == set(other)
            for key, table in value.items():
                np.testing.assert_array_equal(table, other[key])
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, other)
        elif name not in ("first", "second"):
            assert value == other


def test_a_stored_pair_comes_back_whole(pair, tmp_path):
    write_pair(tmp_path / "one", pair, {"glot": "abc"})
    found = read_pair(tmp_path / "one")
    assert found.heads == {"glot": "abc"}
    same(pair, found.pair)
    assert pair_record(found.pair, 0.3, 0.5) == pair_record(pair, 0.3, 0.5)


def test_a_shipped_pair_written_again_is_the_same_files(tmp_path):
    for example in pair_examples():
        bundle = read_pair(example.folder)
        write_pair(tmp_path, bundle.pair, bundle.heads)
        for path in example.folder.iterdir():
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", [PAIR, SECOND])
@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_a_broken_stored_pair_is_told(pair, tmp_path, name, content):
    write_pair(tmp_path, pair, {})
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GlotError, match="make examples"):
        read_pair(tmp_path)


def test_files_of_different_heads_are_not_mixed(pair, tmp_path):
    write_pair(tmp_path / "old", pair, {"glot": "old"})
    write_pair(tmp_path, pair, {"glot": "new"})
    (tmp_path / SECOND).write_bytes((tmp_path / "old" / SECOND).read_bytes())
    with pytest.raises(GlotError, match="other heads"):
        read_pair(tmp_path)


@pytest.mark.parametrize("example", pair_examples(), ids=lambda example: example.key)
def test_what_is_stored_is_what_the_shipped_heads_say(example, minilm):
    stored = stored_pair(example.first, example.second, "minilm", "qqp")
    assert stored is not None
    shelf = load_heads(minilm, "qqp")
    live = compared(minilm, shelf, example.first, example.second)
    assert stored.labels == live.labels == LABELS
    assert (stored.notes, stored.missing) == (live.notes, live.missing)
    np.testing.assert_allclose(stored.cross, live.cross, atol=1e-5)
    assert stored.reference == pytest.approx(live.reference, abs=1e-5)
    # An edge within rounding of a threshold may flip on another machine, so compare where none is.
    upper = np.concatenate([live.first.upper, live.second.upper])
    far = np.abs(upper[:, None] - live.taus[None]).min(axis=0) > 1e-5
    assert far.sum() > 50
    assert set(stored.probabilities) == set(live.probabilities) == set(shelf.heads)
    for name, table in live.probabilities.items():
        np.testing.assert_allclose(stored.probabilities[name][far], table[far], atol=1e-4)
        np.testing.assert_allclose(stored.cosines[name][far], live.cosines[name][far], atol=1e-4)


def test_a_changed_head_makes_the_stored_pairs_stale(tmp_path, monkeypatch):
    first = pair_examples()[0]
    assert stored_pair(first.first, first.second, "minilm", "qqp") is not None
    assert stored_pair(first.second, first.first, "minilm", "qqp") is None
    assert stored_pair(first.first, first.second, "minilm", "stsb") is None
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert weights_digests(PAIR_BACKBONE, PAIR_TASK) == {}
    assert stored_pair(first.first, first.second, "minilm", "qqp") is None


def test_a_record_is_json_and_holds_what_the_pair_holds(pair):
    record = json.loads(json.dumps(pair_record(pair, 0.7, 0.7)))
    assert [text["tokens"] for text in record["texts"]] == [["a", "b", "c", "d"], ["b", "a", "c"]]
    assert record["texts"][0]["edge_list"] == [[0, 1]]
    assert (record["tau"], record["training_tau"]) == (0.7, 0.25)
    assert record["predictions"]["max"] is None
    assert sum(record["predictions"]["glot"]["probabilities"].values()) == pytest.approx(1)
    assert sorted(link[:2] for link in record["links"]) == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 2]]


def test_tables_hold_every_number(pair):
    rows = list(csv.DictReader(io.StringIO(predictions_csv(pair))))
    assert len(rows) == 3 * 101
    (row,) = [row for row in rows if (row["tau"], row["pooler"]) == ("0.6", "glot")]
    answer = pair.answer("glot", 0.6)
    assert float(row["p duplicate"]) == pytest.approx(answer.probabilities["duplicate"], abs=1e-6)
    assert float(row["cosine"]) == pytest.approx(pair.cosine("glot", 0.6), abs=1e-6)
    head, *body = list(csv.reader(io.StringIO(similarities_csv(pair))))
    assert head == ["", "b", "a", "c"]
    assert [line[0] for line in body] == ["a", "b", "c", "d"]
    found = np.array([[float(x) for x in line[1:]] for line in body])
    np.testing.assert_allclose(found, pair.cross, atol=1e-6)


def test_an_example_pair_is_shown_without_torch():
    code = """
import sys
from glot.attributions.pair_examples import pair_examples, stored_pair
from glot.attributions.pair_report import pair_record
from glot.plots.pair import pair_graph_figure
from glot.plots.pair_numbers import cross_similarity_figure, pair_predictions_figure
import app.services.compare as service
import app.views.compare
shown = stored_pair(pair_examples()[0].first, pair_examples()[0].second, "minilm", "qqp")
assert shown is not None, "no stored pair fits the shipped heads"
pair_graph_figure(shown, 0.6, 0.7, "glot")
cross_similarity_figure(shown)
pair_predictions_figure(shown, 0.6, ["glot"])
pair_record(shown, 0.6, 0.7)
assert service.takes_pairs("minilm", "qqp") and service.score("minilm", "qqp", "glot")
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
