"""The Benchmarks page without a browser: comparisons, and what stands behind a number."""

from app.services import results, results_compared
from app.services.results import Wanted
from glot.experiments.comparisons import comparisons
from glot.experiments.ledger import append_rows
from glot.experiments.paper import numbers_of
from glot.experiments.tables import current
from tests.app.benchmarks_page import Benchmarks, measured
from tests.app.page import Page
from tests.unit.experiments.rows import row

DETAILS = """
from app.components.benchmarks.details import details
from app.services import results
details(results.board({experiment!r}), {key!r}, {place!r})
"""
STRICT = ("stress-strict-0.9", "test", "accuracy")
GLOT = ("ours", "minilm", "glot", "searched", "")


class Details(Page):
    """What opens on a click on a number."""

    def __init__(self, experiment: str, key: tuple[str, ...], place: tuple[str, ...]) -> None:
        super().__init__(DETAILS.format(experiment=experiment, key=key, place=place))


def test_comparisons_are_the_librarys_and_of_the_part_that_is_shown(ledger):
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
    page = Benchmarks()
    assert "Against DeepSets: ahead in 1, behind in 0, undecided in 0 of 1." in page.told()


def test_behind_a_number_stand_all_its_rows_and_their_commands(ledger):
    append_rows(measured())
    page = Details("stress", GLOT, STRICT)
    rows = [r for r in current(measured()) if r.method == "glot"]
    assert page.app.code[0].value.splitlines() == [r.command() for r in rows]
    by_seed, shared = (frame.value for frame in page.app.dataframe)
    assert list(by_seed) == ["seed 42", "seed 43", "seed 44"]
    assert list(by_seed.loc["value"]) == [str(r.value) for r in rows]
    told = set(by_seed.index) | set(shared.index)
    known = {name for name, value in rows[0].flat().items() if value not in ("", None)}
    assert told == known - {"command"}
    assert shared.loc["fingerprint", "every seed"] == "f" * 64


def test_behind_a_missing_number_stands_what_measures_it(ledger):
    key = ("ours", "smollm2", "glot, random edges", "chosen", "")
    page = Details("stress", key, STRICT)
    wanted = "stress-strict-0.9/glot-random-edges/chosen"
    assert page.app.code[0].value == f"glot reproduce stress --backbone smollm2 --only {wanted}"


def test_behind_a_number_of_the_papers_stands_its_table(ledger):
    number = next(n for n in numbers_of("tau") if n.tau == 0.4 and n.task == "cola")
    key = ("paper", number.backbone, number.method, number.table, "τ 0.4")
    page = Details("tau", key, ("cola", "dev", "matthews"))
    (fields,) = (frame.value for frame in page.app.dataframe)
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
