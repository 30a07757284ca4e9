"""The Benchmarks page without a browser: empty, partial, full and damaged ledgers."""

import subprocess
import sys

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.services import results, results_figures
from app.services.results import Wanted
from glot.experiments import EXPERIMENTS
from glot.experiments.catalogue import CATALOGUE
from glot.experiments.ledger import append_rows, read_ledger
from glot.experiments.paper import numbers_of
from glot.experiments.planned import planned
from glot.experiments.tables import comparisons, current, summary
from glot.paths import ROOT
from tests.unit.experiments.rows import row

PAGE = "from app.navigation import run\nrun('benchmarks')\n"
DETAILS = """
from app.components.benchmarks.details import details
from app.services import results
details(results.board({experiment!r}), {key!r}, {place!r})
"""
STRICT = ("stress-strict-0.9", "test", "accuracy")
GLOT = ("ours", "minilm", "glot", "searched", "")


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A ledger of the test's own, empty at first."""
    folder = tmp_path / "results"
    monkeypatch.setenv("GLOT_RESULTS", str(folder))
    monkeypatch.setenv("GLOT_CACHE", str(tmp_path / "cache"))
    return folder


def measured():
    """GLOT, its control and its ablations on three seeds, and what they were chosen by."""
    right = {"glot": 45, "deepsets": 30, "glot, random edges": 44, "mean": 26}
    rows = [
        row(method, seed=seed, right=[1] * (n - seed % 3) + [0] * (50 - n + seed % 3))
        for method, n in right.items()
        for seed in (42, 43, 44)
    ]
    return [*rows, row("glot", regime="search", split="validation", seed=41)]


def page(**parameters):
    app = AppTest.from_string(PAGE, default_timeout=120)
    app.query_params.update(parameters)
    app.run()
    assert not app.exception
    return app


def read(messages):
    return " ".join(message.value.replace("\\", "") for message in messages)


def shown(app):
    """The table as it stands on the page: what is seen in each cell."""
    (frame,) = (frame for frame in app.dataframe if "Method" in frame.value)
    return frame


def link(app, name):
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def test_it_opens_on_the_question_of_the_graph_without_torch():
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_string({PAGE!r}, default_timeout=120).run()
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
    app = page(bench_experiment=experiment)
    assert not app.error
    assert "Nothing to compare yet" in read(app.info)
    plans = [plan for plan in planned() if plan.experiment == experiment]
    frame = shown(app).value
    assert len(frame) >= len({(p.backbone, p.method, p.regime) for p in plans}) > 0
    codes = [code.value for code in app.code]
    assert f"glot reproduce {experiment} --backbone minilm" in codes
    assert app.selectbox("bench_experiment").value == experiment
    assert CATALOGUE[experiment].about in read(app.markdown)


@pytest.mark.parametrize("experiment", EXPERIMENTS.names())
def test_every_experiment_with_the_ledger_as_it_is(experiment):
    app = page(bench_experiment=experiment)
    assert not app.error
    assert not app.warning


def test_the_table_shows_what_the_library_says(ledger):
    append_rows(measured())
    app = page(bench_paper="0", bench_missing="0")
    frame = shown(app).value
    wanted = {line.method: line for line in summary(current(measured())).itertuples()}
    assert list(frame["Method"]) == ["Mean", "DeepSets", "GLOT", "GLOT, random edges"]
    assert list(frame["strict 90 %"]) == pytest.approx(
        [wanted[m].value for m in ("mean", "deepsets", "glot", "glot, random edges")]
    )
    assert "4 numbers from 12 rows" in read(app.markdown)


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
    frame = shown(page(bench_paper="0")).value
    assert len(frame) > 20
    # Behind "not measured": an infinity that sorts before every number.
    assert (frame["strict 90 %"] == float("-inf")).sum() > 10
    assert len(shown(page(bench_paper="0", bench_missing="0")).value) == 4


def test_the_papers_rows_can_be_hidden():
    frame = shown(page(bench_experiment="glue")).value
    assert set(frame["Source"]) == {"ours", "paper"}
    without = shown(page(bench_experiment="glue", bench_paper="0")).value
    assert "Source" not in without
    assert len(frame) - len(without) == 30


