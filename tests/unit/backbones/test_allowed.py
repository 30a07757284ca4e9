"""Pages load what the operator allows, wherever a name, a path or a link leads."""

import pytest

from glot.backbones.allowed import allowed, allowed_names
from glot.errors import GlotError
from glot.operation.settings import Settings


@pytest.fixture
def place(tmp_path):
    """models/ok, which is allowed with all of models, and secret beside it; links both ways."""
    (tmp_path / "models" / "ok").mkdir(parents=True)
    (tmp_path / "models-of-others").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "models" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "models" / "circle").symlink_to(tmp_path / "models" / "circle")
    (tmp_path / "in").symlink_to(tmp_path / "models" / "ok")
    (tmp_path / "shelf").symlink_to(tmp_path / "models")
    return tmp_path


@pytest.fixture
def given(place):
    return Settings(allowed_folders=(str(place / "models"),), allowed_backbones=("me/mine",))


def test_by_default_the_bundled_ones_and_nothing_else():
    assert allowed_names(Settings()) == ("minilm", "smollm2")
    assert allowed(" minilm ", Settings()) == "minilm"
    for name in ("bert-base-uncased", "/", ".", "~", "", "minilm/..", "MINILM"):
        with pytest.raises(GlotError, match="Unknown backbone"):
            allowed(name, Settings())


def test_what_is_on_the_list_is_taken_as_it_is(given):
    assert allowed("me/mine", given) == "me/mine"
    with pytest.raises(GlotError, match="Unknown backbone"):
        allowed("me/other", given)


@pytest.mark.parametrize("path", ["models/ok", "models/../models/ok", "in", "shelf/ok"])
def test_ways_into_an_allowed_folder_lead_there(given, place, path):
    assert allowed(f"{place}/{path}", given) == str(place / "models" / "ok")


@pytest.mark.parametrize(
    "path",
    [
        "secret", "models/../secret", "models/ok/../../secret", "models/out", "models/out/.",
        "models-of-others", "models", "models/.", "models/circle", "models/ok\0", "x" * 5000,
    ],
)  # fmt: skip
def test_ways_out_of_it_are_refused(given, place, path):
    with pytest.raises(GlotError, match="Unknown backbone"):
        allowed(f"{place}/{path}", given)


def test_relative_paths_are_refused_wherever_the_server_runs(given, place, monkeypatch):
    monkeypatch.chdir(place / "models")
    for path in ("ok", "./ok", "../models/ok"):
        with pytest.raises(GlotError, match="Unknown backbone"):
            allowed(path, given)


def test_an_allowed_folder_that_is_a_link_means_where_it_leads(place):
    given = Settings(allowed_folders=(str(place / "shelf"),))
    assert allowed(f"{place}/shelf/ok", given) == str(place / "models" / "ok")


def test_the_message_does_not_tell_what_is_there(given, place):
    told = []
    for name in ("secret", "absent"):
        with pytest.raises(GlotError) as error:
            allowed(f"{place}/{name}", given)
        told.append(str(error.value).replace(name, "X"))
    assert told[0] == told[1]
    assert str(place / "models") not in told[0]
