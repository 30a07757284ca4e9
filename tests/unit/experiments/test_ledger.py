"""The results ledger as a file: what is written comes back, and what is broken is told."""

import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glot.errors import GlotError
from glot.experiments.ledger import append_rows, read_ledger
from glot.experiments.row import Row, pack_hits, unpack_hits
from tests.unit.experiments.rows import row


def test_rows_come_back_as_they_were(tmp_path):
    rows = [
        row(right=[1, 0, 1], settings={"lr": 1e-3, "head": "classifier"}, versions={"torch": "2"}),
        row("mean", 1 / 3, low=0.1, high=0.5, threads=2, parameters=10, seconds=0.25),
        row(experiment="glue", task="cola", metric="matthews", value=-3.0),
    ]
    append_rows(rows, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["glue.jsonl", "stress.jsonl"]
    assert read_ledger("stress", tmp_path).rows == tuple(rows[:2])
    assert read_ledger("", tmp_path).rows == (rows[2], *rows[:2])
    assert read_ledger("imdb", tmp_path).rows == ()


def test_rows_go_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_RESULTS", str(tmp_path / "elsewhere"))
    append_rows([row()])
    assert (tmp_path / "elsewhere" / "stress.jsonl").is_file()
    assert read_ledger("stress").rows == (row(),)


@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_hits_come_back(right):
    assert unpack_hits(row(right=right)) == right


def test_hits_are_where_labels_and_predictions_agree():
    packed = pack_hits([0, 1, 2, 1], [0, 2, 2, 1])
    assert unpack_hits(replace(row(), hits=packed, n_eval=4)) == [True, False, True, True]


BROKEN = {
    "{": "no JSON",
    "[1]": "no JSON object",
    json.dumps({**json.loads(row().line()), "schema": 2}): "schema is 2",
    json.dumps({**json.loads(row().line()), "colour": 1}): "colour",
    json.dumps({"schema": 1, "experiment": "stress"}): "missing",
    row().line().replace('"value": 80.0', '"value": NaN'): "value is nan",
    row().line().replace('"value": 80.0', '"value": "80"'): "value is '80'",
    row().line().replace('"seed": 42', '"seed": true'): "seed is True",
}


@pytest.mark.parametrize("line", BROKEN, ids=BROKEN.values())
def test_a_line_that_is_no_row_is_told_and_skipped(tmp_path, line):
    good = row(), row(seed=43)
    path = tmp_path / "stress.jsonl"
    path.write_text(f"{good[0].line()}\n\n{line}\n{good[1].line()}\n", encoding="utf-8")
    ledger = read_ledger("stress", tmp_path)
    assert ledger.rows == good
    (bad,) = ledger.bad
    assert (bad.path, bad.number) == (path, 3)
    assert str(bad).startswith("stress.jsonl, line 3 is skipped: ")
    assert BROKEN[line] in str(bad)


def test_bytes_that_are_no_text_are_told_and_skipped(tmp_path):
    (tmp_path / "stress.jsonl").write_bytes(b"\xff\xfe\n" + row().line().encode() + b"\n")
    ledger = read_ledger("stress", tmp_path)
    assert ledger.rows == (row(),)
    assert [bad.number for bad in ledger.bad] == [1]


def test_lines_that_say_the_same_count_once(tmp_path):
    append_rows([row(), row(seed=43)], tmp_path)
    merged = (tmp_path / "stress.jsonl").read_text() * 2
    (tmp_path / "stress.jsonl").write_text(merged + row(seed=44).line() + "\n")
    ledger = read_ledger("stress", tmp_path)
    assert [r.seed for r in ledger.rows] == [42, 43, 44]
    assert ledger.bad == ()


def test_a_torn_line_stays_alone_and_the_next_append_is_whole(tmp_path):
    path = tmp_path / "stress.jsonl"
    append_rows([row(), row(seed=43)], tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    append_rows([row(seed=44)], tmp_path)
    ledger = read_ledger("stress", tmp_path)
    assert [r.seed for r in ledger.rows] == [42, 44]
    assert [bad.number for bad in ledger.bad] == [2]


def _append_many(folder: Path, start: int) -> None:
    for number in range(start, start + 100):
        append_rows([row(seed=number, right=[1, 0] * 200)], folder)


def test_two_processes_lose_nothing(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_append_many, args=(tmp_path, start)) for start in (0, 1000)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    ledger = read_ledger("stress", tmp_path)
    assert ledger.bad == ()
    assert {r.seed for r in ledger.rows} == {*range(100), *range(1000, 1100)}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "1", True])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(GlotError, match="value is"):
        row(value=value)


@pytest.mark.parametrize("name", ["experiment", "cell", "task", "split", "metric", "backbone"])
def test_a_row_must_name_what_it_is_of(name):
    with pytest.raises(GlotError, match=f"without {name}"):
        replace(row(), **{name: ""})


def test_a_flat_row_holds_what_a_reader_needs():
    flat = row(settings={"lr": 1e-3}, versions={"torch": "2.13.0"}, right=[1, 0]).flat()
    needed = "experiment task split metric value backbone pooler conv protocol ratio tau seed"
    assert {*needed.split(), "n_train", "n_eval", "commit", "method", "regime"} <= set(flat)
    assert (flat["value"], flat["ratio"], flat["tau"]) == (50.0, 0.9, 0.6)
    assert (flat["lr"], flat["torch version"]) == (1e-3, "2.13.0")
    assert flat["command"] == f"glot reproduce stress --row {row().cell}"
    assert all(not isinstance(value, dict | list) for value in flat.values())
    assert "hits" not in flat


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="GLOT_RESULTS"):
        append_rows([row()], tmp_path / "file")


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "stress.jsonl").mkdir()
    with pytest.raises(GlotError, match="cannot be read"):
        read_ledger("stress", tmp_path)


def test_what_is_not_set_takes_no_room():
    values = json.loads(row("mean").line())
    assert not {"tau", "conv", "settings", "hits", "low"} & set(values)
    assert Row.parse(row("mean").line()) == row("mean")
    assert os.linesep not in row("mean").line()
