"""`glot reproduce` as a user meets it: quick, listed, resumed, one row again, and misspelt."""

import json

import pytest

from tests.unit.cli.run import glot, told, well


@pytest.fixture
def places(tmp_path):
    return {"GLOT_CACHE": tmp_path / "cache", "GLOT_RESULTS": tmp_path / "results"}


def quick(*arguments, **environment):
    call = ("reproduce", "stress", "--backbone", "minilm", "--dtype", "float32", "--quick")
    return glot(*call, *arguments, **environment)


def test_quick_rows_are_shown_resumed_and_measured_again(places):
    chosen = ("--only", "strict-0.9/", "--only", "fixed", "--only", "/mean/")
    missing = well(quick(*chosen, "--list", **places)).stdout.split()
    assert missing[0] == "missing"
    first = well(quick(*chosen, **places))
    assert "test accuracy" in first.stderr
    assert well(quick(*chosen, **places)).stderr == ""
    shown = well(glot("results", "--format", "json", **places)).stdout
    (row,) = json.loads(shown)
    assert row["cell"] == missing[1]
    assert (row["experiment"], row["pooler"], row["protocol"], row["ratio"]) == (
        "stress",
        "mean",
        "strict",
        0.9,
    )
    again = well(quick("--row", row["cell"], **places)).stdout
    assert f"{row['value']:.4f}; the ledger says {row['value']:.4f}" in again


def test_more_seeds_add_to_those_measured(places):
    chosen = ("--only", "strict-0.9/", "--only", "fixed", "--only", "/mean/")
    well(quick(*chosen, **places))
    more = well(quick(*chosen, "--seeds", "2", **places)).stderr
    assert "seed-43" in more
    assert "seed-42" not in more
    rows = json.loads(well(glot("results", "--format", "json", **places)).stdout)
    assert [row["seed"] for row in rows] == [42, 43]
    again = well(quick("--row", rows[1]["cell"], **places)).stdout
    assert f"{rows[1]['value']:.4f}; the ledger says {rows[1]['value']:.4f}" in again


def test_quick_rows_stay_out_of_the_projects_ledger(tmp_path):
    """Without GLOT_RESULTS they go into the cache, each time anew."""
    own = {"GLOT_CACHE": tmp_path / "cache", "GLOT_RESULTS": ""}
    for _ in range(2):
        done = well(quick("--only", "released-0.9/mean/fixed", **own))
        assert "released-0.9/mean/fixed" in done.stderr
        assert str(tmp_path / "cache") in done.stdout
    assert len(list((tmp_path / "cache").rglob("*.jsonl"))) == 1


def test_what_is_misspelt_is_told(places):
    told(glot("reproduce", "strss", **places), "strss", "stress")
    told(glot("reproduce", "stress", "--row", "minilm/nothing", **places), "minilm/nothing")
    told(glot("reproduce", "stress", "--backbone", "no such model", **places), "no such model")
