"""Fine-tuning of a real model's copy, and what heads and fine-tuning cost."""

import sys
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, matthews_corrcoef

from glot.backbones import load_backbone
from glot.errors import GlotError
from glot.experiments import get_experiment
from glot.experiments.bench import QUICK
from glot.experiments.cost import HEAD_STEPS, in_turns, measure_costs, sentences
from glot.experiments.efficiency import HEADS, Costs, build_graph, made_up_states
from glot.experiments.fine_tuning import (
    FULL,
    LORA,
    TokenRows,
    fine_tuned,
    model_weights,
    served,
    with_lora,
)
from glot.experiments.reproduce import measure_again, reproduce
from glot.experiments.row import unpack_hits
from glot.experiments.tuning_plan import TuningPlan, evaluate_fine_tuned, fine_tune
from glot.graph.token_graph import TokenGraph
from glot.heads.config import HeadConfig
from glot.tasks import get_task
from glot.tasks.base import LabelledTexts
from tests.unit.backbones.tiny import save_tiny
from tests.unit.experiments.conftest import scope_of, silent

CLASSIFIER = HeadConfig(n_classes=2)
FEW = LabelledTexts(
    ("a good film", "a bad film that is long", "good acting", "it is bad") * 4,
    (1.0, 0.0, 1.0, 0.0) * 4,
    "generated",
)


@pytest.fixture
def folder(data, pairs):
    """CoLA's and STS-B's files, of made-up texts."""
    cola = pairs / "cola"
    cola.mkdir()
    for split in ("train", "dev"):
        pd.read_parquet(data / "sst2" / f"{split}.parquet").to_parquet(cola / f"{split}.parquet")
    return pairs


def trained(minilm, tuning, lr):
    """Before and after three epochs: weights that are frozen, and weights that train."""
    torch.manual_seed(0)
    module = fine_tuned(minilm, replace(tuning, lr=lr), CLASSIFIER)
    before = {name: weight.detach().clone() for name, weight in module.named_parameters()}
    rows = TokenRows.of(minilm, get_task("cola"), FEW)
    fitted = fine_tune(module, replace(tuning, lr=lr), rows, rows, ("accuracy",), 0, silent)
    return module, before, fitted, rows


def test_lora_trains_its_adapters_and_the_task_layer_alone(minilm):
    module, before, _, _ = trained(minilm, LORA, 1e-2)
    changed = {name for name, weight in module.named_parameters() if not weight.equal(before[name])}
    assert changed
    assert all("lora_" in name or name.startswith("head.classifier") for name in changed)
    # Four linear layers of attention, two of the feed-forward block, in each of six blocks.
    adapters = [name for name in before if "lora_A" in name]
    assert len(adapters) == 6 * 6
    assert all(name in changed for name in adapters)
    rank, d, inner = LORA.rank, 384, 1536
    counted = 6 * (4 * rank * 2 * d + 2 * rank * (d + inner)) + 2 * (d + 1)
    assert module.n_parameters() == counted
    # Merged, the adapters give what they gave beside the layers, and the module keeps them.
    model = served(module, minilm)
    text = "the two leads are funny"
    states = model.encode([text])
    rows = TokenRows.of(minilm, get_task("cola"), LabelledTexts((text,), (0.0,), "generated"))
    with torch.inference_mode():
        vector = module.vectors(rows.texts([0])[0])[0]
    assert torch.allclose(states.hidden[0, 0], vector, atol=1e-4)
    assert not torch.allclose(minilm.encode([text]).hidden[0, 0], vector, atol=1e-2)
    assert any("lora_" in name for name, _ in module.named_parameters())


def test_full_fine_tuning_changes_the_copy_and_not_the_backbone(minilm):
    frozen = [weight.detach().clone() for weight in model_weights(minilm)]
    texts = list(FEW.texts)
    states = minilm.encode(texts).hidden.clone()
    module, before, fitted, rows = trained(minilm, FULL, 1e-4)
    blocks = [name for name in before if "encoder.layer" in name]
    weights = dict(module.named_parameters())
    assert all(not weights[name].equal(before[name]) for name in blocks if "weight" in name)
    assert all(w.equal(was) for w, was in zip(model_weights(minilm), frozen, strict=True))
    assert not any(weight.requires_grad for weight in model_weights(minilm))
    assert minilm.encode(texts).hidden.equal(states)
    # The weights are those of the best epoch: they give its validation score.
    again = evaluate_fine_tuned(module, rows, ("accuracy",))
    assert again.score == fitted.validation
    assert again.score >= 75.0
    assert 1 <= fitted.best_epoch <= FULL.epochs


