"""Files of arrays: what comes back, what stored files are made of, and what broken ones say."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from glot.arrays import load_arrays, of_prefix, reading, save_arrays, with_prefix
from glot.attributions.examples import examples
from glot.attributions.lesson import lesson_path
from glot.attributions.pair_bundle import FIRST, PAIR
from glot.attributions.pair_examples import pair_examples
from glot.errors import GlotError
from glot.projection.bundle import bundle_path

WORDS = {"text": "Grüße, τ", "numbers": (1, 2.5), "none": None}
ARRAYS = {
    "half": np.arange(6, dtype=np.float16).reshape(2, 3),
    "turned": np.arange(6, dtype=np.int64).reshape(2, 3).T,
    "empty": np.zeros((0, 4), dtype=np.float32),
}
ASSETS = (
    ("explanation", examples()[0].path),
    ("explanation", pair_examples()[0].folder / FIRST),
    ("pair", pair_examples()[0].folder / PAIR),
    ("lesson", lesson_path()),
    ("map", bundle_path()),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "some.safetensors"


def read(path, kind="kind"):
    with reading(f"The file {path.name}", "make files"):
        return load_arrays(path, kind)


def test_what_is_stored_comes_back(path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    found = read(path)
    assert found.words == WORDS | {"numbers": [1, 2.5]}
    assert set(found.arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


def test_the_file_is_safetensors_with_one_key_in_its_header(path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    with safe_open(path, framework="np") as file:
        assert list(file.metadata()) == ["kind"]
        # Letters as they are, so that a header can be read by eye.
        assert "Grüße, τ" in file.metadata()["kind"]


def test_the_order_of_words_and_arrays_does_not_matter(path, tmp_path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    other = tmp_path / "other.safetensors"
    save_arrays(other, "kind", dict(reversed(WORDS.items())), dict(reversed(list(ARRAYS.items()))))
    assert other.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("kind", "asset"), ASSETS, ids=lambda value: str(value).split("/")[-1])
def test_a_shipped_file_written_again_is_equal_byte_for_byte(kind, asset, path):
    found = read(asset, kind)
    save_arrays(path, kind, found.words, found.arrays)
    assert path.read_bytes() == asset.read_bytes()


def test_groups_keep_apart(path):
    first, second = {"a": np.zeros(2), "b.c": np.ones(3)}, {"a": np.ones(1)}
    both = with_prefix("one", first) | with_prefix("oneself", second) | {"one": np.zeros(9)}
    save_arrays(path, "kind", {}, both)
    found = read(path).arrays
    for prefix, group in (("one", first), ("oneself", second), ("none", {})):
        back = of_prefix(prefix, found)
        assert set(back) == set(group)
        for name, array in group.items():
            np.testing.assert_array_equal(back[name], array)


def without_header(path):
    save_file({"a": np.zeros(3)}, path)


def of_another_kind(path):
    save_arrays(path, "another", WORDS, ARRAYS)


def no_json(path):
    save_file({"a": np.zeros(3)}, path, metadata={"kind": "{"})


def truncated(path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    path.write_bytes(path.read_bytes()[:-1])


def cut_in_its_header(path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    path.write_bytes(path.read_bytes()[:20])


def pickled(path):
    path.write_bytes(b"\x80\x04K\x01.")


def missing(path):
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "broken",
    [without_header, of_another_kind, no_json, truncated, cut_in_its_header, pickled, missing],
    ids=lambda make: make.__name__,
)
def test_a_file_that_cannot_be_read_is_told_and_how_to_write_it_again(broken, tmp_path):
    path = tmp_path / "some.safetensors"
    broken(path)
    with pytest.raises(GlotError) as error:
        read(path)
    assert error.value.given.startswith("The file some.safetensors cannot be read: ")
    assert error.value.accepted == "Accepted: a file that `make files` wrote."
    assert error.value.remedy == "Run `make files`."


@pytest.mark.parametrize(
    "take_apart",
    [
        lambda found: found.words["other"],
        lambda found: found.words["none"]["other"],
        lambda found: found.words["none"].items(),
        lambda found: found.arrays["half"].reshape(7),
    ],
)
def test_parts_that_are_not_there_are_told_alike(take_apart, path):
    save_arrays(path, "kind", WORDS, ARRAYS)
    with (
        pytest.raises(GlotError, match=r"^These cannot be read: .* Accepted: files that `x` wrote"),
        reading("These", "x", made="files"),
    ):
        take_apart(load_arrays(path, "kind"))


def test_what_is_no_matter_of_the_file_is_not_hidden():
    with pytest.raises(ZeroDivisionError), reading("This", "x"):
        raise ZeroDivisionError
