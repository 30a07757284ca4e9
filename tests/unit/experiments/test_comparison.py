import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap, zscore

from glot.errors import GlotError
from glot.experiments.comparison import (
    CATEGORIES,
    crossed_interval,
    group_of,
    paired_difference,
    z_scores,
)
from glot.experiments.paper import numbers_of, paper_frame
from tests.unit.experiments.rows import row


def hits(rate, seed, n=400):
    return list(np.random.default_rng(seed).random(n) < rate)


def test_the_difference_of_hits_is_that_of_the_accuracies():
    a = [row("glot", seed=s, right=hits(0.8, s)) for s in (42, 43, 44)]
    b = [row("deepsets", seed=s, right=hits(0.7, s + 10)) for s in (42, 43, 44)]
    found = paired_difference(a, b)
    by_seed = [x.value - y.value for x, y in zip(a, b, strict=True)]
    assert found.difference == pytest.approx(np.mean(by_seed))
    assert (found.over, found.metric) == ("seeds and examples", "accuracy")
    assert (found.n_seeds, found.n_examples) == (3, 400)
    assert found.seed_mean == pytest.approx(np.mean(by_seed))
    assert (found.seed_min, found.seed_max) == (min(by_seed), max(by_seed))
    assert found.low < found.difference < found.high


def two_sided(reference):
    return reference.confidence_interval.low, reference.confidence_interval.high


@pytest.mark.parametrize("n", [3, 30, 400])
@pytest.mark.parametrize("column", [True, False])
def test_along_one_dimension_the_interval_is_scipys(n, column):
    values = np.random.default_rng(n).normal(size=n)
    found = crossed_interval(values[:, None] if column else values[None])
    reference = bootstrap(
        (values,), np.mean, n_resamples=9_999, method="percentile", rng=np.random.default_rng(1)
    )
    assert found == pytest.approx(two_sided(reference), abs=np.ptp(values) / 30)


def test_seeds_that_disagree_widen_the_interval():
    """Every example says the same, and one seed of three the opposite of the others."""
    values = np.array([[4.0], [4.0], [-5.0]]) + np.random.default_rng(0).normal(size=(3, 500))
    low, high = crossed_interval(values)
    assert low < -1.5
    assert high > 3.5
    agreeing = crossed_interval(np.abs(values))
    assert agreeing[0] > 3.5


def test_nothing_to_draw_from_gives_no_interval():
    assert crossed_interval(np.ones((1, 1))) == (None, None)


def test_pairs_know_more_than_two_lists():
    """b is wrong wherever a is, and once more in twenty: all differences are of one sign."""
    a = [i % 3 > 0 for i in range(300)]
    b = [right and i % 20 > 0 for i, right in enumerate(a)]
    found = paired_difference([row("glot", right=a)], [row("deepsets", right=b)])
    assert found.difference == pytest.approx(100 * 10 / 300)
    assert found.low > 0
    same = paired_difference([row("glot", right=a)], [row("deepsets", right=a)])
    assert (same.difference, same.low, same.high) == (0, 0, 0)


def test_the_same_call_gives_the_same_interval():
    a, b = [row("glot", right=hits(0.8, 1))], [row("deepsets", right=hits(0.7, 2))]
    assert paired_difference(a, b) == paired_difference(a, b)


def test_hits_behind_another_metric_speak_of_accuracy():
    about = {"task": "cola", "metric": "matthews"}
    a = [row("glot", 40.0, right=[1, 1, 1, 0], **about)]
    b = [row("deepsets", 30.0, right=[1, 0, 1, 0], **about)]
    found = paired_difference(a, b)
    assert (found.metric, found.difference) == ("accuracy", 25.0)
    assert (found.seed_metric, found.seed_mean) == ("matthews", 10.0)


def test_without_hits_seeds_are_drawn():
    about = {"task": "stsb", "metric": "spearman"}
    a = [row("glot", v, seed, **about) for seed, v in ((42, 81.0), (43, 83.0), (44, 82.0))]
    b = [row("deepsets", v, seed, **about) for seed, v in ((44, 80.0), (42, 80.0), (43, 80.0))]
    found = paired_difference(a, b)
    assert (found.over, found.metric) == ("seeds", "spearman")
    assert (found.difference, found.seed_min, found.seed_max) == (2.0, 1.0, 3.0)
    assert found.low == pytest.approx(1.0, abs=0.5)
    assert found.high == pytest.approx(3.0, abs=0.5)


