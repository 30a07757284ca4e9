import pytest
import torch

from glot.errors import GlotError
from glot.graph.token_graph import TokenGraph
from glot.types import TokenStates

ONE = {"tokens": (("a", "b"),), "offsets": (((0, 1), (2, 3)),), "n_cut": (0,)}


def states(**changes):
    hidden = torch.ones(1, 2, 4)
    mask = torch.ones(1, 2, dtype=torch.bool)
    return TokenStates(**{"hidden": hidden, "mask": mask, **ONE, **changes})


def test_accepts_what_fits():
    assert states().hidden.shape == (1, 2, 4)


def test_state_at_padding_may_be_anything():
    hidden = torch.ones(1, 3, 4)
    hidden[0, 2] = float("nan")
    mask = torch.tensor([[True, True, False]])
    assert states(hidden=hidden, mask=mask).mask.sum() == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mask": torch.ones(1, 3, dtype=torch.bool)}, "with a mask"),
        ({"mask": torch.zeros(1, 2, dtype=torch.bool)}, "no valid token"),
        ({"hidden": torch.full((1, 2, 4), float("nan"))}, "NaN or infinite"),
        ({"hidden": torch.full((1, 2, 4), float("inf"))}, "NaN or infinite"),
        ({"tokens": (("a",),)}, "tokens has [1] entries"),
        ({"offsets": ((),)}, "offsets has [0] entries"),
        ({"n_cut": ()}, "n_cut has 0 entries"),
    ],
)
def test_refuses_what_does_not_fit(changes, message):
    with pytest.raises(GlotError) as caught:
        states(**changes)
    assert message in str(caught.value)


def test_graph_refuses_another_shape():
    with pytest.raises(GlotError, match="Similarities of shape"):
        TokenGraph(torch.zeros(1, 3, 3), torch.ones(1, 2, dtype=torch.bool))
