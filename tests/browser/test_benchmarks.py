"""Benchmarks in a real Chromium: what stands there is the ledger's, and every control works."""

import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from app.services import results
from glot.experiments.comparisons import comparisons
from glot.experiments.kept_comparisons import comparable
from glot.experiments.ledger import read_ledger
from glot.experiments.paper import numbers_of
from glot.experiments.tables import current, summary
from tests.browser.explore import LOOKS
from tests.browser.other import OtherPage


class BenchmarksPage(OtherPage):
    path = "benchmarks"

    def ready(self):
        self.page.get_by_role("heading", name="All numbers").wait_for()
        return self.still()

    def still(self):
        """Nothing is running, nor still drawing intervals."""
        self.explore.idle()
        expect(self.page.get_by_text("Drawing 95 % intervals")).to_have_count(0, timeout=60_000)
        self.explore.idle()
        return self

    def table(self):
        return self.page.get_by_test_id("stDataFrame").first

    def select(self, label, option):
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option).click()
        self.still()

    def toggle(self, label):
        self.page.get_by_text(label, exact=True).click()
        self.still()

    def click_number(self, row, column):
        """A cell of the table, which is a canvas: by its place."""
        self.table().scroll_into_view_if_needed()
        box = self.table().bounding_box()
        x = box["x"] + column
        self.page.mouse.click(x, box["y"] + 35 * row + 18)
        self.explore.idle()

    def download(self, form):
        with self.page.expect_download() as waiting:
            self.page.locator(f".st-key-bench_{form} button").click()
        return Path(waiting.value.path()).read_text(encoding="utf-8")

    def drawn(self, number):
        """The x of every trace of a figure, as the browser has them."""
        figure = self.chart(number)
        figure.wait_for()
        return figure.evaluate("plot => plot._fullData.map(trace => Array.from(trace.x, Number))")


@pytest.fixture
def benchmarks(explore):
    return BenchmarksPage(explore)


@pytest.mark.parametrize("explore", LOOKS.values(), indirect=True, ids=list(LOOKS))
def test_every_look(benchmarks):
    benchmarks.open("bench_experiment=glue")
    expect(benchmarks.page.get_by_role("heading", name="What the graph adds")).to_be_visible()
    benchmarks.chart().wait_for()
    assert benchmarks.explore.overflow() == 0
    assert benchmarks.explore.violations() == []


def test_the_numbers_are_the_ledgers(benchmarks):
    benchmarks.open("bench_experiment=glue&bench_metric=all")
    rows = current(read_ledger("glue").rows)
    wanted = {
        (line.backbone, line.method, line.regime, line.task, line.split, line.metric): line
        for line in summary(rows).itertuples()
    }
    assert wanted
    read = pd.read_csv(io.StringIO(benchmarks.download("csv")), keep_default_na=False)
    ours = read[(read["source"] == "ours") & (read["seeds"] > 0)]
    assert len(ours) == len(wanted)
    for line in ours.itertuples():
        known = wanted[line.backbone, line.method, line.regime, line.task, line.split, line.metric]
        assert float(line.value) == known.value
        assert line.seeds == known.seeds
    theirs = sorted(float(value) for value in read.loc[read["source"] == "paper", "value"])
    assert theirs == sorted(number.value for number in numbers_of("glue"))
    lines = [json.loads(line) for line in benchmarks.download("jsonl").splitlines()]
    assert sorted(line["value"] for line in lines) == sorted(row.value for row in rows)
    # What is drawn first is what the graph adds.
    scores = [row for group in comparable(rows) for row in group]
    differences = [each.result.difference for each in comparisons(scores)]
    assert sorted(x for trace in benchmarks.drawn(0) for x in trace) == sorted(differences)


def test_tables_for_a_paper(benchmarks):
    benchmarks.open("bench_experiment=prompting&bench_missing=0")
    latex = benchmarks.download("tex")
    assert r"\toprule" in latex
    assert latex.count(r"\\") >= 6
    markdown = benchmarks.download("md")
    for row in current(read_ledger("prompting").rows):
        assert f"{row.value:.2f}" in latex
        assert f"{row.value:.2f}" in markdown


def test_a_click_opens_what_stands_behind_a_number(benchmarks):
    benchmarks.open("bench_experiment=glue&bench_paper=0&bench_backbones=minilm")
    page = benchmarks.page
    # The first method's first score: right of one column of names.
    benchmarks.click_number(row=1, column=170)
    page.get_by_text("Each of these commands").wait_for()
    told = page.get_by_test_id("stCode").first.inner_text()
    commands = re.findall(r"glot reproduce glue --row (\S+)", told)
    known = {row.cell: row for row in current(read_ledger("glue").rows)}
    assert commands
    assert {(known[cell].pooler, known[cell].backbone) for cell in commands} == {("cls", "minilm")}
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3)
    page.get_by_role("link", name="Open this task's heads on Explore").click()
    benchmarks.explore.expect_link(backbone="minilm", task="cola")


def test_what_is_chosen_is_in_the_link_and_survives_a_reload(benchmarks):
    benchmarks.open()
    page = benchmarks.page
    benchmarks.select("Experiment", re.compile("Threshold"))
    page.get_by_text("How scores and the graph's density change").wait_for()
    benchmarks.toggle("The paper's numbers")
    page.get_by_role("button", name="smollm2").click()
    benchmarks.still()
    wanted = {"bench_experiment": "tau", "bench_paper": "0", "bench_backbones": "smollm2"}
    benchmarks.explore.expect_link(**wanted)
    page.reload()
    benchmarks.still()
    benchmarks.explore.expect_link(**wanted)
    page.get_by_text("How scores and the graph's density change").wait_for()


def test_every_experiment_is_drawn(benchmarks):
    for name in ("imdb", "convs", "mlp", "efficiency", "contrastive", "choices", "scaling"):
        benchmarks.open(f"bench_experiment={name}")
        expect(benchmarks.page.get_by_test_id("stDataFrame").first).to_be_visible()
        expect(benchmarks.page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("experiment", ["glue", "scaling", "prompting"])
def test_what_is_missing_is_told_with_its_commands(benchmarks, experiment):
    benchmarks.open(f"bench_experiment={experiment}")
    commands = results.fill_commands(results.board(experiment))
    box = benchmarks.page.get_by_text("Measure what is missing")
    expect(box).to_have_count(1 if commands else 0)
    if commands:
        box.click()
    told = benchmarks.page.get_by_test_id("stExpander").get_by_test_id("stCode")
    expect(told).to_have_count(len(commands))
    assert [code.strip() for code in told.all_inner_texts()] == list(commands)
