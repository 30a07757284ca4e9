"""The training page without a browser: what a file holds, a run, its result, and bad input."""

import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import glot
from app.services import train, uploads
from app.state import map as map_state
from glot.heads.card import HeadCard
from glot.training.runs.result import read_result
from tests.app.explore_page import Explore
from tests.app.train_page import TrainPage


@pytest.fixture(autouse=True)
def folders(cache, tmp_path, monkeypatch):
    """Runs and heads of the test's own."""
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path


def csv(rows=40, **columns):
    words = np.random.default_rng(0).permutation(5000).astype(str)
    good = [i % 2 == 0 for i in range(rows)]
    frame = pd.DataFrame(
        {
            "text": [f"{'good' if g else 'bad'} film {words[i]}" for i, g in enumerate(good)],
            "label": ["good" if g else "bad" for g in good],
            **columns,
        }
    )
    return frame.to_csv(index=False).encode()


def test_it_opens_with_the_example_its_classes_and_its_problems():
    page = TrainPage().healthy()
    assert page.may_train()
    assert "84 texts." in page.told()
    assert "1 row repeats the text and label of another row" in page.told()
    (bars,) = page.figure()["data"]
    assert len(bars["y"]) == 3 or bars["y"]["bdata"]
    (preview,) = page.tables()
    assert preview[0]["Label"] == "praise"
    assert not page.app.selectbox("train_other").value


def test_semicolons_part_cells_and_a_guess_is_told_while_it_stands():
    rows = "".join(f"{i};a text, number {i};{'xy'[i % 2]};{'ab'[i % 3 % 2]}\n" for i in range(40))
    page = TrainPage().open(f"id;remark;kind;side\n{rows}".encode()).healthy()
    assert "Guessed: texts from “remark”" in page.told()
    assert page.tables()[0][0] == {"Text": "a text, number 0", "Label": "x"}
    page.select("train_label", "side").healthy()
    assert page.tables()[0][1] == {"Text": "a text, number 1", "Label": "b"}
    assert "Guessed" not in page.told()


def test_a_run_from_button_to_result():
    page = TrainPage(train_poolers="mean,glot", train_epochs="6").healthy()
    run = page.train()
    assert run.state().stage == "done", run.state()
    page.healthy()
    result = read_result(run)
    table = page.scores()
    assert [row["Pooler"] for row in table] == ["Mean", "GLOT"]
    assert table[1]["accuracy"] == f"{result.table[1].value:.1f}"
    assert table[0]["minus Mean"] == ""
    assert table[1]["minus Mean"] == f"{result.table[1].difference:+.1f}"
    # The card's own number, measured by the training itself, is that of the predictions.
    for name in ("mean", "glot"):
        card = HeadCard.read(run.checkpoint(name) / "config.json")
        told = card.metrics["evaluation"]["test"]
        assert result.reported[name].score() == pytest.approx(told["accuracy"])
        assert result.reported[name].interval() == pytest.approx(tuple(told["interval_95"]))
    # A confusion matrix of the head that is looked into.
    page.choose("train_pooler", "mean").healthy()
    own = result.reported["mean"]
    cells = [int(cell["text"]) for cell in page.figure(1)["layout"]["annotations"]]
    assert cells == own.confusion().ravel().tolist()
    assert f"{(own.labels == own.predicted).sum()} of {len(own.labels)} rows right" in page.told()
    # The surest errors, each with a link to Explore and this head.
    errors = own.errors()
    links = [link.proto for link in page.app.get("page_link") if "text=" in link.proto.query_string]
    assert len(links) == min(5, len(errors))
    assert "task=trains" in links[0].query_string
    assert "backbone=minilm" in links[0].query_string
    assert 'glot.load_head("minilm/trains/mean", backbone)' in page.app.code[0].value


def test_the_worst_error_can_be_opened_on_explore_with_its_head():
    page = TrainPage(train_poolers="mean", train_epochs="1").healthy()
    run = page.train()
    result = read_result(run)
    own = result.reported["mean"]
    worst = own.errors()[0]
    text = result.rows.texts[worst]
    explore = Explore(text=text, task=run.request.task).healthy()
    (told,) = explore.pooler("mean")["predictions"]
    assert explore.app.selectbox("task").options == [run.request.task]
    assert explore.meta["task_title"] == run.request.task
    # As wrong, and as sure, as the page said.
    assert np.argmax(told) == own.predicted[worst]
    assert max(told) == pytest.approx(own.certainty[worst], abs=0.02)


@pytest.mark.skipif(not hasattr(glot, "load_head"), reason="needs the library's glot.load_head")
@pytest.mark.parametrize("pairs", [False, True])
def test_the_lines_of_code_say_what_the_head_says(pairs, capsys):
    page = TrainPage(train_poolers="mean", train_epochs="1")
    if pairs:
        page.open(csv(text_b=[f"another text {i}" for i in range(40)]))
    run = page.healthy().train()
    exec(train.code(run, "mean"))
    printed = capsys.readouterr().out
    assert all(name in printed for name in read_result(run).classes)


def test_heads_go_along_without_any_row(folders):
    page = TrainPage(train_poolers="mean", train_epochs="1").healthy()
    run = page.train()
    from glot.training.runs.result import head_zip

    archive = zipfile.ZipFile(io.BytesIO(head_zip(run.checkpoint("mean"))))
    names = {f"mean/{name}" for name in ("model.safetensors", "config.json", "README.md")}
    assert set(archive.namelist()) == names
    everything = b"".join(archive.read(name) for name in archive.namelist())
    kept = (run.checkpoint("mean") / "predictions.parquet").read_bytes()
    for text in read_result(run).rows.texts:
        assert text.encode() not in everything
        assert text.encode() not in kept


