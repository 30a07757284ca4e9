"""A ledger whose lines somebody has edited: `glot results` and the pages say what they can."""

import contextlib
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.page import Page, script_of
from tests.fuzz.mutate import json_mutated
from tests.unit.cli.test_bad_arguments import called
from tests.unit.experiments.rows import row

SOUND = [
    row(name, right=[i % 3 > 0 for i in range(12)], seed=seed, task=f"stress-strict-{ratio}")
    for name in ("glot", "mean")
    for seed in (42, 43)
    for ratio in (0.5, 0.9)
] + [
    row(name, value=50.0 + seed, seed=seed, experiment="glue", task="sst2", split="dev")
    for name in ("glot", "adapool")
    for seed in (42, 43)
]


@st.composite
def ledgers(draw):
    """The lines of a sound ledger, some of them changed in places."""
    random = Random(draw(st.integers(0, 2**32)))
    lines = [each.line().encode() for each in SOUND]
    for _ in range(random.randint(1, 6)):
        number = random.randrange(len(lines))
        with contextlib.suppress(TypeError):
            lines[number] = json_mutated(lines[number], random) or lines[number]
    return b"\n".join(lines) + b"\n"


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(ledgers(), st.sampled_from(("table", "csv", "json")))
def test_glot_results_of_any_ledger(ledger, content, output):
    write(ledger, content)
    code, out, err = called(["results", "--format", output])
    assert code in (0, 2)
    assert "Traceback" not in out + err


@pytest.mark.parametrize("page", ["benchmarks", "stress"])
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(ledgers())
def test_pages_of_any_ledger(ledger, page, content):
    write(ledger, content)
    for link in ({}, {"bench_experiment": "glue"} if page == "benchmarks" else {}):
        Page(script_of(page), **link)


def write(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("stress", "glue"):
        kept = [line for line in content.split(b"\n") if name.encode() in line[:80]]
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(kept) + b"\n")
