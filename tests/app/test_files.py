"""Text files in place of the text box."""

import pytest

from app.components.pickers import MAX_CHARACTERS, read_text
from glot.attributions.examples import examples
from glot.errors import GlotError
from tests.app.explore_page import Explore

FIRST = examples()[0].text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"A warm film.", "A warm film."),
        ("Señor 🙂\n".encode(), "Señor 🙂\n"),
        (b"\xef\xbb\xbfA film.", "A film."),
        # Text boxes know one line end only.
        (b"One.\r\nTwo.\rThree.\n", "One.\nTwo.\nThree.\n"),
    ],
)
def test_a_file_replaces_the_text_which_is_one_undo_away(content, text):
    page = Explore().healthy().open("film.txt", content).healthy()
    assert page.text() == text
    assert page.meta["text"] == text
    assert page.click("undo").text() == FIRST
    assert page.click("redo").text() == text


def test_what_was_typed_just_before_is_one_undo_away_too():
    page = Explore().healthy()
    page.app.text_area("text").set_value("Typed.")
    page.open("film.md", b"# A film").healthy()
    assert page.text() == "# A film"
    assert page.click("undo").text() == "Typed."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"caf\xe9 noir", "is not UTF-8: its byte 4 is 0xE9"),
        ("film".encode("utf-16"), "is not UTF-8: its byte 1 is 0xFF"),
        (b"a" * (MAX_CHARACTERS + 1), "has 1,000,001 bytes. Accepted: at most 1,000,000"),
        (b"", "is empty. Accepted"),
        (b" \n\t", "is empty (only spaces)"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_text_stays(content, message):
    page = Explore().healthy().open("my *film*.txt", content)
    assert message in page.errors()
    assert "my *film*.txt" in page.errors()
    assert page.text() == FIRST
    assert page.drawn()
    assert page.app.button("undo").disabled
    page.app.file_uploader("file").clear()
    assert page.run().healthy().text() == FIRST


def test_a_megabyte_of_text_fits_the_box():
    text = read_text("long.txt", b"word " * (MAX_CHARACTERS // 5))
    assert len(text) == MAX_CHARACTERS
    with pytest.raises(GlotError, match="at most"):
        read_text("long.txt", b"a" * (MAX_CHARACTERS + 1))


def test_a_megabyte_is_read_cut_and_told():
    page = Explore().healthy().open("long.txt", b"word " * (MAX_CHARACTERS // 5)).healthy()
    assert "the first 512 were used" in page.notes()
    assert len(page.text()) == MAX_CHARACTERS
    assert len(page.meta["tokens"]) == 512


def test_only_text_files_are_offered():
    assert Explore().app.file_uploader("file").allowed_type == [".txt", ".md"]
