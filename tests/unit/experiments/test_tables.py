from statistics import mean, stdev

import pandas as pd
import pytest

from glot.experiments.comparisons import comparisons
from glot.experiments.paper import PaperNumber, numbers_of
from glot.experiments.tables import (
    COLUMNS,
    INDEX,
    current,
    missing_commands,
    number_text,
    paper_summary,
    summary,
    wide,
)
from tests.unit.experiments.rows import row


def lines(frame):
    """A summary's lines by method, setting and task."""
    return {(r.method, r.setting, r.task): r for r in frame.itertuples()}


def test_a_line_is_mean_and_deviation_over_the_seeds():
    values = [80.0, 82.0, 87.0]
    frame = summary([row(value=v, seed=s) for s, v in enumerate(values)])
    assert list(frame) == list(COLUMNS)
    (line,) = frame.to_dict("records")
    assert line["value"] == pytest.approx(mean(values))
    assert line["deviation"] == pytest.approx(stdev(values))
    assert (line["seeds"], line["source"], line["group"]) == (3, "ours", "strict protocol")


def test_regimes_tasks_and_metrics_stay_apart():
    frame = summary(
        [
            row(),
            row(regime="fixed"),
            row(task="mrpc", split="dev", metric="f1"),
            row(task="mrpc", split="dev"),
            row(task="mnli", split="dev_matched"),
            row(task="mnli", split="dev_mismatched"),
            row(backbone="smollm2"),
        ]
    )
    assert len(frame) == 7
    assert set(frame["seeds"]) == {1}
    assert frame["deviation"].isna().all()


def test_the_trials_of_a_search_are_no_results():
    rows = [row(regime="search", split="validation", seed=41), row(split="validation"), row()]
    assert current(rows) == [rows[2]]
    assert current(rows, search=True) == rows


def test_the_latest_measurement_counts():
    old, new = row(value=1.0, date="2026-11-20"), row(value=2.0, date="2026-11-21")
    assert current([old, new]) == [new]
    # Ledgers that were merged hold their lines in any order.
    assert current([new, old]) == [new]
    again = row(value=3.0, date="2026-11-21")
    assert current([new, again]) == [again]
    others = [row(seed=43), row(metric="f1"), row(split="dev"), row("mean")]
    assert current([new, *others]) == [new, *others]


def test_a_plan_that_was_changed_leaves_nothing_of_its_former_self():
    def of(plan, seed, date="2026-11-20"):
        return row(seed=seed, cell=f"minilm/cola/glot/{plan}/seed-{seed}", date=date)

    former = [of("searched~aaaaaa", seed) for seed in (42, 43, 44)]
    other = of("fixed~aaaaaa", 42)
    changed = of("searched~bbbbbb", 42)
    assert current([*former, other, changed]) == [other, changed]
    # By date, where merging has mixed the lines.
    later = of("searched~bbbbbb", 42, date="2026-11-21")
    assert current([later, *former, other]) == [later, other]


def test_what_a_search_chose_is_no_name():
    rows = [row(settings={"lr": 1e-3}), row(task="stress-strict-0.5", settings={"lr": 2e-4})]
    assert set(summary(rows)["setting"]) == {""}


def test_a_setting_that_tells_rows_apart_names_them():
    rows = [
        row(value=float(v), seed=s, tau=t, cell=f"{t}-{s}", settings={"lr": 1e-3, "best_epoch": s})
        for v, (t, s) in enumerate([(0.2, 42), (0.2, 43), (0.6, 42), (0.6, 43)])
    ]
    found = lines(summary([*rows, row("mean", 50.0)]))
    assert {key[:2] for key in found} == {("glot", "τ 0.2"), ("glot", "τ 0.6"), ("mean", "")}
    assert found["glot", "τ 0.2", "stress-strict-0.9"].value == 0.5
    assert found["glot", "τ 0.6", "stress-strict-0.9"].seeds == 2


def test_a_wide_table_holds_every_number_once():
    frame = summary(
        [
            row("mean", 50.0),
            row("glot", 81.004, 42),
            row("glot", 82.0, 43),
            row("glot", 95.0, task="stress-strict-0.5"),
            row("glot", 70.0, task="stress-paper-0.9"),
        ]
    )
    table = wide(frame)
    assert list(table.index.names) == list(INDEX)
    assert [key[2] for key in table.index] == ["mean", "glot"]
    # The first protocol first, and its ratios in order.
    tasks = [column[1] for column in table.columns]
    assert tasks == ["stress-strict-0.5", "stress-strict-0.9", "stress-paper-0.9"]
    assert list(table.iloc[0]) == ["", "50.00 (1)", ""]
    assert list(table.iloc[1]) == ["95.00 (1)", "81.50 ± 0.70 (2)", "70.00 (1)"]


def test_the_papers_numbers_stand_beside_ours():
    ours = summary([row("glot", 99.0, task="stress-paper-0.9")])
    table = wide(pd.concat([ours, paper_summary(numbers_of("stress", "BERT"))]))
    assert [key[0] for key in table.index] == ["ours", *["paper"] * 5]
    column = ("paper protocol", "stress-paper-0.9", "test", "accuracy")
    assert table[column].iloc[0] == "99.00 (1)"
    assert table[column].xs("Glot", level="method").iloc[0] == "98.80"
    assert table.xs("Glot", level="method").index.get_level_values("regime")[0] == "Table 7"


