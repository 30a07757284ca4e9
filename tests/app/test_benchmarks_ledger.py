"""The Benchmarks page without a browser: ledgers that are damaged, changed or written out."""

from app.services import results
from app.services.results import Wanted
from glot.experiments.ledger import append_rows
from tests.app.benchmarks_page import Benchmarks, measured
from tests.unit.experiments.rows import row


def test_damaged_lines_are_told_with_file_and_number_and_skipped(ledger):
    append_rows(measured())
    path = ledger / "stress.jsonl"
    text = path.read_text()
    path.write_text('{"schema": 1\n' + text + "[]\n<b>*x*</b>\n")
    page = Benchmarks(bench_paper="0", bench_missing="0")
    told = page.warnings()
    for number in (1, len(measured()) + 2, len(measured()) + 3):
        assert f"stress.jsonl, line {number} is skipped" in told
    assert len(page.table()) == 4


def test_a_ledger_that_cannot_be_read_is_told(ledger):
    (ledger / "stress.jsonl").mkdir(parents=True)
    page = Benchmarks()
    assert "cannot be read" in page.errors()
    page.app.selectbox("bench_experiment").set_value("glue").run()
    page.healthy()


def test_a_changed_ledger_is_read_again(ledger):
    append_rows(measured())
    page = Benchmarks(bench_paper="0", bench_missing="0")
    append_rows([row("max", 99.0, seed) for seed in (42, 43)])
    page.run()
    assert "Max" in list(page.table()["Method"])


def test_raw_rows_are_the_ledgers_own_lines(ledger):
    append_rows(measured())
    board = results.board("stress")
    lines = results.shown(board, Wanted())
    written = (ledger / "stress.jsonl").read_text().splitlines()
    got = results.raw_lines(board, lines).splitlines()
    assert set(got) < set(written)
    assert len(got) == 12
    assert results.raw_lines(board, lines[lines["method"] == "mean"]).count("\n") == 3
