"""A user's own files: what is read, what is refused, and in which words."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from glot.cli.options import chosen_task
from glot.errors import GlotError
from glot.tasks import delimited, files, get_task, parquet, splits
from glot.tasks.files import read_lines, read_table
from glot.tasks.own import OwnColumns, own_task

N = 40


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "text": [f"text number {i}" for i in range(N)],
            "label": ["good" if i % 2 else "bad" for i in range(N)],
        }
    )


def write(frame, path):
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(path, index=False),
    }
    writers[path.suffix]()
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_file_is_read_the_same(tmp_path, frame, suffix):
    task = own_task(write(frame, tmp_path / f"my data{suffix}"))
    assert task.name == "my_data"
    assert task.labels == ("bad", "good")
    train, test = task.load("train"), task.load("test")
    assert (len(train), len(test)) == (N - N // 5, N // 5)
    assert not set(train.texts) & set(test.texts)
    for rows in (train, test):
        for text, label in zip(rows.texts, rows.labels, strict=True):
            assert task.labels[int(label)] == ("good" if int(text.split()[-1]) % 2 else "bad")


def test_a_path_is_a_task_for_the_command_line_alone(tmp_path, frame):
    path = write(frame, tmp_path / "mine.csv")
    assert chosen_task(str(path), OwnColumns()).labels == ("bad", "good")
    # A name may come in a link to the dashboard: it must not open files.
    with pytest.raises(GlotError, match="Unknown task"):
        get_task(str(path))


def test_columns_of_other_names(tmp_path, frame):
    path = write(frame.rename(columns={"text": "Review", "label": "Stars"}), tmp_path / "a.csv")
    with pytest.raises(GlotError, match=r"the columns are Review, Stars.*--text-column"):
        own_task(path)
    with pytest.raises(GlotError, match="column 'stars'"):
        own_task(path, OwnColumns(text="Review", label="stars"))
    assert own_task(path, OwnColumns(text="Review", label="Stars")).labels == ("bad", "good")


def test_pairs_and_a_test_file(tmp_path, frame):
    pairs = frame.rename(columns={"text": "text_a"}).assign(text_b=[f"b {i}" for i in range(N)])
    test = pairs.iloc[:6].assign(text_a=[f"new {i}" for i in range(6)])
    task = own_task(write(pairs, tmp_path / "a.csv"), test=write(test, tmp_path / "b.csv"))
    assert task.pairs
    assert task.head == "classifier"
    assert len(task.load("train")) == N
    assert task.load("test").texts == tuple(test["text_a"])


@pytest.mark.parametrize(
    ("labels", "kind", "names"),
    [
        ([str(i % 3) for i in range(N)], "classification", ("0", "1", "2")),
        ([i % 12 for i in range(N)], "classification", tuple(map(str, range(12)))),
        (["NA" if i % 2 else "None" for i in range(N)], "classification", ("NA", "None")),
        ([f"0{i % 2}" for i in range(N)], "classification", ("00", "01")),
        ([i / 7 for i in range(N)], "regression", ()),
        (list(range(N)), "regression", ()),
    ],
)
def test_what_labels_look_like(tmp_path, frame, labels, kind, names):
    task = own_task(write(frame.assign(label=labels), tmp_path / "a.csv"))
    assert task.kind == kind
    assert task.labels == names
    assert task.head == ("classifier" if names else "regression")


def test_numbers_can_be_asked_for(tmp_path, frame):
    path = write(frame.assign(label=[i % 3 for i in range(N)]), tmp_path / "a.jsonl")
    task = own_task(path, OwnColumns(kind="regression"))
    assert task.kind == "regression"
    assert set(task.load("train").labels) == {0.0, 1.0, 2.0}


def test_classes_of_a_trained_head_are_kept(tmp_path, frame):
    path = write(frame.assign(label="good"), tmp_path / "a.csv")
    task = own_task(path, labels=("awful", "bad", "good"))
    assert task.labels == ("awful", "bad", "good")
    assert set(task.load("test").labels) == {2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "good"}, "All rows have the label 'good'"),
        ({"label": [f"tale {i}" for i in range(N)]}, f"{N} rows have {N} different labels"),
        ({"text": ["", " "] + ["x y"] * (N - 2)}, "2 rows have no text: row 1, 2"),
        ({"label": ["good", ""] + ["bad"] * (N - 2)}, "1 row has no label: row 2"),
    ],
)
def test_rows_that_cannot_be_used_are_told(tmp_path, frame, change, message):
    with pytest.raises(GlotError, match=message):
        own_task(write(frame.assign(**change), tmp_path / "a.csv"))


def test_rows_that_cannot_be_used_can_be_left_out(tmp_path, frame):
    frame.loc[3, "text"], frame.loc[5, "label"] = "", ""
    task = own_task(write(frame, tmp_path / "a.csv"), OwnColumns(drop_empty=True))
    rows = [*task.load("train").texts, *task.load("test").texts]
    assert len(rows) == N - 2
    assert "2 rows without text or label left out" in task.load("train").source


def test_missing_cells_of_parquet_and_json_are_empty_ones(tmp_path, frame):
    frame = frame.assign(label=[None, np.nan] + ["good", "bad"] * ((N - 2) // 2))
    for suffix in (".parquet", ".jsonl"):
        with pytest.raises(GlotError, match="2 rows have no label"):
            own_task(write(frame, tmp_path / f"a{suffix}"))


def test_labels_that_are_no_numbers_are_told(tmp_path, frame):
    with pytest.raises(GlotError, match=r"'bad', 'good'.*Accepted: numbers"):
        own_task(write(frame, tmp_path / "a.csv"), OwnColumns(kind="regression"))


def test_another_encoding(tmp_path, frame):
    frame = frame.assign(text=[f"schön {i}" for i in range(N)])
    path = tmp_path / "a.csv"
    frame.to_csv(path, index=False, encoding="latin-1")
    with pytest.raises(GlotError, match=r"not utf-8.*--encoding"):
        own_task(path)
    assert "schön" in own_task(path, OwnColumns(encoding="latin-1")).load("train").texts[0]
    with pytest.raises(GlotError, match="Unknown encoding"):
        own_task(path, OwnColumns(encoding="klingon"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"\n \n", "a.csv is empty"),
        ("a.csv", b"text,label\n", "no rows"),
        ("a.csv", b'text,label\n"a,1\n', "Cannot read a.csv.*double quotes"),
        # Pandas would take the text's beginning for the name of its row, and say nothing.
        ("a.csv", b"text,label\nGood, so good,1\nBad, so bad,0\n", "more cells than.*quotes"),
        ("a.csv", b"text,label\nGood,1\nBad, so bad,0\n", "Cannot read a.csv.*double quotes"),
        ("a.csv", b"PK\x03\x04\x14\x00\x00\x00\xf9", "a zip file.*not .csv.*Unpack it"),
        ("a.tsv", b"PAR1\x15\x04", "a parquet file.*Name it .parquet"),
        ("a.jsonl", b"\x1f\x8b\x08\x00", "a gzip file"),
        ("a.jsonl", b'{"text": "a"\n', "Cannot read a.jsonl"),
        ("a.parquet", b"PAR1 no", "Cannot read a.parquet"),
        ("a.xlsx", b"", "Accepted: .csv, .tsv, .jsonl, .parquet"),
    ],
)
def test_files_that_cannot_be_read_are_told(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GlotError, match=message):
        own_task(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_parts_cells_is_guessed_from_the_header(tmp_path, encoding, separator, quoting):
    texts = ["A; b, c | d", 'she said "no; yes"', "two\nlines, here", "ä\tö", "", "a;b;c;d"] * 3
    frame = pd.DataFrame({"text": texts, "label": list("xyzxyz") * 3, "price": ["1,5"] * 18})
    path = tmp_path / "a.csv"
    frame.to_csv(path, sep=separator, encoding=encoding, index=False, quoting=quoting)
    # Where semicolons part cells, commas are decimal ones.
    expected = frame.assign(price="1.5") if separator == ";" else frame
    read = read_table(path, encoding)
    assert read.to_dict("list") == expected.to_dict("list")


def test_a_header_that_tells_nothing_leaves_what_the_ending_says(tmp_path):
    for name, header in (("a.csv", "text"), ("a.tsv", "question; answer\tlabel")):
        (tmp_path / name).write_text(f"{header}\nWhy; how\tx\n")
        assert "\t".join(read_table(tmp_path / name).columns) == header


def test_rows_that_end_in_a_separator_are_let_be(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\ngood,1,\nbad,0,\n")
    assert read_table(tmp_path / "a.csv").to_dict("list") == {
        "text": ["good", "bad"],
        "label": ["1", "0"],
    }


class StopError(Exception):
    pass


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_reading_can_be_ended_from_without(tmp_path, frame, suffix, monkeypatch):
    # A small file stands for a large one: signs of life come after every row.
    for module in (delimited, files, parquet):
        monkeypatch.setattr(module, "PORTION", 1)
    monkeypatch.setattr(splits, "OFTEN", 1)
    path = write(frame, tmp_path / f"a{suffix}")
    heard = []
    whole = own_task(path, alive=lambda: heard.append(1))
    assert whole.load("train").texts == own_task(path).load("train").texts
    # They are read once, and the cut looks at them three times.
    assert len(heard) >= 4 * N
    for last in range(len(heard)):
        left = iter(range(last))

        def alive(left=left):
            if next(left, None) is None:
                raise StopError

        with pytest.raises(StopError):
            own_task(path, alive=alive)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", ",".join(f"c{i}" for i in range(200_000)) + "\n1\n", "columns or more"),
        ("b.csv", "text,label\n" + "1," * 200_000 + "\n", "columns or more"),
        ("c.csv", '"a",' + ",".join(f"c{i}" for i in range(2_000)) + "\n1\n", "2,001 columns"),
        ("a.jsonl", '[]\n"' + "x" * 200_000 + '"\n', "line 2 is no JSON object"),
        ("b.jsonl", "".join(f'{{"c{i}": 1}}\n' for i in range(200_000)), "1,001 columns"),
    ],
)
def test_wide_tables_are_refused_before_they_are_made(tmp_path, name, content, told):
    (tmp_path / name).write_text(content)
    with pytest.raises(GlotError, match=told):
        read_table(tmp_path / name)


def test_a_text_of_many_commas_is_no_wide_table(tmp_path):
    text = "well, " * 4_000
    (tmp_path / "a.csv").write_text(f'text,label\n"{text}",x\n')
    assert read_table(tmp_path / "a.csv").to_dict("list") == {"text": [text], "label": ["x"]}


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(GlotError, match="There is no file"):
        own_task(tmp_path / "a.csv")
    with pytest.raises(GlotError, match="There is no file"):
        read_lines(tmp_path / "a.txt")


def test_cells_keep_their_own_letters(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "007", "label": "2020-01-01"}) + "\n")
    frame = read_table(tmp_path / "a.jsonl")
    assert frame.iloc[0].tolist() == ["007", "2020-01-01"]


def test_a_million_rows(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("text,label\n")
        file.writelines(f"row {i},{i % 2}\n" for i in range(1_000_000))
    assert len(read_table(path)) == 1_000_000
