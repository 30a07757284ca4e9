"""The Benchmarks page without a browser: its figures."""

import pandas as pd
import pytest

from app.services import results, results_compared, results_figures
from app.services.results import Wanted
from glot.experiments.comparison import z_scores
from glot.experiments.ledger import append_rows, read_ledger
from glot.experiments.paper import numbers_of
from glot.experiments.tables import current, summary
from tests.app.benchmarks_page import Benchmarks
from tests.unit.experiments.rows import row


def tau_row(tau, value, density, seed=42, backbone="minilm"):
    method = f"glot, tau {tau:g}"
    cell = f"{backbone}/cola/glot-tau-{tau:g}/fixed~aaaaaa/seed-{seed}"
    return row(
        method, value, seed, experiment="tau", task="cola", split="dev", metric="matthews",
        regime="fixed", tau=tau, density=density, backbone=backbone, cell=cell,
    )  # fmt: skip


def test_tau_is_drawn_with_its_density(ledger):
    append_rows([tau_row(t, 10 + t, 1 - t, seed) for t in (0.0, 0.6) for seed in (42, 43)])
    Benchmarks(bench_experiment="tau").healthy()
    board = results.board("tau")
    frame = results_figures.along(board, results.shown(board, Wanted()), "cola/dev/matthews")
    ours = frame[frame["source"] == "ours"]
    assert list(ours["along"]) == [0.0, 0.6]
    assert list(ours["value"]) == [10.0, 10.6]
    assert list(ours["below"]) == [1.0, 0.4]
    theirs = [n for n in numbers_of("tau") if n.task == "cola"]
    assert sorted(frame.loc[frame["source"] == "paper", "value"]) == sorted(n.value for n in theirs)


def test_lengths_are_drawn_with_their_seconds(ledger):
    rows = [
        row(
            "glot", 80 + i, 42, experiment="scaling", task=task, regime="fixed", seconds=10.0 * i,
            settings={"max_tokens": length},
        )
        for i, (task, length) in enumerate(
            [("stress-strict-0.900000", 64), ("stress-strict-0.954128", 128)], start=1
        )
    ]  # fmt: skip
    append_rows(rows)
    Benchmarks(bench_experiment="scaling").healthy()
    board = results.board("scaling")
    column = "stress-strict-0.900000/test/accuracy"
    frame = results_figures.along(board, results.shown(board, Wanted()), column)
    assert list(frame["along"]) == [64, 128]
    assert list(frame["below"]) == [10.0, 20.0]


def test_costs_meet_scores_of_the_same_method(ledger):
    def of(method, metric, value, task="cola-length", **other):
        where = {"split": "generated", "regime": "measured"} | other
        return row(method, value, experiment="efficiency", task=task, metric=metric, **where)

    append_rows(
        [
            of("glot", "parameters", 273_027.0),
            of("glot", "train_ms", 12.3),
            of("glot", "train_mib", 9.0),
            of("glot", "matthews", 8.5, task="cola", split="dev", regime="searched"),
        ]
    )
    Benchmarks(bench_experiment="efficiency").healthy()
    board = results.board("efficiency")
    frame = results_figures.score_and_costs(results.shown(board, Wanted()), "cola/dev/matthews")
    (ours,) = frame[frame["source"] == "ours"].to_dict("records")
    assert (ours["score"], ours["parameters"], ours["milliseconds"]) == (8.5, 273_027.0, 12.3)
    assert ours["gigabytes"] == pytest.approx(9 * 2**20 / 1e9)
    theirs = frame[(frame["source"] == "paper") & (frame["method"] == "Full FT + EOS")]
    assert theirs["milliseconds"].tolist() == [1318.8]


def test_z_scores_are_the_librarys():
    board = results.board("glue")
    frame = results_figures.z_lines(results.shown(board, Wanted(metric="all")))
    rows = current(read_ledger("glue").rows)
    ours = frame[frame["source"] == "ours"].drop(columns="source").reset_index(drop=True)
    names = ["backbone", "regime", "method", "category"]
    wanted = z_scores(summary(rows)).sort_values(names, ignore_index=True)
    pd.testing.assert_frame_equal(
        ours.sort_values(names, ignore_index=True)[list(wanted)], wanted, check_dtype=False
    )


def test_heads_on_states_of_one_length_are_held_against_their_like_and_themselves(ledger):
    told = {"experiment": "norms", "task": "stress-strict-0.9", "regime": "chosen"}
    right = {"deepsets": 30, "glot": 30, "deepsets, RMS": 30, "glot, RMS": 45}
    rows = [
        row(method, seed=seed, right=[1] * n + [0] * (50 - n), **told)
        for method, n in right.items()
        for seed in (42, 43, 44)
    ]
    append_rows(rows)
    job = results_compared.comparisons(results.board("norms"))
    while not job.over:
        pass
    words = Benchmarks(bench_experiment="norms").healthy().told()
    assert "Against DeepSets: ahead in 1, behind in 0, undecided in 1 of 2." in words
    assert "Against itself without RMS: ahead in 1, behind in 0, undecided in 1 of 2." in words
    assert ", RMS: ahead" not in words
