"""The map's texts: a file of one's own, a task; what is wrong with them is told in words."""

import pytest

from app.services.embedding_work import in_boxes
from glot.errors import GlotError
from tests.app.map_page import MapPage


def test_a_file_of_ones_own():
    lines = [f"{'a fine film' if i % 2 else 'a dull film'} number {i},{i % 2}" for i in range(30)]
    page = MapPage(poolers="mean,glot", task="sst2")
    page.upload("text,label\n" + "\n".join(lines) + "\n").healthy()
    assert "map of 30 texts by Mean" in page.charts()[0]
    page.set(map_colour="error").healthy()
    assert "labels are 0, 1, and its head predicts negative, positive" in page.told()
    assert page.app.dataframe[0].value["GLOT"].isin(["negative", "positive"]).all()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\na,x\nb,x\n", "All rows have the label 'x'"),
        ("text,label\na,x\n", "All rows have the label 'x'"),
        ("text,label\na,0.5\n", "1 row."),
        ("text,label\nsame,x\nsame,y\n", "All 2 vectors are equal"),
        ("words,label\na,x\nb,y\n", "Name it in the box “Column of texts”"),
        ("text,label\n,x\nb,y\n", "delete such rows in the file"),
        ("text,label\n", "no rows"),
    ],
    ids=["one class", "one row", "one number", "equal", "no column", "blank", "empty"],
)
def test_bad_files_are_told_in_words(content, told):
    page = MapPage(poolers="mean", task="sst2").upload(content)
    assert told in page.errors()


def test_what_was_shown_before_stays_when_a_file_is_bad():
    page = MapPage().healthy()
    page.upload("text,label\na,x\nb,x\n")
    assert "All rows have the label 'x'" in page.errors()
    assert "what was shown before" in page.told()
    assert len(page.charts()) == 4


def test_texts_longer_than_the_context_are_counted():
    long = "word " * 700
    page = MapPage(poolers="mean", task="sst2")
    page.upload(f"text,label\n{long},x\nshort one,y\nshort two,x\nshort three,y\n").healthy()
    assert "Mean: it reads 128 tokens at most. Texts that were cut: 1 of 4, by" in page.notes()


def test_a_task_without_data_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_DATA", str(tmp_path))
    page = MapPage().healthy()
    page.set(map_source="task", task="cola").waited()
    assert "No data at" in page.errors()
    assert "Set GLOT_DATA to such a folder" in page.errors()
    assert len(page.charts()) == 4


def test_a_task_without_checkpoint_has_its_untrained_poolers():
    page = MapPage(poolers="mean,glot", map_protocol="released", map_ratios="0.5")
    page.waited().healthy()
    assert len(page.charts()) == 1
    assert "Untrained: there is no head for it." in page.told()
    assert "Left out, as they need a trained head: GLOT." in page.notes()
    assert "glot train" in page.notes()
    only = MapPage(poolers="glot", map_protocol="released", map_ratios="0.2").waited()
    assert "No trained head for glot on minilm" in only.errors()
    unknown = MapPage(map_source="task", task="nonsense")
    assert "nonsense" in unknown.errors()


def test_without_a_file_the_page_says_what_to_open():
    page = MapPage(map_source="file").healthy()
    assert "Open a CSV, TSV, JSON lines or parquet file" in page.notes()
    assert page.charts() == []


def test_the_command_lines_options_are_the_pages_boxes():
    told = in_boxes(GlotError("a", "b", "Check the label column (--label-column) and --kind."))
    assert told.remedy == "Check the label column (the box “Column of labels”)."