def test_the_part_that_is_shown_is_in_the_link_and_comes_from_it(ledger):
    append_rows([*measured(), *(row(m, regime="fixed") for m in ("glot", "deepsets"))])
    app = page(
        bench_experiment="stress",
        bench_backbones="minilm,BERT",
        bench_regime="searched",
        bench_group="strict protocol",
        bench_missing="0",
    )
    assert not app.warning
    frame = shown(app).value
    assert list(frame["Method"]) == ["Mean", "DeepSets", "GLOT", "GLOT, random edges"]
    app.selectbox("bench_group").set_value("paper protocol").run()
    assert link(app, "bench_group") == "paper protocol"
    assert link(app, "bench_backbones") == "minilm,BERT"
    assert set(shown(app).value["Method"]) == {"[CLS]", "Mean", "Max", "AdaPool", "GLOT"}
    app.toggle("bench_paper").set_value(False).run()
    assert link(app, "bench_paper") == "0"
    assert "Nothing is in the part" in read(app.info)


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
    app = page(**{key: value})
    assert told in read(app.warning)
    assert len(shown(app).value) > 4


def test_another_experiment_takes_its_choices_back_silently(ledger):
    append_rows(measured())
    app = page(bench_regime="searched", bench_group="strict protocol", bench_backbones="minilm")
    app.selectbox("bench_experiment").set_value("tau").run()
    assert not app.exception
    assert not app.warning
    assert not link(app, "bench_group")
    assert link(app, "bench_backbones") == "minilm"


def test_damaged_lines_are_told_with_file_and_number_and_skipped(ledger):
    append_rows(measured())
    path = ledger / "stress.jsonl"
    text = path.read_text()
    path.write_text('{"schema": 1\n' + text + "[]\n<b>*x*</b>\n")
    app = page(bench_paper="0", bench_missing="0")
    told = read(app.warning)
    for number in (1, len(measured()) + 2, len(measured()) + 3):
        assert f"stress.jsonl, line {number} is skipped" in told
    assert len(shown(app).value) == 4


def test_a_ledger_that_cannot_be_read_is_told(ledger):
    (ledger / "stress.jsonl").mkdir(parents=True)
    app = page()
    assert "cannot be read" in read(app.error)
    app.selectbox("bench_experiment").set_value("glue").run()
    assert not app.error


def test_a_changed_ledger_is_read_again(ledger):
    append_rows(measured())
    app = page(bench_paper="0", bench_missing="0")
    append_rows([row("max", 99.0, seed) for seed in (42, 43)])
    app.run()
    assert "Max" in list(shown(app).value["Method"])


def test_comparisons_are_the_librarys_and_of_the_part_that_is_shown(ledger):
    from app.services import results_compared

    append_rows(measured())
    board = results.board("stress")
    job = results_compared.comparisons(board)
    while not job.over:
        pass
    assert job.result == comparisons(list(board.rows))
    assert {each.b for each in job.result} == {"deepsets", "glot, random edges"}

    def of(**wanted):
        return results_compared.compared(job.result, board, Wanted(**wanted))

    assert of() == of(backbones=("minilm",)) == of(group="strict protocol") == job.result
    assert of(backbones=("BERT",)) == of(regime="fixed") == of(group="paper protocol") == []
    app = page()
    assert "Against DeepSets: ahead in 1, behind in 0, undecided in 0 of 1." in read(app.markdown)


def test_behind_a_number_stand_all_its_rows_and_their_commands(ledger):
    append_rows(measured())
    script = DETAILS.format(experiment="stress", key=GLOT, place=STRICT)
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    rows = [r for r in current(measured()) if r.method == "glot"]
    assert app.code[0].value.splitlines() == [r.command() for r in rows]
    by_seed, shared = (frame.value for frame in app.dataframe)
    assert list(by_seed) == ["seed 42", "seed 43", "seed 44"]
    assert list(by_seed.loc["value"]) == [str(r.value) for r in rows]
    told = set(by_seed.index) | set(shared.index)
    known = {name for name, value in rows[0].flat().items() if value not in ("", None)}
    assert told == known - {"command"}
    assert shared.loc["fingerprint", "every seed"] == "f" * 64


def test_behind_a_missing_number_stands_what_measures_it(ledger):
    key = ("ours", "smollm2", "glot, random edges", "chosen", "")
    script = DETAILS.format(experiment="stress", key=key, place=STRICT)
    app = AppTest.from_string(script, default_timeout=60).run()
    wanted = "stress-strict-0.9/glot-random-edges/chosen"
    assert app.code[0].value == f"glot reproduce stress --backbone smollm2 --only {wanted}"


