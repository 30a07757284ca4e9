"""What a user's file holds and what is wrong with it."""

import pandas as pd
import pytest

from glot.backbones.lengths import lengths_of
from glot.errors import GlotError
from glot.tasks.guess import guess_columns
from glot.tasks.own import OwnColumns, own_task
from glot.training.inspection import inspect_file

N = 300


def write(tmp_path, name="mine.csv", rows=N, **columns):
    frame = pd.DataFrame(
        {
            "text": [f"text number {i} of many" for i in range(rows)],
            "label": ["good" if i % 2 else "bad" for i in range(rows)],
        }
    )
    for column, values in columns.items():
        frame[column] = values
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return path


def problems(path, **more):
    return {problem.name: problem for problem in inspect_file(path, **more).problems}


def test_a_sound_file_has_no_problem(tmp_path):
    found = inspect_file(write(tmp_path))
    assert found.problems == ()
    assert found.refused is None
    assert found.rows == N
    assert dict(found.counts) == {"good": N // 2, "bad": N // 2}
    assert found.preview[0] == ("text number 0 of many", "bad")
    assert own_task(tmp_path / "mine.csv", found.columns).labels == ("bad", "good")


@pytest.mark.parametrize(
    ("columns", "text", "other", "label"),
    [
        ({"text": 1, "label": 2}, "text", "", "label"),
        ({"Review": 1, "Stars": 2}, "Review", "", "Stars"),
        ({"id": 0, "remark": 1, "kind": 2}, "remark", "", "kind"),
        ({"premise": 1, "hypothesis": 1, "label": 2}, "premise", "hypothesis", "label"),
        ({"score": 2, "second": 1, "first": 1}, "first", "second", "score"),
        ({"text_a": 1, "text_b": 1, "score": 0}, "text_a", "text_b", "score"),
        ({"a": 0, "b": 0}, "", "", ""),
    ],
)
def test_columns_are_guessed_by_name_else_by_what_they_hold(columns, text, other, label):
    made = {
        0: [str(i) for i in range(40)],
        1: [f"a longer text, number {i}" for i in range(40)],
        2: ["x" if i % 3 else "y" for i in range(40)],
    }
    guess = guess_columns(pd.DataFrame({name: made[kind] for name, kind in columns.items()}))
    assert (guess.columns.text, guess.columns.other, guess.columns.label) == (text, other, label)
    assert len(guess.reasons) == bool(text) + bool(label)


def test_what_was_asked_for_is_not_guessed_over():
    frame = pd.DataFrame({"text": ["a b"] * 4, "title": ["c d"] * 4, "label": ["x", "y"] * 2})
    asked = OwnColumns(text="title", single=True)
    assert guess_columns(frame, asked).columns == OwnColumns("title", label="label", single=True)


def test_a_single_text_beside_a_column_of_second_ones(tmp_path):
    path = write(tmp_path, text_b=[f"b {i}" for i in range(N)])
    assert inspect_file(path).columns.other == "text_b"
    single = inspect_file(path, OwnColumns(single=True)).columns
    assert single.other == ""
    assert not own_task(path, single).pairs
    with pytest.raises(GlotError, match="Single texts with a column"):
        OwnColumns(other="text_b", single=True)


def test_duplicates_and_texts_with_two_labels(tmp_path):
    texts = [f"text number {i} of many" for i in range(N)]
    # In other letters and spaces, as cuts compare them: rows 3 and 5, and rows 2, 4 and 6.
    texts[4] = "  TEXT number   2 of many"
    texts[3] = texts[5] = texts[1]
    found = problems(write(tmp_path, text=texts, label=["a"] * 3 + ["b"] + ["a", "b"] * 148))
    assert "1 row repeats" in found["duplicates"].told
    assert "in rows 3, 5" in found["duplicates"].told
    assert "1 text has different labels" in found["different-labels"].told
    assert "in rows 2, 4, 6" in found["different-labels"].told


def test_leaks_between_train_and_test(tmp_path):
    path = write(tmp_path)
    test = write(
        tmp_path, "test.csv", 10, text=[f"Text Number {i} of many" for i in range(295, 305)]
    )
    found = inspect_file(path, test=test)
    (leak,) = [problem for problem in found.problems if problem.name == "leak"]
    assert "5 of 10 rows of the test file" in leak.told
    assert "row 1, 2, 3, 4, 5." in leak.told
    assert found.test_rows == 10
    # Exactly those that training would learn by heart.
    task = own_task(path, found.columns, test)
    learnt = {text.lower() for text in task.load("train").texts}
    assert sum(text.lower() in learnt for text in task.load("test").texts) == 5


def test_pairs_leak_by_either_text(tmp_path):
    a, b = [f"a {i}" for i in range(N)], [f"b {i}" for i in range(N)]
    path = write(tmp_path, text_a=a, text_b=b)
    test = write(
        tmp_path, "t.csv", 4, text_a=["a 3", "n 1", "n 2", "n 3"], text_b=["m", "b 7", "a 9", "m 4"]
    )
    found = problems(path, columns=OwnColumns(text="text_a", other="text_b"), test=test)
    assert "3 of 4 rows" in found["leak"].told


def test_imbalance_and_rare_classes(tmp_path):
    found = problems(write(tmp_path, label=["good"] * 290 + ["bad"] * 7 + ["odd"] * 3))
    assert "'good' is the label of 97% of the rows, 'odd' of 1.0%" in found["imbalance"].told
    assert "2 classes have fewer than 10 rows: 'bad' (7), 'odd' (3)" in found["few-rows"].told
    assert "macro_f1" in found["imbalance"].remedy


def test_texts_beyond_the_context_are_counted_by_the_backbones_own_tokenizer(tmp_path):
    long = " ".join(["unbelievable"] * 600)
    texts = [long] * 3 + [f"text number {i} of many" for i in range(N - 3)]
    texts[:3] = [f"{long} {i}" for i in range(3)]
    found = problems(write(tmp_path, text=texts))
    assert "1.0% of the texts have more than 512 tokens" in found["too-long"].told
    assert "up to 603" in found["too-long"].told


def test_lengths_are_those_of_the_backbone(minilm):
    lengths = lengths_of("minilm")
    texts = ["A file has keys, but not maps.", "Über den Wolken 🙂", "x"]
    assert lengths.exact
    assert lengths.context == minilm.context
    assert lengths.count(texts) == minilm.encode(texts).mask.sum(1).tolist()


def test_a_backbone_that_is_not_at_hand_is_estimated(tmp_path):
    lengths = lengths_of("someone/model")
    assert (lengths.exact, lengths.context) == (False, 0)
    assert lengths.count(["one two three"]) == [4]
    long = [" ".join(["word"] * 700) + f" {i}" for i in range(N)]
    found = problems(write(tmp_path, text=long), backbone="someone/model")
    assert found["too-long"].told.startswith("About 100.0%")


@pytest.mark.parametrize(
    ("columns", "name", "told"),
    [
        ({"label": "good"}, "labels", "All rows have the label 'good'"),
        ({"label": [f"n {i}" for i in range(N)]}, "labels", f"{N} different labels"),
        ({"label": ["", *["a", "b"] * 149, "a"]}, "empty", "1 row without text or label: row 1"),
        ({"text": [" "] * N}, "no-rows", "No row has text and label"),
    ],
)
def test_what_would_be_refused_stops_with_the_reason(tmp_path, columns, name, told):
    path = write(tmp_path, **columns)
    found = inspect_file(path)
    stop = next(problem for problem in found.problems if problem.name == name)
    assert stop.severity == "stop"
    assert told in stop.told
    assert told in str(found.refused)
    with pytest.raises(GlotError):
        own_task(path, found.columns)


def test_empty_rows_are_a_note_where_they_are_left_out(tmp_path):
    path = write(tmp_path, label=["", *["a", "b"] * 149, "a"])
    found = inspect_file(path, OwnColumns(drop_empty=True))
    assert (found.refused, found.rows, found.empty) == (None, N - 1, 1)
    assert found.problems[0].severity == "note"


def test_numbers_and_what_is_none_among_them(tmp_path):
    path = write(tmp_path, label=[i / 7 for i in range(N)])
    found = inspect_file(path)
    assert found.kind == "regression"
    assert found.span == (0.0, pytest.approx((N - 1) / 7))
    path = write(tmp_path, label=["much", *map(str, range(N - 1))])
    told = problems(path, columns=OwnColumns(kind="regression"))
    assert "1 labels are no numbers" in told["labels"].told


def test_many_rows_are_told(tmp_path):
    found = problems(write(tmp_path, rows=50_001, backbone=["x"] * 50_001))
    assert "--n-train" in found["many"].remedy


def test_missing_columns_are_an_error(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(GlotError, match="the columns are a, b"):
        inspect_file(path)


def test_one_class_is_told_once(tmp_path):
    found = inspect_file(write(tmp_path, label=["same"] * N))
    assert [problem.name for problem in found.problems] == ["labels"]
    assert "1 class" in found.told()[0].split(" with ")
