"""A real Ray cluster of three nodes on this machine: one is killed at work, nothing is lost.

The head has no cores. Each of the two others is a raylet of its own with one core, and the
processes of one are killed (SIGKILL) while it holds blocks or trials that are not done.
"""

import random
from contextlib import suppress

import numpy as np
import psutil
import pytest
import torch

from glot.backbones import batching, load_backbone
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.bench import Bench, Sample
from glot.experiments.head_plan import HeadPlan
from glot.experiments.ray_trials import measure_trials, place_of
from glot.experiments.reproduce import reproduce
from glot.experiments.space import Point
from glot.integrations.ray_cluster import NICENESS, connected, share_of_cluster
from glot.integrations.ray_extract import Extraction, extract
from glot.paths import ROOT
from glot.training.store import StateStore, list_collections, verify
from glot.training.store.shards import complete_shards
from tests.unit.backbones.tiny import save_tiny
from tests.unit.experiments.conftest import scope_of
from tests.unit.training.conftest import data as data

MEMORY = 80 * 2**20
# The head notices a dead node within two seconds instead of half a minute: nothing answers there.
# A node that is only slow has ten seconds (Ray's own limit) for each of three answers.
QUICK_TO_NOTICE = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 3,
}
SENTENCE = "the file has keys but not maps nobody ever said that it was unbelievable"
# What an actor's process calls itself while it computes a block, or trains.
AT_WORK = (".submit", ".train")
BLOCK = 250
# What says where, when and on what a row was measured.
PROVENANCE = {"seconds", "commit", "date", "device", "threads", "versions"}


class Nodes:
    """A cluster whose head has no cores, and nodes of one core."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "object_store_memory": MEMORY,
                "include_dashboard": False,
                "_system_config": QUICK_TO_NOTICE,
            },
        )
        self.workers = [self.add(), self.add()]

    @property
    def address(self):
        return self.cluster.address

    def add(self):
        return self.cluster.add_node(num_cpus=1, object_store_memory=MEMORY)

    def raylet(self, node):
        (raylet,) = node.all_processes["raylet"]
        return psutil.Process(raylet.process.pid)

    def processes(self, node):
        """Of Ray's workers on a node, with the names that they give themselves."""
        found = {}
        for process in self.raylet(node).children(recursive=True):
            with suppress(psutil.Error):
                found[process] = " ".join(process.cmdline())
        return {process: name for process, name in found.items() if name.startswith("ray::")}

    def kill_one_at_work(self):
        """As if the power of a node at work went: first its workers, then its raylet.

        Which node is the first to have loaded, nobody can say. Returns the raylet's niceness and
        that of its workers at work; None where no node is at work, and then nothing is killed.
        """
        for node in self.workers:
            workers, raylet = self.processes(node), self.raylet(node)
            at_work = [p for p, name in workers.items() if any(part in name for part in AT_WORK)]
            if at_work:
                niceness = raylet.nice(), {process.nice() for process in at_work}
                for process in workers:
                    process.kill()
                node.all_processes["raylet"][0].process.kill()
                self.workers.remove(node)
                return niceness
        return None

    def close(self):
        self.cluster.shutdown()