def test_one_seed_without_hits_has_no_interval():
    found = paired_difference([row("glot", 81.0)], [row("deepsets", 80.0)])
    assert (found.difference, found.low, found.high, found.n_seeds) == (1.0, None, None, 1)


def test_hits_of_samples_of_another_size_are_not_paired():
    found = paired_difference(
        [row("glot", right=[1] * 8)], [row("deepsets", right=[1, 0, 1, 0, 1, 1])]
    )
    assert (found.over, found.low) == ("nothing", None)


def test_only_seeds_of_both_count():
    a = [row("glot", 90.0, 42), row("glot", 70.0, 43)]
    b = [row("deepsets", 60.0, 43), row("deepsets", 10.0, 44)]
    assert paired_difference(a, b).difference == 10.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([row("glot")], [row("deepsets", task="cola")]),
        ([row("glot")], [row("deepsets", split="dev")]),
        ([row("glot")], [row("deepsets", metric="f1")]),
        ([row("glot")], [row("deepsets", backbone="smollm2")]),
        ([row("glot", seed=42)], [row("deepsets", seed=43)]),
        ([row("glot"), row("glot", 81.0)], [row("deepsets")]),
        ([], []),
    ],
)
def test_rows_that_are_no_pair_are_refused(a, b):
    with pytest.raises(GlotError, match="Accepted"):
        paired_difference(a, b)


def test_z_scores_of_table_1_are_scipys():
    frame = paper_frame(numbers_of("glue"))
    found = z_scores(frame).set_index(["backbone", "method", "category"])["z"]
    bert = frame[frame["backbone"] == "BERT"]
    each = {
        key: dict(zip(part["method"], zscore(part["value"]), strict=True))
        for key, part in bert.groupby(["task", "split"])
    }
    for method in ("[CLS]", "Mean", "Max", "AdaPool", "Glot"):
        z = {key: values[method] for key, values in each.items()}
        single = np.mean([z["cola", "dev"], z["sst2", "dev"]])
        assert found["BERT", method, "single sentence"] == pytest.approx(single)
        mnli = np.mean([z["mnli", "dev_matched"], z["mnli", "dev_mismatched"]])
        inference = np.mean([mnli, *(z[task, "dev"] for task in ("qnli", "rte", "wnli"))])
        assert found["BERT", method, "inference"] == pytest.approx(inference)


def test_figure_4_glot_has_the_highest_z_score_everywhere():
    """Appendix C: GLOT "consistently achieves the highest z-score"."""
    found = z_scores(paper_frame(numbers_of("glue")))
    best = found.loc[found.groupby(["backbone", "category"])["z"].idxmax()]
    assert len(best) == 6 * len(CATEGORIES)
    assert set(best["method"]) == {"Glot"}


def test_a_task_stands_under_its_protocol_or_category():
    assert group_of("stress-strict-0.9", "strict") == "strict protocol"
    assert group_of("qqp", "") == "similarity and paraphrase"
    assert group_of("imdb", "") == ""


def scores(*records):
    columns = ["backbone", "regime", "method", "task", "split", "metric", "value"]
    return pd.DataFrame(records, columns=columns)


def test_a_task_that_not_all_were_measured_on_is_left_out():
    found = z_scores(
        scores(
            ("minilm", "searched", "mean", "cola", "dev", "matthews", 10.0),
            ("minilm", "searched", "glot", "cola", "dev", "matthews", 20.0),
            ("minilm", "searched", "glot", "cola", "dev", "accuracy", 0.0),
            ("minilm", "searched", "glot", "sst2", "dev", "accuracy", 90.0),
            ("minilm", "searched", "glot", "imdb", "test", "accuracy", 90.0),
            ("minilm", "fixed", "glot", "rte", "dev", "accuracy", 50.0),
            ("minilm", "fixed", "mean", "rte", "dev", "accuracy", 50.0),
        )
    )
    told = {(r.regime, r.method, r.category): (r.z, r.tasks) for r in found.itertuples()}
    assert told == {
        ("searched", "mean", "single sentence"): (-1.0, 1),
        ("searched", "glot", "single sentence"): (1.0, 1),
        ("fixed", "glot", "inference"): (0.0, 1),
        ("fixed", "mean", "inference"): (0.0, 1),
    }
