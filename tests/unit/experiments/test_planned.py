import pandas as pd
import pytest

from glot.experiments import EXPERIMENTS, get_experiment
from glot.experiments.base import Scope
from glot.experiments.catalogue import CATALOGUE
from glot.experiments.ledger import read_ledger
from glot.experiments.planned import (
    Planned,
    fill_cell_command,
    method_of,
    planned,
    unfold,
    with_planned,
)
from glot.experiments.tables import current, summary
from glot.paths import assets_folder
from tests.unit.experiments.conftest import scope_of
from tests.unit.experiments.rows import row

# SmolLM2's outline does not need its weights.
SCOPES = (
    Scope("minilm", "encoder", 384, 6, 512),
    Scope("smollm2", "decoder", 576, 30, 8192),
)


def test_the_stored_outline_is_current(minilm):
    assert scope_of(minilm) == SCOPES[0]
    assert list(planned()) == unfold(SCOPES), "python -m glot.experiments.planned writes it"


def test_the_catalogue_says_what_the_experiments_say():
    assert tuple(CATALOGUE) == EXPERIMENTS.names()
    for name, entry in CATALOGUE.items():
        experiment = get_experiment(name)
        assert (entry.title, entry.table) == (experiment.title, experiment.table)


def test_methods_of_the_shipped_ledger_are_named_as_in_the_outline():
    names = {(p.experiment, p.backbone, p.task, p.method, p.regime) for p in planned()}
    rows = current(read_ledger(folder=assets_folder() / "results").rows)
    ours = {(r.experiment, r.backbone, r.task, r.method, r.regime) for r in rows}
    assert ours
    assert ours <= names


@pytest.mark.parametrize(
    ("slug", "method"),
    [
        ("glot", "glot"),
        ("glot-tau-0.2", "glot, tau 0.2"),
        ("glot-random-edges", "glot, random edges"),
        ("glot-gcn-all-edges", "glot, gcn, all edges"),
        ("deepsets-layer-3", "deepsets, layer 3"),
        ("Pretended-CoT", "Pretended CoT"),
        ("LoRA-r-64-+-CLS", "LoRA (r = 64) + [CLS]"),
        ("full-fine-tuning-EOS", "full fine-tuning + [EOS]"),
    ],
)
def test_the_method_behind_a_cells_name(slug, method):
    assert method_of(slug) == method


def test_a_command_measures_the_cells_of_its_method_and_no_others():
    cells = {
        (name, scope.backbone): [cell.key for cell in get_experiment(name).cells(scope)]
        for name in EXPERIMENTS.names()
        for scope in SCOPES
        if scope.backbone in get_experiment(name).backbones
    }
    for plan in planned():
        command = fill_cell_command(
            plan.experiment, plan.backbone, plan.task, plan.method, plan.regime
        )
        start, only = command.split(" --only ")
        assert start == f"glot reproduce {plan.experiment} --backbone {plan.backbone}"
        found = [key for key in cells[plan.experiment, plan.backbone] if only in key]
        heads = [key for key in found if "/trial-" not in key]
        assert len(heads) == plan.seeds, command


def test_what_is_measured_stays_and_what_is_not_is_added():
    rows = [row("glot", 80.0, seed) for seed in (42, 43)] + [row("mean", 50.0)]
    plans = [
        Planned("stress", "minilm", "stress-strict-0.9", method, "searched", 3)
        for method in ("glot", "deepsets")
    ]
    measured = summary(rows)
    frame = with_planned(measured, plans)
    pd.testing.assert_frame_equal(frame.iloc[:2].drop(columns="planned"), measured)
    assert list(frame["planned"]) == [3, 0, 3]
    assert list(frame["method"]) == ["glot", "mean", "deepsets"]
    assert frame["value"].isna().tolist() == [False, False, True]
    assert frame["group"].iloc[2] == "strict protocol"
    assert frame["ratio"].iloc[2] == 0.9


def test_an_empty_ledger_still_has_its_plans():
    plans = [plan for plan in planned() if plan.experiment == "glue"]
    frame = with_planned(summary([]), plans)
    mnli = frame[(frame["task"] == "mnli") & (frame["method"] == "glot")]
    assert set(mnli["split"]) == {"dev_matched", "dev_mismatched"}
    assert set(frame.loc[frame["task"] == "cola", "metric"]) == {"matthews"}
    assert frame["value"].isna().all()


def test_contrastive_heads_are_planned_on_mtebs_tasks_too():
    plans = [p for p in planned() if (p.experiment, p.backbone) == ("contrastive", "smollm2")]
    frame = with_planned(summary([]), plans)
    glot = frame[frame["method"] == "glot"]
    assert len(glot) == len(set(glot["task"])) == 8
    scored = glot.set_index("task")[["split", "metric"]].to_dict("index")
    assert scored["scifact"] == {"split": "test", "metric": "ndcg_at_10"}
    assert scored["msmarco_pairs"] == {"split": "dev", "metric": "mrr_at_10"}
