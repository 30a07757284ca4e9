"""Every experiment that trains heads, end to end on tiny data: what `--quick` does."""

import numpy as np
import pandas as pd
import pytest

from glot.experiments import get_experiment
from glot.experiments.base import POOLERS
from glot.experiments.glue import TASKS
from glot.experiments.mlp import matched_width
from glot.experiments.reproduce import reproduce
from glot.experiments.row import Row
from glot.experiments.scaling import LENGTHS, task_of
from glot.experiments.tau import PROBED, TAUS, probe_accuracy
from glot.poolers import build_pooler
from glot.tasks import get_task
from tests.conftest import FakeBackbone
from tests.unit.experiments.conftest import scope_of

N = {"train": 120, "dev": 40, "test": 40, "dev_matched": 40, "dev_mismatched": 40}


@pytest.fixture
def tiny(tmp_path):
    """Every task that is read from files, with words of its own for each row."""
    random = np.random.default_rng(5)
    for name in (*TASKS, "imdb"):
        task = get_task(name)
        folder = tmp_path / "tiny" / name
        folder.mkdir(parents=True)
        for split in task.splits:
            n = N[split]
            labels = random.integers(0, len(task.labels) or 6, n)
            texts = [f"{split}{name}{i} word{y} and more" for i, y in enumerate(labels)]
            rows = {"text_a": texts, "text_b": [f"other{i} {t}" for i, t in enumerate(texts)]}
            frame = pd.DataFrame(rows if task.pairs else {"text": texts})
            frame["label"] = labels if task.labels else labels.astype(float)
            frame.to_parquet(folder / f"{split}.parquet")
    return tmp_path / "tiny"


def everything(key):
    return bool(key)


def measured(name, bench, keep=everything):
    cells = [cell for cell in get_experiment(name).cells(bench.scope) if keep(cell.key)]
    assert len({cell.key for cell in cells}) == len(cells)
    assert reproduce(cells, name, bench, lambda progress: progress) == []
    ledger = bench.ledger(name)
    assert ledger.bad == ()
    assert ledger.cells() == {cell.key for cell in cells}
    assert {row.experiment for row in ledger.rows} == {name}
    for row in ledger.rows:
        assert Row.parse(row.line()) == row
        assert row.command().endswith(row.cell)
    return [row for row in ledger.rows if row.regime != "search"]


def test_glue(tiny, make_bench):
    bench = make_bench(folder=tiny, quick=True, seeds=(42,))
    planned = {
        tuple(cell.key.split("/")[1:3]) for cell in get_experiment("glue").cells(bench.scope)
    }
    assert planned == {(task, pooler) for task in TASKS for pooler in POOLERS}
    # Every pooler on one task, and one pooler on every task.
    rows = measured("glue", bench, lambda key: "/rte/" in key or "/mean/" in key)
    assert {row.task for row in rows} == set(TASKS)
    assert {row.split for row in rows if row.task == "mnli"} == {"dev_matched", "dev_mismatched"}
    assert {row.pooler for row in rows if row.task == "rte"} == set(POOLERS)


def test_imdb(tiny, make_bench):
    rows = measured("imdb", make_bench(folder=tiny, quick=True, seeds=(42,)))
    assert {(row.split, row.metric) for row in rows} == {("test", "accuracy")}
    assert {row.pooler for row in rows} == set(POOLERS)


def test_tau(tiny, make_bench):
    # On others than MiniLM the experiment has three tasks alone.
    backbone = FakeBackbone(width=16, name="minilm")
    bench = make_bench(backbone, tiny, quick=True, seeds=(42,))
    tasks = ("rte", "sst2", "wnli")
    rows = measured("tau", bench, lambda key: key.split("/")[1] in tasks)
    assert {row.tau for row in rows} == set(TAUS)
    probed = {row.task for row in rows if row.metric == "probe_accuracy"}
    assert probed == {task for task in tasks if task in PROBED}
    for task in tasks:
        shares = [
            row.density for row in rows if row.task == task and row.metric != "probe_accuracy"
        ]
        assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("name", ["convs", "mlp"])
def test_single_tables(name, tiny, make_bench):
    bench = make_bench(folder=tiny, quick=True, seeds=(42,))
    tasks = {cell.key.split("/")[1] for cell in get_experiment(name).cells(bench.scope)}
    assert tasks == {"cola", "stsb", "rte"}
    rows = measured(name, bench, lambda key: "/rte/" in key)
    methods = {row.method for row in rows}
    expected = {
        "convs": {"adapool", "deepsets", "glot, gat", "glot, gcn", "glot, gin", "glot, sage"},
        "mlp": {"mlp", "mlp, wide", "deepsets", "glot"},
    }
    assert methods == expected[name]


