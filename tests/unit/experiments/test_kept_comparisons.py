import json
import random

import pytest

from glot.experiments import kept_comparisons as kept
from glot.experiments.comparisons import comparisons
from glot.experiments.kept_comparisons import comparable, kept_comparisons
from tests.unit.experiments.rows import row

METHODS = ("glot", "deepsets", "glot, random edges", "glot, all edges", "mean")


def ledger(tasks=("stress-strict-0.9", "stress-paper-0.9"), **other):
    rng = random.Random(0)
    return [
        row(method, seed=seed, task=task, right=[rng.randint(0, 1) for _ in range(40)], **other)
        for task in tasks
        for method in METHODS
        for seed in (42, 43, 44)
    ]


def silent(done, of):
    pass


@pytest.fixture
def counted(monkeypatch):
    """Counts what is really computed."""
    calls = []

    def counting(rows):
        calls.append(rows)
        return comparisons(rows)

    monkeypatch.setattr(kept, "comparisons", counting)
    return calls


def test_they_are_the_comparisons_of_all_rows(tmp_path):
    rows = ledger() + ledger(regime="fixed") + ledger(backbone="smollm2")
    found = kept_comparisons(rows, "stress", silent, tmp_path)
    assert len(found) == 18
    assert found == comparisons(rows)
    assert kept_comparisons(rows, "stress", silent, tmp_path) == found


def test_a_method_in_several_settings_is_left_out_everywhere(tmp_path):
    rows = ledger() + [
        row(
            "glot", seed=seed, task="stress-strict-0.9", right=[1] * 40, tau=0.2, cell=f"tau-{seed}"
        )
        for seed in (42, 43, 44)
    ]
    found = kept_comparisons(rows, "stress", silent, tmp_path)
    assert found == comparisons(rows) == []


def test_what_is_compared_anew_is_computed_anew(tmp_path, counted, monkeypatch):
    rows = ledger()
    kept_comparisons(rows, "stress", silent, tmp_path)
    monkeypatch.setattr(kept, "compared", lambda _: [("glot", "mean")])
    kept_comparisons(rows, "stress", silent, tmp_path)
    assert len(counted) == 4


def test_only_what_changed_is_computed(tmp_path, counted):
    rows = ledger()
    told = []
    kept_comparisons(rows, "stress", lambda *progress: told.append(progress), tmp_path)
    assert told == [(1, 2), (2, 2)]
    assert len(counted) == 2
    kept_comparisons(rows, "stress", silent, tmp_path)
    assert len(counted) == 2
    changed = [*rows, *(row(m, seed=45, right=[0, 1] * 20) for m in METHODS)]
    found = kept_comparisons(changed, "stress", silent, tmp_path)
    assert len(counted) == 3
    assert found == comparisons(changed)
    # The former rows' comparisons are gone: the file does not grow for ever.
    assert len(json.loads((tmp_path / "stress.json").read_text())) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"a": 1}', "\udcff"])
def test_a_damaged_file_is_computed_anew(tmp_path, content):
    path = tmp_path / "stress.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    rows = ledger(tasks=("stress-strict-0.9",))
    assert kept_comparisons(rows, "stress", silent, tmp_path) == comparisons(rows)
    assert json.loads(path.read_text())


def test_a_damaged_entry_is_computed_anew(tmp_path):
    rows = ledger(tasks=("stress-strict-0.9",))
    kept_comparisons(rows, "stress", silent, tmp_path)
    path = tmp_path / "stress.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({key: [{"a": "glot"}] for key in stored}))
    assert kept_comparisons(rows, "stress", silent, tmp_path) == comparisons(rows)


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    rows = ledger(tasks=("stress-strict-0.9",))
    assert kept_comparisons(rows, "stress", silent, blocked) == comparisons(rows)


def test_costs_and_trials_are_no_scores():
    costs = [row(m, regime="measured", metric="train_ms") for m in METHODS]
    trials = [row("glot", regime="search", split="validation")]
    assert comparable([*costs, *trials]) == []
    assert comparable([]) == []