@pytest.fixture(scope="module")
def nodes():
    pytest.importorskip("ray", reason="needs the extra ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        made = Nodes()
        yield made
        made.close()


@pytest.fixture(autouse=True)
def one_thread():
    """As many as a node's worker has: with more, sums may differ in their last bit."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert"))


def texts_of(n):
    draw, words = random.Random(0), SENTENCE.split()
    return [" ".join([*draw.choices(words, k=draw.randint(3, 25)), str(i)]) for i in range(n)]


def silent(*told):
    pass


def test_auto_joins_the_cluster_that_runs(nodes, monkeypatch):
    import ray

    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    with connected("auto"):
        assert share_of_cluster("auto", 0).workers == 2
    assert not ray.is_initialized()


def test_a_backbone_that_is_not_there_is_told(nodes, tmp_path):
    with pytest.raises(GlotError, match="no such model"):
        extract(Extraction("no such model", 9), ["a"], nodes.address, silent, tmp_path)
    assert not list(tmp_path.iterdir())


def test_states_are_those_of_one_machine_though_a_node_dies(nodes, bert, tmp_path, monkeypatch):
    texts = texts_of(12_000)
    asked = [*texts, *texts[:500]]
    died = []
    monkeypatch.delenv(NICENESS, raising=False)

    def progress(done, of):
        if not died and done >= 4 * BLOCK and (niceness := nodes.kill_one_at_work()):
            died.extend([done, *niceness])

    wanted = Extraction(bert, 40, device="cpu", dtype="float32", block=BLOCK)
    done = extract(wanted, asked, nodes.address, progress, tmp_path / "ray")
    assert died, "no node was at work"
    at, own, of_workers = died
    assert at < len(texts) - 8 * BLOCK
    assert of_workers == {own}
    assert (done.texts, done.computed) == (12_000, 12_000)

    shards = complete_shards(done.folder)
    digests = np.concatenate([shard.digests for shard in shards.values()])
    assert len(digests) == len(np.unique(digests)) == 12_000
    assert not verify(root=tmp_path / "ray").broken
    files = {path.name for path in done.folder.iterdir()}
    assert files == {f"{name}.{end}" for name in shards for end in ("states", "index")} | {
        "meta.json"
    }

    monkeypatch.setattr(batching, "CHUNK", BLOCK)
    backbone = load_backbone(bert, device="cpu", dtype="float32")
    local = StateStore(backbone, 40, root=tmp_path / "local")
    expected = local.states(asked)
    assert local.folder.name == done.folder.name
    found = StateStore(backbone, 40, root=tmp_path / "ray").states(asked)
    for start in range(0, len(asked), 2500):
        rows = range(start, start + 2500)
        assert torch.equal(found.batch(rows).hidden, expected.batch(rows).hidden)
    (here,), (there,) = (list_collections(tmp_path / name) for name in ("local", "ray"))
    assert here.meta == there.meta
    assert here.tokens == there.tokens

    again = extract(wanted, asked, nodes.address, silent, tmp_path / "ray")
    assert (again.texts, again.computed) == (12_000, 0)


def plan(*rates, **more):
    points = tuple(Point(PoolerConfig("adapool", width=8), lr) for lr in rates)
    own = {"sample": Sample(n_train=200, n_validation=50, n_evaluation=60), "precision": "float32"}
    return HeadPlan("stress", "ours", "sst2", points, **{**own, **more})


def told(row):
    return {name: value for name, value in vars(row).items() if name not in PROVENANCE}


@pytest.fixture
def make_bench(bert, data, tmp_path, monkeypatch):
    def make(name):
        monkeypatch.setenv("GLOT_CACHE", str(tmp_path / f"cache-{name}"))
        backbone = load_backbone(bert, device="cpu", dtype="float32")
        scope = scope_of(backbone, seeds=(42,))
        return Bench(scope, backbone, data, silent, tmp_path / f"results-{name}")

    return make


def test_trials_give_the_rows_of_one_machine_though_a_node_dies(
    nodes, make_bench, bert, data, monkeypatch
):
    if len(nodes.workers) < 2:
        nodes.workers.append(nodes.add())
    full = plan(*[10**-k for k in (1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)], epochs=6)
    # Two good trials first; those that come after them learn nothing. Which are stopped is a matter
    # of who is where first: of the two good ones the slower learner may be, too.
    halved = plan(*[1e-2, 2e-2, 1e-7, 2e-7, 3e-7, 4e-7], epochs=4, halving=2, regime="grid")
    local = make_bench("local")
    cells = [cell for each in (full, halved) for cell in each.cells(local.scope)]
    trials = [cell for cell in cells if cell.trial]
    assert reproduce(trials, "stress", local, silent) == []

    died = []
    monkeypatch.setenv(NICENESS, "1")

    def progress(told):
        if not died and (niceness := nodes.kill_one_at_work()):
            died.extend([told.done, *niceness])

    bench = make_bench("ray")
    place = place_of(bench.scope, bert, str(data), "cpu", "float32")
    assert measure_trials(cells, "stress", bench, place, nodes.address, 1, progress) == []
    assert died, "no node was at work"
    # It was at a trial then, early or late: workers begin when they have loaded.
    at, own, of_workers = died
    assert at < len(trials)
    assert of_workers == {min(own + 1, 19)}

    expected = {row.cell: row for row in local.ledger("stress").rows}
    found = {row.cell: row for row in bench.ledger("stress").rows}
    assert len(bench.ledger("stress").rows) == len(found) == len(trials) == 14
    assert found.keys() == expected.keys()
    stopped = [row for row in found.values() if row.regime == "stopped"]
    for cell, row in found.items():
        if row not in stopped:
            assert told(row) == told(expected[cell])
    assert stopped, "no trial was stopped"
    searched = {cell.key for cell in trials if cell.halving}
    best = max(row.value for row in found.values() if row.cell in searched and row not in stopped)
    for row in stopped:
        assert row.settings["points"] == 6
        assert row.settings["stopped"] < row.settings["epochs"] == 4
        assert row.settings["best_epoch"] <= row.settings["stopped"]
        assert row.value == row.settings["validation"] <= expected[row.cell].value
        # Stopped because another was ahead, which no later score takes back.
        assert row.value < best

    finals = [cell for cell in cells if not cell.trial]
    assert reproduce(finals, "stress", bench, silent) == []
    for row in bench.ledger("stress").rows:
        if row.regime == "grid":
            assert row.settings["stopped"] == len(stopped)
            assert row.settings["lr"] > 1e-3
    # All are measured now; not even a cluster is asked for.
    assert measure_trials(cells, "stress", bench, place, "127.0.0.1:1", 1, silent) == []
    with pytest.raises(GlotError, match="no trials of a search"):
        measure_trials(finals, "stress", bench, place, nodes.address, 1, silent)
    # A scratch folder left behind would be a doubled trial's.
    assert not list(bench.scratch("x").parent.glob("*trial-*"))