def test_grid(tiny, make_bench):
    bench = make_bench(folder=tiny, quick=True, seeds=(42,))
    rows = measured("grid", bench, lambda key: "/rte/" in key)
    assert {(row.regime, row.settings["stopped"]) for row in rows} == {("grid", 0)}
    whole = get_experiment("grid").cells(make_bench().scope)
    assert sum(cell.trial for cell in whole) == 3 * 2592
    assert {cell.halving.factor for cell in whole if cell.trial} == {3}


@pytest.mark.parametrize("protocol", ["strict", "paper", "released"])
def test_stress(protocol, make_bench):
    bench = make_bench(quick=True, seeds=(42,))
    rows = measured("stress", bench, lambda key: f"stress-{protocol}-0.9/" in key)
    assert {(row.protocol, row.ratio) for row in rows} == {(protocol, 0.9)}
    best = {"chosen"} if protocol == "strict" else set()
    assert {row.regime for row in rows} == {"fixed", "searched", *best}
    ablated = {"glot, random edges", "glot, all edges"} if protocol != "released" else set()
    assert {row.method for row in rows} == {*POOLERS, *ablated}
    graphs = {row.method: row.density for row in rows if row.conv and row.regime == "fixed"}
    if ablated:
        assert graphs["glot, all edges"] == 1
        assert graphs["glot, random edges"] == graphs["glot"]


def test_stress_has_every_ratio_of_every_protocol(make_bench):
    cells = get_experiment("stress").cells(make_bench().scope)
    tasks = {cell.key.split("/")[1] for cell in cells}
    ratios = {"strict": (0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)}
    for protocol in ("strict", "paper", "released"):
        for ratio in ratios.get(protocol, (0.2, 0.5, 0.8, 0.9)):
            assert f"stress-{protocol}-{ratio:g}" in tasks


def test_centred(tiny, make_bench):
    bench = make_bench(folder=tiny, quick=True, seeds=(42,))
    rows = measured("centred", bench, lambda key: "/rte/" in key or "/stress" in key)
    assert {row.settings.get("similarity") for row in rows if row.pooler == "glot"} == {
        "cosine",
        "centred",
        "shuffled",
    }


def test_choices(make_bench):
    bench = make_bench(quick=True, seeds=(42,))
    rows = measured("choices", bench)
    # Layers 0 to 4 of the backbone of words, the last one by its own name.
    assert {row.settings["layer"] for row in rows} == {0, 4}
    assert {row.conv for row in rows if row.pooler == "glot"} == {"gat", "gcn", "gin", "sage"}


def test_norms_have_the_same_graphs_and_weights_either_way(make_bench):
    rows = measured("norms", make_bench(quick=True, seeds=(42,)))
    assert {row.settings["norm"] for row in rows} == {"none", "rms"}
    assert {row.settings["layer"] for row in rows} == {2}
    told = {row.method: (row.parameters, row.density, row.tau) for row in rows}
    assert len(told) == 16
    assert all(told[f"{name}, RMS"] == told[name] for name in told if not name.endswith("RMS"))


def test_scaling_goes_as_far_as_the_context_and_cuts_no_signal(make_bench):
    backbone = FakeBackbone(width=16)
    backbone.context = 130
    rows = measured("scaling", make_bench(backbone, quick=True, seeds=(42,)))
    assert len({row.task for row in rows}) == 2
    for length in LENGTHS:
        texts = get_task(task_of(length)).load("test").texts
        assert len(texts[0].split()) <= length - 8
        assert len(texts[0].split()) >= 0.75 * length


def test_a_wide_mlp_has_as_many_weights_as_glot():
    from glot.config import PoolerConfig

    for d in (16, 384, 576):
        glot = build_pooler(PoolerConfig("glot"), d).n_parameters()
        width = matched_width(d)
        sizes = [
            build_pooler(PoolerConfig("mlp", width=w), d).n_parameters() for w in (width, width - 8)
        ]
        assert sizes[0] >= glot > sizes[1]


def test_the_probe_finds_a_plane():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 5)).astype(np.float32)
    y = (x[:, 0] + 2 * x[:, 3] > 0).astype(np.int64)
    assert probe_accuracy(x[:200], y[:200], x[200:], y[200:]) > 93
    assert probe_accuracy(x[:200], y[:200], x[200:], 1 - y[200:]) < 7


def test_scopes_differ_by_backbone():
    """Fewer rows on other backbones than MiniLM, and the rows say how many."""
    small, other = FakeBackbone(width=16, name="minilm"), FakeBackbone(width=16)
    keys = [
        {cell.key.partition("/")[2] for cell in get_experiment("imdb").cells(scope_of(backbone))}
        for backbone in (small, other)
    ]
    assert not keys[0] & keys[1]
