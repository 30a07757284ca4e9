"""`glot results`, as a user calls it."""

import csv
import io
import json
import os
import subprocess
import sys
from functools import cache

import pytest

from glot.experiments import EXPERIMENTS
from glot.experiments.ledger import append_rows
from glot.experiments.paper import numbers_of
from glot.paths import ROOT
from tests.unit.cli.run import glot, told, well
from tests.unit.experiments.rows import row

SEEDS = (42, 43, 44)
NEEDED = {
    "experiment",
    "task",
    "split",
    "metric",
    "value",
    "backbone",
    "pooler",
    "conv",
    "protocol",
    "ratio",
    "tau",
    "seed",
    "n_train",
    "n_eval",
    "commit",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A ledger of two experiments, with a search, an old row and a line that is none."""
    folder = tmp_path_factory.mktemp("results")
    ratios = ("0", "0.2", "0.5", "0.8", "0.9", "0.95", "0.99")
    append_rows(
        [
            row(
                method,
                seed=seed,
                right=[(i * seed) % 10 < 7 + k for i in range(200)],
                task=f"stress-{protocol}-{ratio}",
                backbone=backbone,
            )
            for backbone in ("minilm", "smollm2")
            for protocol in ("strict", "paper")
            for ratio in ratios
            for k, method in enumerate(("deepsets", "glot", "glot, all edges"))
            for seed in SEEDS
        ],
        folder,
    )
    append_rows(
        [
            row("mean", 11.11, date="2026-11-01"),
            row("mean", 63.21, date="2026-11-02"),
            row("mean", 99.99, 41, regime="search", split="validation"),
        ],
        folder,
    )
    with (folder / "stress.jsonl").open("a", encoding="utf-8") as file:
        file.write("{\n")
    glue = {"experiment": "glue", "table": "Table 1, Figure 4", "split": "dev"}
    scores = {"cola": ("matthews", 30.0), "sst2": ("accuracy", 80.0), "stsb": ("spearman", 70.0)}
    append_rows(
        [
            row(method, value + k + seed / 100, seed, task=task, metric=metric, **glue)
            for task, (metric, value) in scores.items()
            for k, method in enumerate(("mean", "deepsets", "glot"))
            for seed in SEEDS
        ],
        folder,
    )
    return folder


@cache
def results(folder, *arguments):
    return well(glot("results", *arguments, GLOT_RESULTS=folder))


def as_json(folder, *arguments):
    return json.loads(results(folder, "--format", "json", *arguments).stdout)


def test_json_is_one_flat_list_of_our_rows(folder):
    found = as_json(folder)
    assert len(found) == 2 * 2 * 7 * 3 * 3 + 1 + 27
    for record in found:
        assert set(record) >= NEEDED
        assert all(not isinstance(value, dict | list) for value in record.values())
    (mean,) = [r for r in found if r["method"] == "mean" and r["experiment"] == "stress"]
    assert mean["value"] == 63.21
    assert {r["experiment"] for r in found} == {"stress", "glue"}


def test_rows_are_chosen_by_experiment_and_backbone(folder):
    found = as_json(folder, "--experiment", "stress", "--backbone", "smollm2")
    assert {(r["experiment"], r["backbone"]) for r in found} == {("stress", "smollm2")}
    assert len(found) == 2 * 7 * 3 * 3


def test_trials_of_searches_are_shown_when_asked_for(folder):
    assert "99.99" not in results(folder, "--experiment", "stress").stdout
    assert "99.99" in results(folder, "--experiment", "stress", "--search").stdout
    assert [r["value"] for r in as_json(folder, "--search") if r["split"] == "validation"] == [
        99.99
    ]
    assert all(r["regime"] != "search" for r in as_json(folder))


def test_csv_and_json_say_the_same(folder):
    text = results(folder, "--format", "csv").stdout
    lines = list(csv.DictReader(io.StringIO(text)))
    found = as_json(folder)
    assert [line["cell"] for line in lines] == [record["cell"] for record in found]
    assert [float(line["value"]) for line in lines] == [record["value"] for record in found]
    assert set(lines[0]) == {name for record in found for name in record}


def test_a_bad_line_is_told_on_stderr_with_its_place(folder):
    number = 2 * 2 * 7 * 3 * 3 + 3 + 1
    for output in ("table", "csv", "json"):
        done = results(folder, "--experiment", "stress", "--format", output)
        assert f"stress.jsonl, line {number} is skipped: " in done.stderr
        assert "skipped" not in done.stdout
    assert results(folder, "--experiment", "glue").stderr == ""


def test_the_papers_numbers_come_when_asked_for_and_alone(folder):
    found = as_json(folder, "--paper", "--experiment", "stress")
    assert {record["source"] for record in found} == {"paper"}
    assert [r["value"] for r in found] == [n.value for n in numbers_of("stress")]
    assert "source" not in as_json(folder)[0]
    shown = results(folder, "--paper", "--experiment", "stress").stdout
    assert "97.20" in shown
    assert "63.21" not in shown
    assert "glot reproduce" not in shown


def test_the_papers_table_stands_beside_ours(folder):
    shown = results(folder, "--experiment", "stress").stdout
    assert "(ours)" in shown
    assert "BERT, Table 7 (paper)" in shown
    assert shown.index("63.21 (1)") < shown.index("98.80")
    for hub_id in ("bert-base-uncased", "mistralai/Mistral-7B-v0.1"):
        assert f"\n  glot reproduce stress --backbone {hub_id}\n" in shown
    assert "--backbone minilm" not in shown


def test_hundred_columns_hold_every_table_and_no_number_is_cut(folder):
    shown = results(folder).stdout
    assert "…" not in shown
    tables = [line for line in shown.splitlines() if "glot reproduce" not in line]
    assert max(map(len, tables)) <= 100
    value = {(r["task"], r["seed"]): r["value"] for r in as_json(folder, "--experiment", "glue")}
    for task in ("cola", "sst2", "stsb"):
        assert f"{value[task, 43]:.2f} ± 0.01 (3)" in shown
    for number in numbers_of("imdb"):
        assert f"{number.value:.2f}" in shown


def test_what_the_graph_adds_stands_under_the_tables(folder):
    shown = results(folder, "--experiment", "stress").stdout
    for backbone in ("minilm", "smollm2"):
        for other in ("deepsets", "glot, all edges"):
            assert f"{backbone}, glot minus {other} (ours)" in shown
    deepsets = shown.index("minilm, glot minus deepsets")
    line = next(x for x in shown[deepsets:].splitlines() if "stress-strict-0.9 " in x)
    assert "+10.00" in line
    assert "3 seeds × 200" in line


def test_lengths_are_named_by_tokens_and_have_their_cost(tmp_path):
    task, settings = "stress-strict-0.954128", {"max_tokens": 128}
    about = {"experiment": "scaling", "table": "ours", "task": task, "settings": settings}
    rows = [row("glot", 60.0 + s, seed=s, seconds=s - 40.0, **about) for s in SEEDS]
    append_rows(rows, tmp_path)
    shown = results(tmp_path, "--experiment", "scaling").stdout
    assert "0.954" not in shown
    head = next(line for line in shown.splitlines() if "128 tokens" in line)
    assert head.count("128 tokens") == 2
    line = next(line for line in shown.splitlines() if line.startswith(" glot"))
    assert "103.00 ± 1.00 (3)" in line
    assert "3.00 ± 1.00 (3)" in line.replace("103.00", "")


def test_glue_has_z_scores(folder):
    shown = results(folder, "--experiment", "glue").stdout
    ours = shown[shown.index("minilm, searched, z-scores") :]
    line = next(x for x in ours.splitlines() if x.startswith(" glot"))
    # Three methods one point apart: (x − μ) / σ = 1 / √(2/3).
    assert line.split() == ["glot", "+1.22", "+1.22"]
    assert "BERT, Table 1, z-scores" in shown


def test_one_cell_shows_all_its_fields_and_its_command(folder):
    cell = row("mean").cell
    shown = results(folder, "--row", cell).stdout
    assert f"glot reproduce stress --row {cell}" in shown
    for word in ("11.11", "63.21", "fingerprint", "commit", "2026-11-02"):
        assert word in shown
    assert [r["value"] for r in as_json(folder, "--row", cell)] == [11.11, 63.21]


def test_an_empty_ledger_says_what_fills_it(tmp_path):
    shown = results(tmp_path, "--experiment", "stress").stdout
    assert "Measure it: glot reproduce stress\n" in shown
    assert "98.80" in shown
    done = results(tmp_path, "--experiment", "glue", "--backbone", "minilm", "--format", "json")
    assert json.loads(done.stdout) == []
    assert "glot reproduce glue --backbone minilm" in done.stderr
    everything = results(tmp_path)
    for name in EXPERIMENTS.names():
        assert f"glot reproduce {name}" in everything.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--experiment", "stres"), ("Unknown experiment 'stres'", "Did you mean 'stress'?")),
        (("--format", "xml"), ("--format xml", "table, csv, json")),
        (("--row", "minilm/none"), ("minilm/none", "Accepted")),
    ],
)
def test_what_is_not_there_is_told(tmp_path, arguments, words):
    told(glot("results", *arguments, GLOT_RESULTS=tmp_path), *words)


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_torch_is_not_loaded(folder, output):
    code = f"""
import sys
from glot.cli import main
sys.argv = ["glot", "results", "--format", "{output}"]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "GLOT_RESULTS": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
