"""What is too large is told before it is begun; what is free is asked of the machine."""

import platform
import subprocess
import sys

import pytest
import torch

from glot import memory
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.graph.forms import choose
from glot.graph.similarity import token_similarity
from glot.heads import build_head, sweep
from glot.heads.config import HeadConfig
from glot.poolers import build_pooler

CPU = torch.device("cpu")


def test_there_is_some_memory_and_not_more_than_the_machine_has():
    import psutil

    assert 0 < memory.available_bytes(CPU) <= psutil.virtual_memory().total


@pytest.mark.parametrize(("limit", "bound"), [("1000\n", 600), ("max\n", None)])
def test_a_containers_bound_counts(tmp_path, monkeypatch, limit, bound):
    (tmp_path / "limit").write_text(limit)
    (tmp_path / "used").write_text("400\n")
    monkeypatch.setattr(memory, "LIMIT", tmp_path / "limit")
    monkeypatch.setattr(memory, "USED", tmp_path / "used")
    found = memory.available_bytes(CPU)
    assert found == bound if bound else found > 2**20


def test_freed_memory_is_kept_where_the_c_library_knows_how():
    """Asked in a process of its own, since nothing takes it back."""
    script = """
import resource
from glot.memory import keep_freed_memory
kept = keep_freed_memory()
import torch
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        [torch.ones(2**22) for _ in range(4)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(kept, faults())
"""
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told[0] == str(platform.libc_ver()[0] == "glibc")
    # 50 times 64 MiB are 800,000 pages of 4 KiB.
    assert told[0] == "False" or int(told[1]) < 50_000


def test_the_collector_no_longer_looks_at_what_is_loaded():
    """In a process of its own, since it stays so."""
    script = """
import gc, weakref
from glot.memory import spare_the_collector
class Ring: pass
def ring():
    made = Ring()
    made.own = made
    return weakref.ref(made)
before, loaded = ring(), [[] for _ in range(100_000)]
spare_the_collector()
watched, later = len(gc.get_objects()), ring()
gc.collect()
print(before() is None, watched < 10_000, gc.get_freeze_count() > 100_000, later() is None)
"""
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == ["True"] * 4


def test_a_text_that_does_not_fit_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr("glot.memory.available_bytes", lambda _: 2**20)
    monkeypatch.setattr("glot.poolers.glot.neighbours", lambda *_: pytest.fail("work was begun"))
    pooler = build_pooler(PoolerConfig("glot", width=4), 8)
    hidden, mask = torch.ones(1, 2**15, 8), torch.ones(1, 2**15)
    with pytest.raises(GlotError, match=r"32,768 tokens .* GiB.* GiB are free on cpu.*max_tokens"):
        pooler(hidden, mask)


def test_states_that_are_not_finite_are_refused_before_any_work(monkeypatch):
    for where in ("glot.poolers.glot.neighbours", "glot.heads.sweep.token_similarity"):
        monkeypatch.setattr(where, lambda *_: pytest.fail("work was begun"))
    head = build_head(PoolerConfig("glot", width=4), 8, HeadConfig(n_classes=2)).eval()
    hidden, mask = torch.ones(1, 3, 8), torch.ones(1, 3)
    hidden[0, 1, 2] = float("nan")
    with pytest.raises(GlotError, match="NaN or infinite"):
        head.embed(hidden, mask)
    with pytest.raises(GlotError, match="NaN or infinite"):
        sweep.sweep(head, hidden, mask, [0.5])


@pytest.mark.parametrize("tau", [1.5, -1.5, float("nan")])
@pytest.mark.parametrize("pairs", [choose.STREAMING_PAIRS, 1])
def test_a_threshold_that_cannot_be_is_refused_before_any_work(monkeypatch, tau, pairs):
    monkeypatch.setattr(choose, "STREAMING_PAIRS", pairs)
    for work in ("choose.token_similarity", "streaming.unit_states"):
        monkeypatch.setattr(f"glot.graph.forms.{work}", lambda *_: pytest.fail("work was begun"))
    monkeypatch.setattr(
        "glot.heads.sweep.token_similarity", lambda *_: pytest.fail("work was begun")
    )
    head = build_head(PoolerConfig("glot", width=4), 8, HeadConfig(n_classes=2)).eval()
    hidden, mask = torch.ones(1, 3, 8), torch.ones(1, 3)
    with pytest.raises(GlotError, match=r"from -1 .* to 1"):
        sweep.sweep(head, hidden, mask, [0.5, tau])
    with pytest.raises(GlotError, match=r"from -1 .* to 1"):
        head.embed(hidden, mask, tau=tau)


@pytest.mark.parametrize("conv", ["gat", "gcn", "gin", "sage"])
def test_a_long_text_streams_through_pooler_and_sweep(monkeypatch, conv):
    """A table of it is never made, and the results are those of the tables."""
    torch.manual_seed(0)
    head = build_head(PoolerConfig("glot", width=4, conv=conv), 8, HeadConfig(n_classes=2)).eval()
    hidden, mask = torch.randn(1, 40, 8), torch.ones(1, 40)
    similarity = token_similarity(hidden, mask)
    taus = [tau for tau in (-0.5, 0.1, 0.4) if bool((similarity - tau).abs().min() > 1e-6)]
    assert taus
    expected = sweep.sweep(head, hidden, mask, taus)
    monkeypatch.setattr(choose, "STREAMING_PAIRS", 1)
    for where in ("glot.graph.forms.choose", "glot.heads.sweep"):
        monkeypatch.setattr(f"{where}.token_similarity", lambda *_: pytest.fail("a table"))
    found = sweep.sweep(head, hidden, mask, taus)
    torch.testing.assert_close(found.pooled.weights, expected.pooled.weights)
    torch.testing.assert_close(found.outputs, expected.outputs)
