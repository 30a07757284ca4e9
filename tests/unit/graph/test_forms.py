"""Dense, sparse and streaming graphs: the same answers, the same gradients, bounded memory."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.memory import peak_bytes
from glot.graph.forms import choose, tiles
from glot.graph.forms.choose import neighbours
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.forms.tiles import Tiles
from glot.graph.similarity import token_similarity, unit_states
from glot.graph.token_graph import TokenGraph
from glot.types import Neighbours

WIDTH = 3
FORMS = ["dense", "sparse", "streaming"]
# All pairs but opposites; some; self-loops alone, so that every token is isolated.
TAUS = [-1.0, 0.2, 1.0]


def graphs(form: str, states: torch.Tensor, mask: torch.Tensor, tau: float, side=3) -> Neighbours:
    if form == "streaming":
        return StreamingNeighbours.of(states, mask, tau, side=side)
    kind = {"dense": DenseNeighbours, "sparse": SparseNeighbours}[form]
    return kind.of(token_similarity(states, mask), mask, tau)


def ragged(lengths=(5, 1, 4), seed=0):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.randn(*mask.shape, 6, generator=generator) * mask[..., None], mask


def inputs(mask, dtype, scale=1.0, seed=1):
    """States, source and target, with a gradient."""
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(*mask.shape, WIDTH, generator=generator, dtype=dtype)
    pair = scale * torch.randn(2, *mask.shape, generator=generator, dtype=dtype)
    return tuple(tensor.requires_grad_() for tensor in (states, *pair))


def by_hand(adjacency, states, source, target):
    """Attention of one sentence, token by token, in float64."""
    rows = []
    for i, heard in enumerate(adjacency):
        raw = source[heard] + target[i]
        score = torch.where(raw > 0, raw, 0.2 * raw).softmax(0)
        rows.append((score[:, None] * states[heard]).sum(0))
    return torch.stack(rows)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tau", TAUS)
def test_sums_degrees_and_attention_are_what_they_say(form, tau):
    hidden, mask = ragged()
    adjacency = TokenGraph.of(hidden, mask).adjacency(tau)
    states, source, target = (tensor.detach() for tensor in inputs(mask, torch.float64))
    graph = graphs(form, hidden, mask, tau)
    degree, total = graph.degree(), graph.sum(states)
    attended = graph.attend(states, source, target)
    for row in range(len(mask)):
        n = int(mask[row].sum())
        edges = adjacency[row, :n, :n]
        assert degree[row, :n, 0].tolist() == edges.sum(1).tolist()
        torch.testing.assert_close(total[row, :n], edges.double() @ states[row, :n])
        expected = by_hand(edges, states[row, :n], source[row, :n], target[row, :n])
        torch.testing.assert_close(attended[row, :n], expected)
    assert bool(attended.isfinite().all())
    assert bool((degree > 0).all())


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 23), min_size=1, max_size=4),
    st.integers(0, 10_000),
    st.sampled_from([-1.0, -0.2, 0.3, 0.7, 1.0]),
    st.integers(1, 9),
    st.sampled_from(["cosine", "centred"]),
)
def test_all_forms_agree_in_results_and_gradients(lengths, seed, tau, side, kind):
    hidden, mask = ragged(lengths, seed)
    similarity = token_similarity(hidden, mask, kind)
    assume(not bool((similarity - tau).abs().lt(1e-5)[:, ~torch.eye(max(lengths)).bool()].any()))
    forms = [
        DenseNeighbours.of(similarity, mask, tau),
        SparseNeighbours.of(similarity, mask, tau),
        StreamingNeighbours.of(hidden, mask, tau, kind, side),
    ]
    found = []
    for graph in forms:
        tensors = inputs(mask, torch.float32, seed=seed + 1)
        results = graph.attend(*tensors)[mask], graph.sum(tensors[0])[mask], graph.degree()[mask]
        (results[0].square().sum() + results[1].sin().sum()).backward()
        found.append([*results, *(tensor.grad[mask] for tensor in tensors)])
    for other in found[1:]:
        for expected, tensor in zip(found[0], other, strict=True):
            torch.testing.assert_close(tensor, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tau", TAUS)
def test_gradients_are_those_of_finite_differences(form, tau):
    hidden, mask = ragged()
    graph = graphs(form, hidden, mask, tau, side=2)
    states, source, target = inputs(mask, torch.float64)
    valid = mask[..., None]
    assert torch.autograd.gradcheck(lambda *of: graph.attend(*of) * valid, (states, source, target))
    assert torch.autograd.gradcheck(lambda of: graph.sum(of) * valid, (states,))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scale", [0.0, 100.0, 2000.0])
def test_scores_of_any_size_give_the_exact_softmax(form, scale):
    """Where one score is far above the others, or the best neighbour is far below strangers."""
    hidden, mask = ragged((9,))
    states, source, target = (t.detach() for t in inputs(mask, torch.float32, scale))
    adjacency = TokenGraph.of(hidden, mask).adjacency(0.2)[0]
    found = graphs(form, hidden, mask, 0.2, side=2).attend(states, source, target)[0]
    expected = by_hand(adjacency, states[0].double(), source[0].double(), target[0].double())
    torch.testing.assert_close(found, expected.float(), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_narrow_states_give_narrow_results_near_the_wide_ones(form):
    hidden, mask = ragged()
    states, source, target = (t.detach() for t in inputs(mask, torch.float32))
    graph = graphs(form, hidden, mask, 0.2)
    for work in (lambda u: graph.attend(u, source, target), graph.sum):
        narrow = work(states.bfloat16())
        assert narrow.dtype is torch.bfloat16
        torch.testing.assert_close(narrow[mask].float(), work(states)[mask], atol=0.05, rtol=0.05)


@pytest.mark.parametrize("form", FORMS)
def test_autocast_changes_neither_edges_nor_types(form):
    """Similarities and scores stay in float32; what comes out is near what float32 gives."""
    hidden, mask = ragged()
    found = []
    for narrow in (False, True):
        states, source, target = inputs(mask, torch.float32)
        with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            graph = graphs(form, hidden, mask, 0.2)
            out = graph.attend(states, source, target) + graph.sum(states)
        out[mask].float().square().sum().backward()
        found.append((graph.degree(), out.detach(), states.grad))
    (degree, out, gradient), (other, narrow_out, narrow_gradient) = found
    assert torch.equal(degree, other)
    assert narrow_gradient.dtype is torch.float32
    torch.testing.assert_close(narrow_out[mask].float(), out[mask], atol=0.1, rtol=0.05)
    torch.testing.assert_close(narrow_gradient[mask], gradient[mask], atol=0.3, rtol=0.1)


@pytest.mark.parametrize("room", [0, 10, 10**6])
def test_tiles_kept_or_made_anew_are_the_same(room, monkeypatch):
    monkeypatch.setattr(tiles, "KEPT_BYTES", room)
    hidden, mask = ragged((17,))
    made = Tiles(unit_states(hidden, mask)[0], 0.2, side=4)
    passes = [
        {(tile.rows.start, tile.columns.start): tile.table.clone() for tile in made}
        for _ in range(3)
    ]
    expected = TokenGraph.of(hidden, mask).adjacency(0.2)[0].float()
    table = torch.zeros(17, 17)
    for (top, left), tile in passes[0].items():
        table[top : top + 4, left : left + 4] = tile
        table[left : left + 4, top : top + 4] = tile.mT
    assert torch.equal(table, expected)
    for later in passes[1:]:
        assert later.keys() == passes[0].keys()
        assert all(torch.equal(later[key], passes[0][key]) for key in later)


def test_tiles_without_an_edge_are_left_out():
    hidden = torch.eye(12)[None]
    made = list(Tiles(unit_states(hidden, torch.ones(1, 12))[0], 0.5, side=4))
    assert len(made) == 3
    assert all(tile.on_diagonal for tile in made)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("dense", [False, True])
def test_memory_of_the_streaming_form_grows_with_length_not_with_its_square(backward, dense):
    """Four times the tokens take four times the memory; a table would take sixteen times."""

    def peak(length: int) -> int:
        hidden = torch.randn(1, length, 16, generator=torch.Generator().manual_seed(0))
        mask = torch.ones(1, length, dtype=torch.bool)

        def work() -> None:
            graph = StreamingNeighbours.of(hidden, mask, -0.5 if dense else 0.5, side=64)
            states, source, target = inputs(mask, torch.float32)
            out = graph.attend(states, source, target) + graph.sum(states)
            if backward:
                out.sum().backward()

        work()
        return peak_bytes(work)

    short, long = peak(1024), peak(4096)
    assert long < 4.2 * short
    assert long < 4096**2  # a quarter of one table in float32


def test_what_is_kept_of_tiles_is_bounded(monkeypatch):
    monkeypatch.setattr(tiles, "KEPT_BYTES", 700)
    hidden, mask = ragged((256,))
    made = Tiles(unit_states(hidden, mask)[0], 0.0, side=32)
    assert len(list(made)) == 36
    kept = [edges._bits.nbytes for edges in made._kept.values() if edges._bits is not None]
    assert 0 < sum(kept) <= 700


class TestChoice:
    """Which form is taken: by number of pairs, by length and density, by number of graphs."""

    @pytest.mark.parametrize(
        ("batch", "length", "tau", "expected"),
        [
            (2, choose.SPARSE_TOKENS - 1, 0.99, DenseNeighbours),
            (2, choose.SPARSE_TOKENS, 0.99, SparseNeighbours),
            (2, choose.SPARSE_TOKENS, -1.0, DenseNeighbours),
            (1, choose.STREAMING_TOKENS - 1, 0.0, DenseNeighbours),
            (1, choose.STREAMING_TOKENS, 0.0, StreamingNeighbours),
            (1, choose.STREAMING_TOKENS, 0.99, SparseNeighbours),
        ],
    )
    def test_by_length_and_density(self, batch, length, tau, expected):
        hidden = torch.randn(batch, length, 8, generator=torch.Generator().manual_seed(0))
        mask = torch.ones(batch, length, dtype=torch.bool)
        assert type(neighbours(hidden, mask, tau)) is expected

    def test_by_the_number_of_pairs(self, monkeypatch):
        hidden, mask = ragged()
        monkeypatch.setattr(choose, "STREAMING_PAIRS", 3 * 5 * 5)
        assert type(neighbours(hidden, mask, 0.2)) is DenseNeighbours
        monkeypatch.setattr(choose, "STREAMING_PAIRS", 3 * 5 * 5 - 1)
        assert type(neighbours(hidden, mask, 0.2)) is StreamingNeighbours

    def test_many_graphs_of_one_sentence_never_stream(self, monkeypatch):
        monkeypatch.setattr(choose, "STREAMING_PAIRS", 1)
        hidden, mask = ragged((5,))
        graph = neighbours(hidden, mask, torch.tensor([0.1, 0.9]))
        assert type(graph) is DenseNeighbours
        assert graph.table.shape == (2, 5, 5)
