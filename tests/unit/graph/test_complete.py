"""Nearly complete graphs: what tables give, found without a pass over pairs where that can be."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.memory import peak_bytes
from glot.config import PoolerConfig
from glot.graph.forms import choose, complete, streaming
from glot.graph.forms.choose import neighbours
from glot.graph.forms.complete import NearlyComplete
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.forms.tiles import Tiles
from glot.graph.similarity import token_similarity, unit_states
from glot.poolers import build_pooler
from tests.unit.graph.test_forms import by_hand, inputs

WIDTH = 6


def states_around(length: int, strangers: int = 0, seed: int = 0) -> torch.Tensor:
    """(n, d) states around one direction, and some that point the other way."""
    generator = torch.Generator().manual_seed(seed)
    states = torch.ones(WIDTH) + 0.3 * torch.randn(length, WIDTH, generator=generator)
    places = torch.randperm(length, generator=generator)[:strangers]
    states[places] *= -1
    return states


def table_of(states: torch.Tensor, tau: float) -> torch.Tensor:
    """(n, n) bool, from the dense form."""
    mask = torch.ones(1, len(states), dtype=torch.bool)
    return DenseNeighbours.of(token_similarity(states[None], mask), mask, tau).gaps[0] == 0


def made_of(table: torch.Tensor) -> NearlyComplete:
    """Whatever graph a table holds: apart is, of each missing pair, the token before."""
    apart = (~table).triu(1).any(dim=1).nonzero().flatten()
    return NearlyComplete(apart, table[apart].float())


@settings(max_examples=60)
@given(
    st.integers(1, 40),
    st.integers(0, 12),
    st.sampled_from([0.0, 1.0, 20.0]),
    st.integers(0, 10_000),
)
def test_results_and_gradients_are_those_of_tables(length, n_gaps, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.randint(0, length, (n_gaps, 2), generator=generator)
    table = torch.ones(length, length, dtype=torch.bool)
    table[pairs[:, 0], pairs[:, 1]] = table[pairs[:, 1], pairs[:, 0]] = False
    table.fill_diagonal_(True)
    mask = torch.ones(1, length, dtype=torch.bool)
    found = []
    for graph in (DenseNeighbours((~table[None]).double(), mask), made_of(table)):
        of = inputs(mask, torch.float64, scale, seed)
        if isinstance(graph, NearlyComplete):
            results = graph.attend(*(t[0] for t in of)), graph.sum(of[0][0])
        else:
            results = graph.attend(*of)[0], graph.sum(of[0])[0]
        (results[0].square().sum() + results[1].sin().sum()).backward()
        found.append([*results, *(tensor.grad for tensor in of)])
    for expected, tensor in zip(*found, strict=True):
        torch.testing.assert_close(tensor, expected, atol=1e-9, rtol=1e-7)


def test_gradients_are_those_of_finite_differences():
    table = table_of(states_around(9, strangers=2), 0.2)
    graph = made_of(table)
    of = tuple(t.detach()[0].requires_grad_() for t in inputs(torch.ones(1, 9), torch.float64))
    assert 0 < len(graph.apart) < 9
    assert torch.autograd.gradcheck(graph.attend, of)
    assert torch.autograd.gradcheck(graph.sum, of[:1])
    whole = made_of(torch.ones(9, 9, dtype=torch.bool))
    assert len(whole.apart) == 0
    assert torch.autograd.gradcheck(whole.attend, of)
    assert torch.autograd.gradcheck(whole.sum, of[:1])


@pytest.mark.parametrize("scale", [0.0, 100.0, 2000.0])
def test_scores_of_any_size_give_the_exact_softmax(scale):
    table = torch.ones(30, 30, dtype=torch.bool)
    table[3, 7:20] = table[7:20, 3] = False
    of = [t.detach()[0] for t in inputs(torch.ones(1, 30), torch.float32, scale)]
    found = NearlyComplete(torch.tensor([3]), table[[3]].float()).attend(*of)
    expected = by_hand(table, *(t.double() for t in of))
    torch.testing.assert_close(found, expected.float(), atol=1e-4, rtol=1e-3)


def test_autocast_and_narrow_states_change_no_count():
    """In bfloat16 a sum of more than 256 ones would stand still."""
    mask = torch.ones(1, 600, dtype=torch.bool)
    hidden = states_around(600, strangers=3)[None]
    with torch.autocast("cpu", torch.bfloat16):
        graph = StreamingNeighbours.if_nearly_complete(hidden, mask, 0.2)
        assert graph is not None
        assert sorted(set(graph.degree().flatten().tolist())) == [3, 597]
        states, source, target = (t.detach() for t in inputs(mask, torch.float32))
        narrow = graph.attend(states.bfloat16(), source, target)
    assert narrow.dtype is torch.bfloat16
    wide = graph.attend(states, source, target)
    torch.testing.assert_close(narrow.float(), wide, atol=0.02, rtol=0.02)


class TestFound:
    """Which graphs are taken for nearly complete, and that no edge is taken on trust."""

    @settings(max_examples=60)
    @given(
        st.integers(8, 80),
        st.integers(0, 4),
        st.sampled_from([-1.0, -0.5, 0.0, 0.3, 0.6, 0.8]),
        st.integers(0, 10_000),
    )
    def test_its_edges_are_those_of_the_table(self, length, strangers, tau, seed):
        states = states_around(length, strangers, seed)
        mask = torch.ones(1, length, dtype=torch.bool)
        similarity = token_similarity(states[None], mask)[0]
        near = (similarity - tau).abs().lt(1e-5) & ~torch.eye(length, dtype=torch.bool)
        found = NearlyComplete.found(unit_states(states[None], mask)[0], tau)
        if found is None or bool(near.any()):
            return
        table = torch.ones(length, length, dtype=torch.bool)
        table[found.apart] = found.edges.bool()
        table[:, found.apart] = found.edges.bool().mT
        assert torch.equal(table, table_of(states, tau))

    def test_the_centre_vouches_for_all_pairs_without_a_look_at_any(self, monkeypatch):
        monkeypatch.setattr(complete, "_cover", lambda *_: pytest.fail("pairs were looked at"))
        found = NearlyComplete.found(unit_states(states_around(64)[None], torch.ones(1, 64))[0], -1)
        assert found is not None
        assert len(found.apart) == 0

    def test_opposite_states_have_no_edge_at_any_tau(self):
        """At τ = −1 a state and its opposite are the one pair without an edge."""
        states = states_around(64)
        states[9] = -states[5]
        found = NearlyComplete.found(unit_states(states[None], torch.ones(1, 64))[0], -1.0)
        assert found is not None
        degree = found.sum(torch.ones(64, 1)).flatten()
        assert degree[[5, 9]].tolist() == [63, 63]
        assert sorted(set(degree.tolist())) == [63, 64]

    def test_few_strangers_are_apart_and_nobody_else(self):
        states = states_around(100, strangers=5)
        found = NearlyComplete.found(unit_states(states[None], torch.ones(1, 100))[0], 0.3)
        assert found is not None
        assert found.apart.tolist() == (states.sum(dim=1) < 0).nonzero().flatten().tolist()

    def test_states_of_length_0_are_looked_at(self):
        states = states_around(64)
        states[3] = 0
        found = NearlyComplete.found(unit_states(states[None], torch.ones(1, 64))[0], 0.0)
        assert found is not None
        assert found.apart.tolist() == [3]
        assert found.edges.sum().tolist() == 1

    @pytest.mark.parametrize("tau", [0.45, 0.6])
    def test_autocast_moves_no_edge(self, tau):
        """Pairs lie on both sides of τ, near it too."""
        unit = unit_states(states_around(900, strangers=60)[None], torch.ones(1, 900))[0]
        expected = NearlyComplete.found(unit, tau)
        with torch.autocast("cpu", torch.bfloat16):
            found = NearlyComplete.found(unit, tau)
        assert expected is not None
        assert found is not None
        assert torch.equal(found.apart, expected.apart)
        assert torch.equal(found.edges, expected.edges)

    def test_a_sentence_of_no_tokens_has_no_such_graph(self):
        assert NearlyComplete.found(torch.zeros(0, WIDTH), -1.0) is None

    @pytest.mark.parametrize("tau", [0.9, 1.0])
    def test_other_graphs_are_not(self, tau):
        unit = unit_states(states_around(200)[None], torch.ones(1, 200))[0]
        assert NearlyComplete.found(unit, tau) is None

    @pytest.mark.parametrize("length", [40, 400])
    def test_scattered_gaps_are_told_from_strangers(self, length):
        """As many edges missing as five strangers lack, but between pairs all over the text."""
        generator = torch.Generator().manual_seed(1)
        unit = unit_states(torch.randn(1, length, 64, generator=generator), torch.ones(1, length))
        tau = float((unit[0] @ unit[0].mT).flatten().quantile(0.02))
        assert NearlyComplete.found(unit[0], tau) is None


def test_long_texts_take_it_and_short_ones_do_not():
    for length, expected in ((streaming.COMPLETE_TOKENS - 1, DenseNeighbours),
                             (streaming.COMPLETE_TOKENS, StreamingNeighbours)):  # fmt: skip
        hidden = states_around(length)[None].expand(2, -1, -1)
        graph = neighbours(hidden, torch.ones(2, length, dtype=torch.bool), 0.1)
        assert type(graph) is expected
    assert all(type(of) is NearlyComplete for of, _ in graph.sentences)


def test_one_sentence_of_a_batch_may_be_met_by_tiles(monkeypatch):
    """In a large batch each sentence has what suits it; in a small one all have a table."""
    length = streaming.COMPLETE_TOKENS
    generator = torch.Generator().manual_seed(0)
    hidden = torch.stack([states_around(length), torch.randn(length, WIDTH, generator=generator)])
    mask = torch.ones(2, length, dtype=torch.bool)
    assert type(neighbours(hidden, mask, 0.1)) is DenseNeighbours
    monkeypatch.setattr(choose, "STREAMING_PAIRS", 1)
    graph = neighbours(hidden, mask, 0.1)
    assert [type(of) for of, _ in graph.sentences] == [NearlyComplete, Tiles]


@pytest.mark.parametrize("conv", ["gat", "gcn", "gin", "sage"])
def test_poolers_give_what_tables_give(conv, monkeypatch):
    """π and z of padded sentences, with strangers in one of them, and the weights' gradients."""
    length = streaming.COMPLETE_TOKENS + 40
    hidden = torch.stack([states_around(length, 4), states_around(length, 0, 1)])
    mask = torch.arange(length) < torch.tensor([[length], [length - 40]])
    hidden *= mask[..., None]
    torch.manual_seed(0)
    pooler = build_pooler(PoolerConfig("glot", conv=conv, tau=0.2), WIDTH).double()
    found = []
    for tokens in (length, length + 1):
        monkeypatch.setattr(streaming, "COMPLETE_TOKENS", tokens)
        pooler.zero_grad()
        graphs = neighbours(hidden, mask, 0.2)
        pooled = pooler.pool_on(graphs, hidden.double())
        pooled.embedding.square().sum().backward()
        of = [pooled.embedding, pooled.weights, *(p.grad for p in pooler.parameters())]
        found.append((type(graphs), of))
    assert [form for form, _ in found] == [StreamingNeighbours, DenseNeighbours]
    for ours, expected in zip(*(of for _, of in found), strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-9, rtol=1e-6)


def test_memory_grows_with_length_not_with_its_square():
    """Strangers included, as every pair is looked at then."""

    def peak(length: int) -> int:
        hidden = states_around(length, strangers=4)[None]
        mask = torch.ones(1, length, dtype=torch.bool)

        def work() -> None:
            graph = StreamingNeighbours.of(hidden, mask, 0.2)
            assert type(graph.sentences[0][0]) is NearlyComplete
            states, source, target = inputs(mask, torch.float32)
            (graph.attend(states, source, target) + graph.sum(states)).sum().backward()

        work()
        return peak_bytes(work)

    short, long = peak(2048), peak(8192)
    assert long < 4.2 * short + 4 * complete.PAIRS
    assert long < 8192**2  # a quarter of one table in float32
