"""Which texts a map is made of."""

import numpy as np
import pytest

from glot.errors import GlotError
from glot.projection import rows as module
from glot.projection.rows import MapRows, file_rows, stress_rows, task_rows
from glot.tasks.own import OwnColumns, own_task
from glot.tasks.stress import SIZES, generate


def table(folder, lines, name="mine.csv"):
    path = folder / name
    path.write_text("text,label\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_stress_texts_are_the_first_of_the_test_split():
    found = stress_rows("strict", (0.9,), 30)
    made = generate("strict", "test", 0.9, 30)
    assert found.texts == made.texts
    assert found.labels == tuple(made.labels)
    assert set(found.ratios) == {0.9}
    assert found.classes == ("animal", "object")
    assert found.source == made.source


def test_several_ratios_share_the_rows_and_pairs_stay_whole():
    found = stress_rows("strict", (0.0, 0.5, 0.8), 100)
    assert len(found) == 96
    assert {ratio: found.ratios.count(ratio) for ratio in (0.0, 0.5, 0.8)} == {
        0.0: 32,
        0.5: 32,
        0.8: 32,
    }
    # One phrase has one number, at every ratio: cross-validation parts none of them.
    assert found.groups[:32] == found.groups[32:64]


def test_all_stress_texts_are_those_of_the_protocol():
    assert len(stress_rows("released", (0.5,), 0)) == SIZES["released"]["test"]
    with pytest.raises(GlotError, match="No distractor ratio"):
        stress_rows("strict", (), 10)


def test_a_file_is_read_whole_and_drawn_by_the_seed(tmp_path):
    path = table(tmp_path, [f"text {i},{'yes' if i % 3 else 'no'}" for i in range(50)])
    everything = file_rows(path, None, 0)
    assert everything.texts == tuple(f"text {i}" for i in range(50))
    assert everything.classes == ("no", "yes")
    assert everything.label(0) == "no"
    some = file_rows(path, None, 20)
    assert len(some) == 20
    assert some.texts == file_rows(path, None, 20).texts
    numbers = [int(text.split()[1]) for text in some.texts]
    assert numbers == sorted(numbers)
    assert numbers != list(range(20))
    assert some.notes == ("20 of 50 rows, as chosen: they were drawn at random (seed 42).",)


def test_more_rows_than_a_browser_pans_are_drawn_from(tmp_path):
    path = table(tmp_path, [f"text {i},{i % 2}" for i in range(100_001)])
    found = file_rows(path, None, 0)
    assert len(found) == module.MAX_ROWS == 100_000
    assert "100,000 of 100,001 rows, the most that is drawn" in found.notes[0]


def test_pairs_equal_texts_and_numbers(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("text_a,text_b,label\na,b,0.5\na,b,1.5\na,c,2.5\n", encoding="utf-8")
    found = file_rows(path, None, 0)
    assert found.shown(0) == "a ⏎ b"
    assert found.classes == ()
    assert found.label(1) == "1.5"
    assert found.units == (0, 0, 1)
    assert "2 rows have a text that another row has too" in found.notes[0]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a,x", "b,x"], "All rows have the label 'x'"),
        (["a,x"], "All rows have the label 'x'"),
        ([",x", "b,y"], "1 row has no text"),
    ],
)
def test_bad_files_are_told(tmp_path, lines, told):
    with pytest.raises(GlotError, match=told):
        file_rows(table(tmp_path, lines), OwnColumns(), 0)


def test_a_task_gives_its_reported_split(tmp_path):
    task = own_task(table(tmp_path, [f"text {i},{i % 2}" for i in range(40)]))
    found = task_rows(task, None, 5)
    assert set(found.texts) <= set(task.load("test").texts)
    assert len(found) == 5


def test_rows_are_checked():
    with pytest.raises(GlotError, match="0 texts"):
        MapRows((), (), (), "none")
    with pytest.raises(GlotError, match="no finite numbers"):
        MapRows(("a",), (np.nan,), (), "file")
    with pytest.raises(GlotError, match="One each"):
        MapRows(("a", "b"), (0.0, 1.0), (), "file", others=("c",))