def test_a_copy_starts_where_the_backbone_stands(minilm):
    task = get_task("cola")
    rows = TokenRows.of(minilm, task, FEW)
    hidden = minilm.encode(list(FEW.texts)).hidden
    for tuning in (FULL, LORA):
        module = fine_tuned(minilm, tuning, CLASSIFIER).eval()
        with torch.inference_mode():
            vectors = module.vectors(rows.texts(range(len(FEW)))[0])
        assert torch.allclose(vectors, hidden[:, 0], atol=1e-4)


@pytest.mark.parametrize("name", ["cola", "stsb"])
def test_scores_are_those_of_scipy_and_sklearn(minilm, folder, make_bench, name):
    bench = make_bench(minilm, folder, quick=True, seeds=(42,))
    kept = {}
    rates = (FULL.lr, 1e-3)
    plan = TuningPlan("efficiency", "ours", name, replace(FULL, epochs=1), rates, QUICK)
    with pytest.raises(GlotError, match="2 of 2 trials of its search are not measured"):
        plan.final(bench, 42)
    for number in range(2):
        bench.record(plan.trial(bench, number))
    trials = bench.ledger("efficiency").rows
    assert [row.settings["lr"] for row in trials] == list(rates)
    assert {row.split for row in trials} == {"validation"}

    def remember(event):
        kept.update(event)

    bench.report = remember
    rows = plan.final(bench, 42)
    best = max(trials, key=lambda row: row.value)
    assert rows[0].settings["lr"] == best.settings["lr"]
    task = bench.task(name, QUICK)
    assert [row.metric for row in rows] == list(task.metrics)
    assert kept["validation"] == rows[0].settings["validation"]
    # The same model, trained once more by hand, one text at a time.
    torch.manual_seed(42)
    parts = bench.parts(name, QUICK, 42)
    config = HeadConfig(task.head, task.pairs, len(task.labels))
    module = fine_tuned(minilm, plan.tuning, config, rows[0].settings["precision"])
    train, validation, dev = (
        TokenRows.of(minilm, task, part)
        for part in (parts.train, parts.validation, bench.reported(name, QUICK)["dev"])
    )
    tuning = replace(plan.tuning, lr=best.settings["lr"])
    fine_tune(module, tuning, train, validation, task.metrics, 42, silent)
    module.eval()
    with torch.inference_mode():
        guesses = [
            float(module.head.predict(module(*dev.texts([i])))) for i in range(len(dev.labels))
        ]
    labels = dev.labels.tolist()
    assert rows[0].n_eval == len(labels) == QUICK.n_evaluation
    if name == "cola":
        found = {
            "matthews": 100 * matthews_corrcoef(labels, guesses),
            "accuracy": 100 * accuracy_score(labels, guesses),
        }
        right = [a == b for a, b in zip(labels, guesses, strict=True)]
        assert unpack_hits(rows[0]) == right
    else:
        found = {"spearman": 100 * spearmanr(labels, guesses).statistic}
        assert not rows[0].hits
    for row in rows:
        assert row.value == pytest.approx(found.get(row.metric, row.value), abs=0.05)
    assert rows[0].low <= rows[0].value <= rows[0].high


