"""The Benchmarks page without a browser: its table, and which part of it is shown."""

import subprocess
import sys

import pytest

from app.services import results
from app.services.results import Wanted
from glot.experiments import EXPERIMENTS
from glot.experiments.catalogue import CATALOGUE
from glot.experiments.ledger import append_rows
from glot.experiments.planned import planned
from glot.experiments.tables import current, summary
from glot.paths import ROOT
from tests.app.benchmarks_page import Benchmarks, measured
from tests.unit.experiments.rows import row


def test_it_opens_on_the_question_of_the_graph_without_torch():
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_string({Benchmarks.script!r}, default_timeout=120).run()
assert not app.exception and not app.error
assert app.subheader[0].value == "What the graph adds"
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("experiment", EXPERIMENTS.names())
def test_every_experiment_with_an_empty_ledger(experiment, ledger):
    page = Benchmarks(bench_experiment=experiment).healthy()
    assert "Nothing to compare yet" in page.notes()
    plans = [plan for plan in planned() if plan.experiment == experiment]
    frame = page.table()
    assert len(frame) >= len({(p.backbone, p.method, p.regime) for p in plans}) > 0
    codes = [code.value for code in page.set(bench_missing_commands=True).app.code]
    assert f"glot reproduce {experiment} --backbone minilm" in codes
    assert page.app.selectbox("bench_experiment").value == experiment
    assert CATALOGUE[experiment].about in page.told()


@pytest.mark.parametrize("experiment", EXPERIMENTS.names())
def test_every_experiment_with_the_ledger_as_it_is(experiment):
    page = Benchmarks(bench_experiment=experiment).healthy()
    assert not page.app.warning


def test_the_table_shows_what_the_library_says(ledger):
    append_rows(measured())
    page = Benchmarks(bench_paper="0", bench_missing="0")
    frame = page.table()
    wanted = {line.method: line for line in summary(current(measured())).itertuples()}
    assert list(frame["Method"]) == ["Mean", "DeepSets", "GLOT", "GLOT, random edges"]
    assert list(frame["strict 90 %"]) == pytest.approx(
        [wanted[m].value for m in ("mean", "deepsets", "glot", "glot, random edges")]
    )
    assert "4 numbers from 12 rows" in page.told()


def test_cells_are_read_as_mean_deviation_and_seeds_with_a_star_on_the_best(ledger):
    append_rows(measured())
    laid = results.laid(
        results.board("stress"), Wanted(paper=False, missing=False), "x", results.stamp("stress")
    )
    texts = dict(zip((key[2] for key in laid.keys), laid.texts.iloc[:, 0], strict=True))
    best = dict(zip((key[2] for key in laid.keys), laid.best.iloc[:, 0], strict=True))
    line = next(x for x in summary(current(measured())).itertuples() if x.method == "glot")
    assert texts["glot"] == f"{line.value:.2f} ± {line.deviation:.2f} (3)"
    assert best == {"mean": False, "deepsets": False, "glot": True, "glot, random edges": True}


def test_what_is_not_measured_stays_visible_and_can_be_hidden(ledger):
    append_rows(measured())
    frame = Benchmarks(bench_paper="0").table()
    assert len(frame) > 20
    # Behind "not measured": an infinity that sorts before every number.
    assert (frame["strict 90 %"] == float("-inf")).sum() > 10
    assert len(Benchmarks(bench_paper="0", bench_missing="0").table()) == 4


def test_the_papers_rows_can_be_hidden():
    frame = Benchmarks(bench_experiment="glue").table()
    assert set(frame["Source"]) == {"ours", "paper"}
    without = Benchmarks(bench_experiment="glue", bench_paper="0").table()
    assert "Source" not in without
    assert len(frame) - len(without) == 30


def test_the_part_that_is_shown_is_in_the_link_and_comes_from_it(ledger):
    append_rows([*measured(), *(row(m, regime="fixed") for m in ("glot", "deepsets"))])
    page = Benchmarks(
        bench_experiment="stress",
        bench_backbones="minilm,BERT",
        bench_regime="searched",
        bench_group="strict protocol",
        bench_missing="0",
    )
    assert not page.app.warning
    frame = page.table()
    assert list(frame["Method"]) == ["Mean", "DeepSets", "GLOT", "GLOT, random edges"]
    page.app.selectbox("bench_group").set_value("paper protocol").run()
    assert page.link("bench_group") == "paper protocol"
    assert page.link("bench_backbones") == "minilm,BERT"
    assert set(page.table()["Method"]) == {"[CLS]", "Mean", "Max", "AdaPool", "GLOT"}
    page.app.toggle("bench_paper").set_value(False).run()
    assert page.link("bench_paper") == "0"
    assert "Nothing is in the part" in page.notes()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("bench_experiment", "nonsense", "'nonsense' was not understood"),
        ("bench_backbones", "gpt-9", "gpt-9"),
        ("bench_regime", "lucky", "Accepted: chosen, searched"),
        ("bench_group", "no protocol", "strict protocol"),
        ("bench_metric", "beauty", "accuracy"),
        ("bench_column", "a/b/c", "stress-strict-0.9/test/accuracy"),
        ("bench_paper", "maybe", "was not understood"),
    ],
)
def test_links_to_what_is_not_there_are_told(ledger, key, value, told):
    append_rows(measured())
    page = Benchmarks(**{key: value})
    assert told in page.warnings()
    assert len(page.table()) > 4


def test_another_experiment_takes_its_choices_back_silently(ledger):
    append_rows(measured())
    page = Benchmarks(
        bench_regime="searched", bench_group="strict protocol", bench_backbones="minilm"
    )
    page.app.selectbox("bench_experiment").set_value("tau").run()
    assert not page.app.exception
    assert not page.app.warning
    assert not page.link("bench_group")
    assert page.link("bench_backbones") == "minilm"


def test_main_metrics_are_the_first_of_a_task():
    board = results.board("glue")
    lines = results.shown(board, Wanted(metric="main"))
    both = lines.groupby(["task"])["metric"].unique()
    assert all(len(metrics) == 1 for metrics in both)
    assert {both["cola"][0], both["stsb"][0], both["mrpc"][0]} == {"matthews", "spearman", "f1"}
    assert len(results.shown(board, Wanted(metric="all"))) > len(lines)
    assert set(results.shown(board, Wanted(metric="accuracy"))["metric"]) == {"accuracy"}
