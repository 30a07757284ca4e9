"""Our layers, on every form of the graphs, beside torch-geometric's: same weights and edges."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch_geometric.utils import dense_to_sparse

from glot.convs.base import Conv
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.token_graph import TokenGraph
from glot.types import Neighbours

IN_WIDTH, OUT_WIDTH = 6, 4
# From every edge there can be to self-loops alone.
TAUS = [-1.0, 0.0, 0.2, 0.7, 1.0]
LENGTHS = [9, 4, 1, 6]
CLOSE = {"atol": 1e-5, "rtol": 1e-4}

Tensors = dict[str, torch.Tensor]
FORMS = ["dense", "sparse", "streaming"]
each_density = pytest.mark.parametrize("tau", TAUS)
each_form = pytest.mark.parametrize("form", FORMS)


def graphs(form: str, states: torch.Tensor, mask: torch.Tensor, tau: float) -> Neighbours:
    """The same graphs in a form; tiles have three tokens a side, so that there are several."""
    if form == "streaming":
        return StreamingNeighbours.of(states, mask, tau, side=3)
    forms = {"dense": DenseNeighbours, "sparse": SparseNeighbours}
    return forms[form].of(TokenGraph.of(states, mask).similarity, mask, tau)


def random_states(seed: int = 5) -> torch.Tensor:
    return torch.randn(
        len(LENGTHS), max(LENGTHS), IN_WIDTH, generator=torch.Generator().manual_seed(seed)
    )


def ragged_mask() -> torch.Tensor:
    return torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]


def check_outputs_and_gradients(
    ours: Conv,
    reference: nn.Module,
    ours_of: Callable[[Tensors], Tensors],
    tau: float,
    form: str,
    edge_attr_width: int = 0,
) -> None:
    """Outputs at valid tokens, and gradients of weights and states, are those of the reference.

    Args:
        ours: our layer; its weights are replaced by the reference's.
        reference: torch-geometric's layer.
        ours_of: the reference's tensors by name → ours by name; linear, so that it carries
            gradients as well as weights.
        tau: threshold of the graphs.
        form: that the graphs are kept in for our layer.
        edge_attr_width: width of the all-ones edge features, 0 for none.
    """
    ours.load_state_dict(ours_of(dict(reference.state_dict())))
    states = random_states()
    mine, theirs = states.clone().requires_grad_(), states.clone().requires_grad_()
    mask = ragged_mask()
    adjacency = TokenGraph.of(states, mask).adjacency(tau)
    edges = block_diagonal_edges(adjacency, mask)
    ones = {"edge_attr": torch.ones(edges.shape[1], edge_attr_width)} if edge_attr_width else {}
    expected = reference(theirs[mask], edges, **ones)
    everywhere = ours(mine, graphs(form, states, mask, tau))
    assert bool(everywhere.isfinite().all())
    found = everywhere[mask]
    torch.testing.assert_close(found, expected, **CLOSE)

    direction = torch.randn(found.shape, generator=torch.Generator().manual_seed(6))
    (found * direction).sum().backward()
    (expected * direction).sum().backward()
    torch.testing.assert_close(mine.grad, theirs.grad, **CLOSE)
    gradients = ours_of({name: weight.grad for name, weight in reference.named_parameters()})
    assert set(gradients) == {name for name, _ in ours.named_parameters()}
    for name, weight in ours.named_parameters():
        torch.testing.assert_close(weight.grad, gradients[name], **CLOSE, msg=name)


def block_diagonal_edges(adjacency: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The batch's graphs as one sparse graph of the valid tokens, made by torch-geometric."""
    edges, _ = dense_to_sparse(adjacency.float(), mask)
    return edges


def check_many_graphs_of_one_sentence(conv: Conv) -> None:
    """One sentence on T graphs, and T sentences on one graph, equal one by one."""
    mask = torch.ones(1, max(LENGTHS), dtype=torch.bool)
    sentence = random_states(7)[:1]
    taus = torch.tensor([-0.5, 0.0, 0.4, 0.9])
    similarity = TokenGraph.of(sentence, mask).similarity
    together = conv(sentence, DenseNeighbours.of(similarity, mask, taus))
    assert together.shape == (len(taus), max(LENGTHS), OUT_WIDTH)
    for row, tau in enumerate(taus.tolist()):
        alone = conv(sentence, DenseNeighbours.of(similarity, mask, tau))
        torch.testing.assert_close(together[row : row + 1], alone, **CLOSE)
    several = random_states(8)
    one = DenseNeighbours.of(similarity, mask, 0.0)
    shared = conv(several, one)
    for row in range(len(several)):
        alone = conv(several[row : row + 1], one)
        torch.testing.assert_close(shared[row : row + 1], alone, **CLOSE)


def spread(module: nn.Module) -> dict[str, float]:
    return {name: float(weight.detach().std()) for name, weight in module.named_parameters()}