def test_tables_that_disagree_stay_apart():
    """Tables 4 and 8 give Mistral's CoLA at τ 0.2 as 53.40 and 49.45."""
    frame = paper_summary(numbers_of("tau", "Mistral-7B"))
    found = frame[(frame["task"] == "cola") & (frame["setting"] == "τ 0.2")]
    assert dict(zip(found["regime"], found["value"], strict=True)) == {
        "Table 4": 53.40,
        "Table 8": 49.45,
    }


def test_a_bound_is_no_number():
    bound = PaperNumber("Table 17", "efficiency", "B", "", "Mean", "mean", "", "", "gb", 0.1, "<")
    assert wide(paper_summary([bound])).iloc[0, 0] == "<0.10"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (56.599999999999994, "56.60"),
        (-3.0, "-3.00"),
        (0.0, "0.00"),
        (0.043, "0.043"),
        (0.0001234, "0.000123"),
        (7.11e9, "7,110,000,000"),
        (23460.29, "23,460.29"),
        (100.0, "100.00"),
    ],
)
def test_numbers_are_not_cut(value, text):
    assert number_text(value) == text


def test_backbones_without_a_row_have_their_command():
    numbers = numbers_of("glue")
    every = missing_commands("glue", numbers, [])
    assert len(every) == 6
    assert every[0] == "glot reproduce glue --backbone bert-base-uncased"
    assert missing_commands("glue", numbers, [row(backbone="bert-base-uncased")]) == every[1:]
    # Fully fine-tuned models have none.
    fine_tuned = [n for n in numbers_of("contrastive") if n.method.startswith("SBERT")]
    assert missing_commands("contrastive", fine_tuned, []) == []


def test_what_the_graph_adds():
    names = ("deepsets", "glot, random edges", "glot, all edges", "mean", "glot")
    rows = [
        row(name, right=[i % (2 + k) > 0 for i in range(60)], seed=s)
        for k, name in enumerate(names)
        for s in (42, 43)
    ]
    found = comparisons(rows)
    assert [(c.a, c.b) for c in found] == [
        ("glot", "deepsets"),
        ("glot", "glot, random edges"),
        ("glot", "glot, all edges"),
    ]
    assert {(c.backbone, c.regime, c.task, c.split) for c in found} == {
        ("minilm", "searched", "stress-strict-0.9", "test")
    }
    first = found[0].result
    assert first.difference == pytest.approx(rows[-1].value - rows[0].value)
    assert (first.over, first.n_seeds, first.n_examples) == ("seeds and examples", 2, 60)


def test_other_glots_are_compared_with_the_control_too():
    rows = [row("deepsets"), row("glot, gcn"), row("glot, gin")]
    assert [(c.a, c.b) for c in comparisons(rows)] == [
        ("glot, gcn", "deepsets"),
        ("glot, gin", "deepsets"),
    ]


def test_kinds_of_similarity_are_compared_with_each_other():
    kinds = ("cosine", "centred", "shuffled")
    rows = [
        row(f"glot, {kind}", right=[i < 9 + k for i in range(20)]) for k, kind in enumerate(kinds)
    ]
    found = {(c.a, c.b): c.result.difference for c in comparisons(rows)}
    assert found == {
        ("glot, centred", "glot, cosine"): 5.0,
        ("glot, centred", "glot, shuffled"): -5.0,
        ("glot, cosine", "glot, shuffled"): -10.0,
    }


def test_glot_is_compared_with_what_is_fine_tuned():
    tuned = [row(name, settings={"rank": r}) for name, r in (("full", 0), ("adapters", 64))]
    found = comparisons([row("glot"), row("mean"), *tuned])
    assert [(c.a, c.b) for c in found] == [("glot", "full"), ("glot", "adapters")]
    assert comparisons([row("mean"), *tuned]) == []


def test_one_length_is_compared_with_none_and_methods_with_those_that_read_alike():
    plain = [row(name) for name in ("mean", "deepsets", "glot", "glot, all edges")]
    normed = [row(f"{name}, RMS") for name in ("mean", "deepsets", "glot", "glot, tau 0.1")]
    assert {(c.a, c.b) for c in comparisons([*plain, *normed])} == {
        ("glot", "deepsets"),
        ("glot", "glot, all edges"),
        ("glot, RMS", "deepsets, RMS"),
        ("glot, tau 0.1, RMS", "deepsets, RMS"),
        ("mean, RMS", "mean"),
        ("deepsets, RMS", "deepsets"),
        ("glot, RMS", "glot"),
    }


def test_heads_of_two_regimes_backbones_or_seeds_are_not_compared():
    assert comparisons([row("glot"), row("deepsets", regime="fixed")]) == []
    assert comparisons([row("glot"), row("deepsets", backbone="smollm2")]) == []
    assert comparisons([row("glot"), row("deepsets", seed=43)]) == []
    trials = {"regime": "search", "split": "validation"}
    assert comparisons([row("glot", **trials), row("deepsets", **trials)]) == []


def test_costs_are_not_compared():
    costs = {"regime": "measured", "metric": "train_ms", "split": "generated"}
    assert comparisons([row("glot", **costs), row("deepsets", **costs)]) == []


def test_a_tasks_first_metric_is_compared():
    about = {"task": "mrpc", "split": "dev"}
    rows = [
        row(method, 80.0, metric=metric, **about)
        for method in ("glot", "deepsets")
        for metric in ("f1", "accuracy")
    ]
    (found,) = comparisons(rows)
    assert found.result.seed_metric == "f1"
