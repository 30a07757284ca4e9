import io
import re
from statistics import mean, stdev

import pandas as pd
import pytest
from scipy.stats import ttest_ind

from glot.experiments.best import best
from glot.experiments.export import (
    MISSING,
    as_csv,
    as_latex,
    as_markdown,
    column_titles,
    entry,
    laid_out,
)
from glot.experiments.paper import numbers_of
from glot.experiments.planned import Planned, with_planned
from glot.experiments.tables import paper_summary, records_of, summary, wide
from tests.unit.experiments.rows import row

VALUES = {
    "mean": (50.0, 51.0, 52.0),
    "adapool": (79.0, 80.5, 82.0),
    "glot": (80.0, 82.0, 84.0),
    "deepsets": (70.0, 90.0, 50.0),
}


def table(values=VALUES, **other):
    return summary(
        [row(m, v, 42 + s, **other) for m, vs in values.items() for s, v in enumerate(vs)]
    )


def starred(frame):
    return set(frame.loc[best(frame), "method"])


def test_the_best_and_all_that_the_seeds_do_not_tell_from_it():
    wanted = {
        m for m, vs in VALUES.items() if ttest_ind(vs, VALUES["glot"], equal_var=False)[1] > 0.05
    }
    assert wanted == {"adapool", "glot", "deepsets"}
    assert starred(table()) == wanted


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0])
def test_ties_are_those_of_welchs_test(shift):
    a, b = (80.0, 80.4, 81.1, 79.7), tuple(v + shift for v in (80.3, 80.9, 81.4))
    apart = ttest_ind(a, b, equal_var=False).pvalue < 0.05
    top = "glot" if mean(b) > mean(a) else "mean"
    assert starred(table({"mean": a, "glot": b})) == ({top} if apart else {"mean", "glot"})


def test_without_a_spread_only_equals_tie():
    assert starred(table({"mean": (80.0,), "glot": (80.1,)})) == {"glot"}
    assert starred(table({"mean": (80.1,), "glot": (80.1,)})) == {"mean", "glot"}
    # Seeds that all agree are a spread of zero, not an unknown one.
    assert starred(table({"mean": (80.0, 80.0), "glot": (80.1, 80.1)})) == {"glot"}


def test_blocks_do_not_meet():
    ours = table()
    others = [table(regime="fixed"), table(backbone="smollm2"), table(task="stress-strict-0.5")]
    theirs = paper_summary(numbers_of("stress", "BERT"))
    frame = pd.concat([ours, *others, theirs], ignore_index=True)
    apart = pd.concat([best(part) for part in (ours, *others, theirs)], ignore_index=True)
    assert list(best(frame)) == list(apart)
    assert starred(theirs) == {"Glot"}
    assert best(theirs).sum() == 4


def test_what_has_nothing_beside_it_is_not_the_best_and_costs_are_no_contest():
    assert not best(table({"glot": (80.0, 81.0)})).any()
    assert not best(table(metric="train_ms")).any()


def test_csv_holds_every_digit():
    frame = table()
    read = pd.read_csv(io.StringIO(as_csv(frame)))
    for line in read.itertuples():
        assert line.value == pytest.approx(mean(VALUES[line.method]), abs=1e-12)
        assert line.deviation == pytest.approx(stdev(VALUES[line.method]), abs=1e-12)
        assert line.seeds == 3
    assert set(read.loc[read["best"], "method"]) == {"adapool", "glot", "deepsets"}


def test_markdown_is_the_table_as_it_is_read():
    text = as_markdown(table())
    lines = text.splitlines()
    assert lines[0] == "| Method | strict 90 % |"
    assert lines[1] == "| --- | ---: |"
    assert "| Mean | 51.00 ± 1.00 (3) |" in lines
    assert "| GLOT | **82.00 ± 2.00 (3)** |" in lines
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_latex_has_a_cell_for_every_column_and_escapes_names():
    frame = table({"glot, all edges": (80.0, 81.0), "a_b & 100 %": (50.0, 50.5)})
    text = as_latex(frame)
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {1}
    assert r"a\_b \& 100 \%" in text
    assert r"\textbf{80.50 $\pm$ 0.71 (2)}" in text
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert text.count(rule) == 1
    assert not re.search(r"[±τ−]", text.partition(r"\begin")[2])


def test_braces_and_backslashes_cannot_break_latex():
    text = as_latex(table({"a\\b{c}": (1.0,), "x^y~z": (2.0,)}))
    assert r"a\textbackslash{}b\{c\}" in text
    assert r"x\textasciicircum{}y\textasciitilde{}z" in text


def test_pipes_and_markup_cannot_break_markdown():
    text = as_markdown(table({"a|b<i>": (1.0,), "c*d": (2.0,)}))
    assert r"a\|b\<i>" in text
    assert r"c\*d" in text


def test_the_layout_is_that_of_the_printed_tables():
    frame = pd.concat([table(), table(task="stress-paper-0.5")], ignore_index=True)
    texts = laid_out(frame, entry)
    pd.testing.assert_frame_equal(texts, wide(frame).astype(object))


def test_what_is_planned_and_not_measured_is_told():
    plans = [
        Planned("stress", "minilm", "stress-strict-0.9", "glot", "searched", 10),
        Planned("stress", "smollm2", "stress-strict-0.9", "glot", "searched", 3),
    ]
    frame = with_planned(table({"glot": (80.0, 82.0, 84.0)}), plans)
    told = [entry(record) for record in records_of(frame)]
    assert told == ["82.00 ± 2.00 (3 of 10)", MISSING]
    assert f"| smollm2 | {MISSING} |" not in as_markdown(frame)
    assert f"| {MISSING} |" in as_markdown(frame)


def test_titles_say_no_more_than_tells_columns_apart():
    rows = [
        row(task="cola", split="dev", metric="matthews"),
        row(task="mnli", split="dev_matched", metric="accuracy"),
        row(task="mnli", split="dev_mismatched", metric="accuracy"),
    ]
    titles = column_titles(laid_out(summary(rows), entry))
    assert titles == [
        "CoLA · Matthews",
        "MNLI · matched · accuracy",
        "MNLI · mismatched · accuracy",
    ]
    one = [row(task="stress-strict-0.9"), row(task="stress-strict-0.99")]
    assert column_titles(laid_out(summary(one), entry)) == ["strict 90 %", "strict 99 %"]