def test_behind_a_number_of_the_papers_stands_its_table(ledger):
    number = next(n for n in numbers_of("tau") if n.tau == 0.4 and n.task == "cola")
    key = ("paper", number.backbone, number.method, number.table, "τ 0.4")
    script = DETAILS.format(experiment="tau", key=key, place=("cola", "dev", "matthews"))
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    (fields,) = (frame.value for frame in app.dataframe)
    assert fields.loc["value", "the paper"] == str(number.value)
    assert fields.loc["table", "the paper"] == number.table


def test_rows_that_a_setting_tells_apart_stay_apart(ledger):
    rows = [
        row(value=10 * tau + seed, seed=seed, tau=tau, cell=f"tau-{tau}-{seed}")
        for tau in (0.2, 0.6)
        for seed in (42, 43)
    ]
    append_rows(rows)
    board = results.board("stress")
    lines = board.lines[board.lines["setting"] != ""]
    ours = lines[lines["source"] == "ours"]
    assert list(ours["setting"]) == ["τ 0.2", "τ 0.6"]
    for line in ours.itertuples():
        key = tuple(getattr(line, name) for name in results.LINE)
        found = results.behind(board, key, STRICT)
        assert sum(r.value for r in found) / len(found) == line.value


def test_raw_rows_are_the_ledgers_own_lines(ledger):
    append_rows(measured())
    board = results.board("stress")
    lines = results.shown(board, Wanted())
    written = (ledger / "stress.jsonl").read_text().splitlines()
    got = results.raw_lines(board, lines).splitlines()
    assert set(got) < set(written)
    assert len(got) == 12
    assert results.raw_lines(board, lines[lines["method"] == "mean"]).count("\n") == 3


def test_main_metrics_are_the_first_of_a_task():
    board = results.board("glue")
    lines = results.shown(board, Wanted(metric="main"))
    both = lines.groupby(["task"])["metric"].unique()
    assert all(len(metrics) == 1 for metrics in both)
    assert {both["cola"][0], both["stsb"][0], both["mrpc"][0]} == {"matthews", "spearman", "f1"}
    assert len(results.shown(board, Wanted(metric="all"))) > len(lines)
    assert set(results.shown(board, Wanted(metric="accuracy"))["metric"]) == {"accuracy"}


def tau_row(tau, value, density, seed=42, backbone="minilm"):
    method = f"glot, tau {tau:g}"
    cell = f"{backbone}/cola/glot-tau-{tau:g}/fixed~aaaaaa/seed-{seed}"
    return row(
        method, value, seed, experiment="tau", task="cola", split="dev", metric="matthews",
        regime="fixed", tau=tau, density=density, backbone=backbone, cell=cell,
    )  # fmt: skip


def test_tau_is_drawn_with_its_density(ledger):
    append_rows([tau_row(t, 10 + t, 1 - t, seed) for t in (0.0, 0.6) for seed in (42, 43)])
    app = page(bench_experiment="tau")
    assert not app.error
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
    assert not page(bench_experiment="scaling").error
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
    assert not page(bench_experiment="efficiency").error
    board = results.board("efficiency")
    frame = results_figures.score_and_costs(results.shown(board, Wanted()), "cola/dev/matthews")
    (ours,) = frame[frame["source"] == "ours"].to_dict("records")
    assert (ours["score"], ours["parameters"], ours["milliseconds"]) == (8.5, 273_027.0, 12.3)
    assert ours["gigabytes"] == pytest.approx(9 * 2**20 / 1e9)
    theirs = frame[(frame["source"] == "paper") & (frame["method"] == "Full FT + EOS")]
    assert theirs["milliseconds"].tolist() == [1318.8]


def test_z_scores_are_the_librarys():
    from glot.experiments.comparison import z_scores

    board = results.board("glue")
    frame = results_figures.z_lines(results.shown(board, Wanted(metric="all")))
    rows = current(read_ledger("glue").rows)
    ours = frame[frame["source"] == "ours"].drop(columns="source").reset_index(drop=True)
    names = ["backbone", "regime", "method", "category"]
    wanted = z_scores(summary(rows)).sort_values(names, ignore_index=True)
    pd.testing.assert_frame_equal(
        ours.sort_values(names, ignore_index=True)[list(wanted)], wanted, check_dtype=False
    )