def test_the_map_takes_texts_and_heads_over():
    page = TrainPage(train_poolers="mean,glot", train_epochs="1").healthy()
    run = page.train()
    page.click("train_map").healthy()
    upload = page.setting(map_state.KEPT_FILE)
    assert upload.content.count(b"\n") == 85
    assert page.setting("map_source") == "file"
    assert page.setting("task") == run.request.task
    assert page.setting("poolers") == ("mean", "glot")


def test_columns_are_guessed_and_can_be_corrected():
    page = TrainPage().open(csv(stars=[i % 5 for i in range(40)], note=["a b c d e f g"] * 40))
    page.healthy()
    assert page.app.selectbox("train_text").value == "text"
    assert page.app.selectbox("train_label").value == "label"
    page.select("train_label", "stars").healthy()
    assert "40 texts." in page.told()
    assert page.tables()[0][1]["Label"] == "1"
    page.select("train_text", "stars")
    assert "cannot be two things" in page.errors()
    assert not page.may_train()
    # Another file has other columns, which are guessed anew.
    frame = pd.DataFrame({"Remark": [f"a long text {i}" for i in range(30)], "S": ["x", "y"] * 15})
    page.open(frame.to_csv(index=False).encode(), "other.csv").healthy()
    assert page.app.selectbox("train_text").value == "Remark"
    assert page.app.selectbox("train_label").value == "S"
    assert "its cells are the longest" in page.told()


def test_a_leak_between_the_two_files_is_named():
    page = TrainPage().open(csv())
    test = csv().decode().splitlines()
    page.open("\n".join(test[:6]).encode(), "new.csv", "train_test_upload").healthy()
    assert "5 of 5 rows of the test file have a text that the training file has" in page.told()
    page.click("train_no_test").healthy()
    assert "test file" not in page.told()


def test_pasted_rows_of_a_spreadsheet():
    rows = "\n".join(f"good film {i}\tgood\nbad film {i}\tbad" for i in range(10))
    page = TrainPage().paste(f"text\tlabel\n{rows}").healthy()
    assert "20 texts." in page.told()
    assert page.may_train()
    assert not page.paste("  ").may_train()


def test_a_wrong_encoding_names_the_byte_and_can_be_chosen():
    content = csv().replace(b"film", "Ünglück".encode("latin-1"))
    page = TrainPage().open(content)
    at = content.index(b"\xdc")
    assert f"byte {at} (0xDC) cannot be read" in page.errors()
    assert not page.may_train()
    page.select("train_encoding", "latin-1").healthy()
    assert "Ünglück" in page.tables()[0][0]["Text"]
    assert page.may_train()


def test_a_file_that_unpacks_to_far_more_is_refused(folders):
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(1_000_000, dtype=np.int32)), pa.array(["x y " * 100_000])
    )
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "label": np.arange(1_000_000) % 2}), sink)
    assert len(sink.getvalue()) < 1_000_000
    page = TrainPage().open(sink.getvalue(), "bomb.parquet")
    assert "unpacks to" in page.errors()
    assert not page.may_train()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text,label\n", "has no rows"),
        (b"a;b\n1;2\n", "Choose the columns"),
        (csv(label=["good"] * 40), "All rows have the label 'good'"),
        (csv(label=[f"n {i}" for i in range(40)]), "40 different labels"),
        (b"text,label\n<script>alert(1)</script> hi,a\n[x](http://y) b,b\n", "2 rows"),
    ],
)
def test_files_that_teach_nothing_are_told_and_nothing_is_lost(content, message):
    page = TrainPage().open(content)
    assert message in page.told() + page.errors()
    if "2 rows" in message:
        # Markdown and HTML of a file are shown as they are.
        assert page.tables()[0][0]["Text"] == "<script>alert(1)</script> hi"
    else:
        assert not page.may_train()
    assert page.setting("train_kept_file").content == content
    page.choose("train_source", "example").healthy()
    assert page.may_train()


def test_a_file_over_the_limit_is_told_and_the_page_goes_on(monkeypatch):
    monkeypatch.setattr(uploads, "MEGABYTE", 10)
    page = TrainPage().open(csv(80))
    assert "mine.csv has 1," in page.errors()
    assert "at most 1,000 bytes" in page.errors()
    assert not page.may_train()
    page.choose("train_source", "example")
    assert "trains.csv has" in page.errors()


def test_empty_rows_are_left_out_or_refused():
    page = TrainPage().open(csv() + b",good\nx,\n").healthy()
    assert "2 rows without text or label: row 41, 42. They are left out." in page.told()
    page.app.toggle("train_drop").set_value(False)
    page.run()
    assert "switch on “Leave out rows without text or label”" in page.errors()
    assert not page.may_train()


def test_numbers_are_predicted():
    random = np.random.default_rng(0)
    page = TrainPage(train_poolers="mean", train_epochs="2")
    page.open(csv(label=random.normal(size=40).round(3))).healthy()
    assert "Labels are numbers from" in page.told()
    run = page.train()
    assert run.state().stage == "done", run.state()
    page.healthy()
    assert "spearman" in page.scores()[0]
    assert "farthest from the label" in page.told()


def test_what_the_page_was_asked_for_and_cannot_do_is_told():
    page = TrainPage(train_lr="7", train_poolers="median", train_run="gone").healthy()
    assert "train_lr" in page.warnings()
    assert "train_poolers" in page.warnings()