def test_quick_efficiency_through_reproduce(minilm, folder, make_bench):
    bench = make_bench(minilm, folder, quick=True, seeds=(42,))
    cells = get_experiment("efficiency").cells(bench.scope)
    assert reproduce(cells, "efficiency", bench, silent) == []
    ledger = bench.ledger("efficiency")
    assert not ledger.bad
    assert ledger.cells() == {cell.key for cell in cells}
    costs = {(row.method, row.metric): row.value for row in ledger.rows if not row.n_train}
    full, lora = "full fine-tuning + [CLS]", "LoRA (r = 64) + [CLS]"
    # Training keeps four numbers for each weight that trains: itself, its gradient, two moments.
    n = sum(weight.numel() for weight in minilm._model.parameters())
    assert costs[full, "train_mib"] * 2**20 > 0.95 * 16 * n
    assert costs["glot", "train_mib"] < costs[lora, "train_mib"] < costs[full, "train_mib"]
    assert costs["cls", "parameters"] == 2 * (384 + 1)
    assert costs["glot", "parameters"] < costs[lora, "parameters"] < costs[full, "parameters"]
    assert all(value > 0 for value in costs.values())
    lengths = {row.task: row for row in ledger.rows if row.metric == "graph_ms"}
    assert lengths["length-32"].settings["states"] == "backbone"
    assert lengths["length-32"].settings["tokens"] == 32
    assert lengths["length-1024"].settings["states"] == "made up"
    beyond = [row.metric for row in ledger.rows if row.task == "length-1024"]
    assert beyond == ["graph_ms"]
    trained = [row for row in ledger.rows if row.n_train and row.regime != "search"]
    for task in ("cola", "stsb"):
        methods = {row.method for row in trained if row.task == task}
        assert methods == {full, lora, *HEADS}
    tuned = [row for row in trained if row.method in (full, lora)]
    assert all(row.pooler == "cls" and row.regime == "searched" for row in tuned)
    # What is fine-tuned has as many trials as any head.
    trials = Counter((row.task, row.method) for row in ledger.rows if row.regime == "search")
    assert trials.keys() == {(row.task, row.method) for row in trained}
    assert set(trials.values()) == {2}
    assert len({row.n_train for row in trained if row.task == "cola"}) == 1
    # Nothing is missing any more, and what is measured again stands beside what was.
    assert reproduce(cells, "efficiency", bench, lambda _: pytest.fail("measured twice")) == []
    key = next(cell.key for cell in cells if "length-32/" in cell.key)
    for again in measure_again(cells, "efficiency", bench, key):
        assert again.was.metric == again.now.metric


def test_costs_of_a_decoder_are_measured_together_and_given_out_once(
    tmp_path, make_bench, monkeypatch
):
    backbone = load_backbone(str(save_tiny("llama", tmp_path / "tiny")), "cpu", "float32")
    asked = []

    def count(*arguments):
        asked.append(arguments)
        return measure_costs(*arguments)

    monkeypatch.setattr("glot.experiments.efficiency.measure_costs", count)
    costs, bench = Costs(1), make_bench(backbone)
    for method in ("eos", "glot", "LoRA (r = 64) + [EOS]"):
        rows = {row.metric: row for row in costs.rows(bench, "key", method)}
        assert {row.method for row in rows.values()} == {method}
        assert rows["train_ms"].n_eval == (1 if "LoRA" in method else HEAD_STEPS)
        assert rows["inference_ms"].n_eval == 1
    assert rows["parameters"].pooler == "eos"
    assert len(asked) == 1
    costs.rows(bench, "key", "eos")
    assert len(asked) == 2


def test_works_take_turns_after_one_that_warms_up():
    done = []
    works = {name: (lambda name=name: done.append(name)) for name in "ab"}
    times = in_turns(works, 2, repeats={"a": 3})
    assert done == list("aaab" * 3)
    assert [len(times["a"]), len(times["b"])] == [6, 2]


def test_other_backbones_are_timed_and_not_trained(minilm):
    scope = replace(scope_of(minilm), backbone="another", kind="decoder")
    keys = [cell.key for cell in get_experiment("efficiency").cells(scope)]
    assert all(key.endswith("/measured") for key in keys)
    assert any("/LoRA-r-64-EOS/" in key for key in keys)
    assert any("/length-32768/" in key for key in keys)


def test_texts_are_about_as_long_as_colas():
    words = [len(text.split()) for text in sentences(200)]
    assert min(words) == 8
    assert max(words) == 15


def test_made_up_states_have_a_sparse_graph():
    hidden = made_up_states(600, 384)
    mask = torch.ones(1, 600, dtype=torch.bool)
    density = TokenGraph.of(hidden, mask).adjacency(0.6).float().mean()
    assert 0.04 < density < 0.07
    build_graph(hidden, mask)


def test_only_transformers_models_are_fine_tuned(fake):
    with pytest.raises(GlotError, match="transformers"):
        fine_tuned(fake, FULL, CLASSIFIER)


def test_without_peft_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(GlotError, match="peft is not installed") as told:
        with_lora(torch.nn.Linear(2, 2), 4)
    assert told.value.remedy.endswith('pip install -e ".[train]" -c requirements-extras.txt')
