"""Task layers: shapes, losses against known values, what labels they take in."""

import pytest
import torch
from torch.nn.functional import mse_loss

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads import HEADS, build_head
from glot.heads.config import HeadConfig
from glot.heads.contrastive import TEMPERATURE

WIDTH = 6


def head(name, pairs=False, classes=0, pooler="mean"):
    torch.manual_seed(0)
    return build_head(PoolerConfig(pooler, width=5), WIDTH, HeadConfig(name, pairs, classes))


@pytest.mark.parametrize("pairs", [False, True])
def test_a_classifier_is_linear_in_z_or_in_both(pairs):
    made = head("classifier", pairs, classes=3)
    a, b = torch.randn(2, 4, WIDTH)
    z = torch.cat([a, b], dim=1) if pairs else a
    expected = z @ made.classifier.weight.T + made.classifier.bias
    outputs = made(a, b if pairs else None)
    torch.testing.assert_close(outputs, expected)
    assert torch.equal(made.predict(outputs), expected.argmax(1))
    labels = torch.tensor([0, 1, 2, 0])
    probability = expected.softmax(1)[torch.arange(4), labels]
    torch.testing.assert_close(made.loss(outputs, labels), -probability.log().mean())


@pytest.mark.parametrize("pairs", [False, True])
def test_a_regression_predicts_in_the_labels_unit(pairs):
    made = head("regression", pairs)
    labels = torch.tensor([0.0, 10.0, 20.0, 30.0])
    made.prepare(labels)
    a, b = torch.randn(2, 4, WIDTH)
    outputs = made(a, b if pairs else None)
    assert outputs.shape == (4,)
    torch.testing.assert_close(made.predict(outputs), outputs)
    # Without any training it predicts about the mean, and its loss is about the variance's 1.
    made.regression.weight.data.zero_()
    made.regression.bias.data.zero_()
    flat = made(a, b if pairs else None)
    torch.testing.assert_close(flat, torch.full((4,), 15.0))
    torch.testing.assert_close(made.loss(flat, labels), torch.tensor(1.0))


def test_equal_labels_do_not_divide_by_zero():
    for name, pairs in (("regression", False), ("similarity", True)):
        made = head(name, pairs)
        labels = torch.full((3,), 2.0)
        made.prepare(labels)
        a = torch.randn(3, WIDTH)
        assert bool(made.loss(made(a, a if pairs else None), labels).isfinite())


def test_similarity_is_the_cosine_between_the_labels_ends():
    made = head("similarity", pairs=True)
    labels = torch.tensor([0.0, 5.0, 2.5])
    made.prepare(labels)
    a = torch.tensor([[1.0, 0, 0, 0, 0, 0]] * 3)
    b = torch.tensor([[0, 2.0, 0, 0, 0, 0], [3.0, 0, 0, 0, 0, 0], [1.0, 1.0, 0, 0, 0, 0]])
    outputs = made(a, b)
    torch.testing.assert_close(outputs, torch.tensor([0.0, 5.0, 5 * 0.5**0.5]))
    torch.testing.assert_close(made.loss(outputs, labels), mse_loss(outputs / 5, labels / 5))
    assert made.n_parameters() == 0


def test_contrast_is_symmetric_and_at_the_papers_temperature():
    made = head("contrastive", pairs=True)
    assert TEMPERATURE == 0.07
    a, b = torch.randn(2, 3, WIDTH)
    outputs = made(a, b)
    unit = [x / x.norm(dim=1, keepdim=True) for x in (a, b)]
    torch.testing.assert_close(outputs, unit[0] @ unit[1].T)
    torch.testing.assert_close(made.predict(outputs), (unit[0] * unit[1]).sum(1))
    scaled = (outputs / 0.07).double()
    rows = torch.stack([scaled[i, i] - scaled[i].logsumexp(0) for i in range(3)])
    columns = torch.stack([scaled[i, i] - scaled[:, i].logsumexp(0) for i in range(3)])
    expected = -(rows.mean() + columns.mean()) / 2
    torch.testing.assert_close(made.loss(outputs, torch.arange(3)).double(), expected)
    torch.testing.assert_close(made.loss(outputs.T, torch.arange(3)).double(), expected)


def test_rows_of_one_group_are_not_held_against_each_other():
    made = head("contrastive", pairs=True)
    a, b = torch.randn(2, 3, WIDTH)
    with_twin = made(torch.cat([a, a[:1]]), torch.cat([b, b[:1]]))
    alone = made.loss(made(a, b), torch.tensor([7, 8, 9]))
    grouped = made.loss(with_twin, torch.tensor([7, 8, 9, 7]))
    rivals = made.loss(with_twin, torch.tensor([7, 8, 9, 10]))
    assert rivals > grouped
    assert bool(alone.isfinite())
    assert bool(grouped.isfinite())


def test_parameters_are_counted():
    # Score 6·5 + 5 and 5 + 1, classifier 6·2 + 2; for pairs 12·2 + 2.
    assert head("classifier", classes=2, pooler="adapool").n_parameters() == 55
    assert head("classifier", classes=2).n_parameters() == 14
    assert head("classifier", True, 2).n_parameters() == 26
    assert head("regression", True).n_parameters() == 13


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("classifier", False, 1), "of 1 classes"),
        (("similarity", False), "on single texts"),
        (("contrastive", False), "on single texts"),
    ],
)
def test_heads_that_do_not_fit_are_refused(values, message):
    with pytest.raises(GlotError, match=message):
        HeadConfig(*values)


def test_every_head_says_what_it_learns():
    kinds = {kind for name in HEADS.names() for kind in HEADS.get(name).kinds}
    assert kinds == {"classification", "regression", "contrastive"}
