"""Vectors of many rows against poolers and heads that are asked one text at a time."""

import numpy as np
import pytest
import torch

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import TrainedHead
from glot.heads.config import HeadConfig
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors, embed_rows, ways

TEXTS = ("one two three", "four five", "six", "seven eight nine ten")


def trained(fake, pooler, layer=None, pairs=False, max_tokens=0):
    torch.manual_seed(0)
    config = PoolerConfig(pooler, width=4, tau=0.1)
    head = build_head(config, fake.width, HeadConfig("classifier", pairs, 3)).eval()
    card = HeadCard(
        backbone="fake",
        fingerprint=fake.fingerprint,
        width=fake.width,
        task="made",
        labels=("a", "b", "c"),
        pooler=config,
        pairs=pairs,
        layer=layer,
        max_tokens=max_tokens,
    )
    return TrainedHead(head, card)


def rows(others=()):
    return MapRows(TEXTS, (0.0, 1.0, 2.0, 0.0), ("a", "b", "c"), "made", others)


def one_by_one(fake, head, text, layer=None, limit=None):
    states = fake.encode([text], limit, layer)
    with torch.no_grad():
        return head.embed(states.hidden, states.mask).embedding


def quiet(share, told):
    assert 0 <= share <= 1


def test_each_row_has_the_vector_and_the_prediction_of_its_own_text(fake):
    heads = {"glot": trained(fake, "glot", layer=2), "adapool": trained(fake, "adapool")}
    found = embed_rows(rows(), fake, ways(("adapool", "glot"), fake, heads), quiet)
    assert list(found) == ["adapool", "glot"]
    for name, made in found.items():
        head = heads[name].head
        for i, text in enumerate(TEXTS):
            z = one_by_one(fake, head, text, heads[name].card.layer)
            np.testing.assert_allclose(made.values[i], z[0], atol=1e-6)
            assert made.predictions[i] == int(head.predict(head(z)))
        assert made.trained
        assert made.classes == ("a", "b", "c")
        assert made.lengths.tolist() == [3, 2, 1, 4]


def test_ways_of_one_layer_share_the_backbone(fake):
    heads = {name: trained(fake, name, layer=3) for name in ("adapool", "glot", "deepsets")}
    embed_rows(rows(), fake, ways(tuple(heads), fake, heads), quiet)
    alone = fake.calls
    fake.calls = 0
    embed_rows(rows(), fake, ways(("glot",), fake, heads), quiet)
    assert fake.calls == alone


def test_pairs_are_what_the_task_layer_sees(fake):
    others = TEXTS[::-1]
    head = trained(fake, "adapool", pairs=True)
    found = embed_rows(rows(others), fake, ways(("adapool",), fake, {"adapool": head}), quiet)[
        "adapool"
    ]
    for i in range(4):
        a, b = (one_by_one(fake, head.head, text) for text in (TEXTS[i], others[i]))
        np.testing.assert_allclose(found.values[i], torch.cat([a, b], dim=1)[0], atol=1e-6)
        assert found.predictions[i] == int(head.head.predict(head.head(a, b)))
    assert found.lengths.tolist() == [7, 3, 3, 7]


def test_a_head_for_pairs_predicts_no_single_texts(fake):
    head = trained(fake, "mean", pairs=True)
    found = embed_rows(rows(), fake, ways(("mean",), fake, {"mean": head}), quiet)["mean"]
    assert found.predictions is None
    assert found.trained


def test_without_a_head_mean_is_the_mean_and_says_so(fake):
    (way,) = ways(("mean", "glot"), fake, {})
    found = embed_rows(rows(), fake, [way], quiet)["mean"]
    assert (found.trained, found.predictions, found.classes) == (False, None, ())
    expected = torch.stack([fake.state(word) for word in TEXTS[0].split()]).mean(dim=0)
    np.testing.assert_allclose(found.values[0], expected, atol=1e-6)


def test_cut_texts_are_counted(fake):
    head = trained(fake, "mean", max_tokens=3)
    found = embed_rows(rows(), fake, ways(("mean",), fake, {"mean": head}), quiet)["mean"]
    assert found.n_cut.tolist() == [0, 0, 0, 1]
    assert (found.cut_rows, found.limit) == (1, 3)


def test_a_pooler_that_needs_a_head_is_told(fake):
    with pytest.raises(GlotError, match="No trained head for glot, eos on fake") as told:
        ways(("glot", "eos"), fake, {})
    assert told.value.accepted == "Accepted without one: mean, max, cls."


def test_vectors_that_are_not_finite_are_told():
    zeros = np.zeros(2, np.int32)
    broken = np.array([[1.0, np.nan], [0.0, 1.0]], np.float32)
    with pytest.raises(GlotError, match="1 of 2 vectors of glot hold NaN"):
        Vectors("glot", broken, True, None, (), zeros, zeros, 8)


def test_whoever_listens_can_stop_it(fake):
    class StopError(Exception):
        pass

    def stop(share, told):
        raise StopError

    with pytest.raises(StopError):
        embed_rows(rows(), fake, ways(("mean",), fake, {}), stop)
