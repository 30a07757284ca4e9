"""The operator's configuration: what is read, in which order, and all that is wrong at once."""

from dataclasses import fields

import pytest

from glot.errors import GlotError
from glot.operation import read
from glot.operation.read import config_path, settings
from glot.operation.settings import Settings
from glot.paths import ROOT


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Writes a configuration and names it in the environment."""
    path = tmp_path / "glot.toml"

    def write(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setenv("GLOT_CONFIG", str(path))
        return path

    return write


def problems(error):
    """The numbered lines of a report."""
    return [line.strip() for line in error.value.given.splitlines()[1:] if line]


def test_without_a_file_the_defaults_hold():
    assert config_path() is None
    assert settings() == Settings()


def test_the_environment_goes_over_the_file(file, monkeypatch):
    file('upload_mb = 7\nallowed_backbones = ["a/b", "c"]\nlog_format = "json"\nlogin = true')
    assert settings() == Settings(
        upload_mb=7, allowed_backbones=("a/b", "c"), log_format="json", login=True
    )
    monkeypatch.setenv("GLOT_UPLOAD_MB", "9")
    monkeypatch.setenv("GLOT_ALLOWED_BACKBONES", "x, y/z")
    monkeypatch.setenv("GLOT_LOGIN", "false")
    assert settings().upload_mb == 9
    assert settings().allowed_backbones == ("x", "y/z")
    assert settings().log_format == "json"
    assert not settings().login


def test_everything_that_is_wrong_is_told_at_once(file, monkeypatch):
    path = file('upload_mb = "much"\nuplod_rows = 3\nlog_level = "loud"\nsession_jobs = 0')
    monkeypatch.setenv("GLOT_JOB_MINUTES", "-5")
    with pytest.raises(GlotError) as told:
        settings()
    lines = problems(told)
    assert told.value.given.startswith("5 things are wrong")
    assert lines == [
        f"1. upload_mb in {path} is 'much'; accepted: a whole number",
        f"2. {path} sets 'uplod_rows', which is no setting; did you mean 'upload_rows'?",
        "3. GLOT_JOB_MINUTES is '-5'; accepted: a whole number",
        "4. session_jobs is 0; accepted: a whole number from 1",
        "5. log_level is 'loud'; accepted: debug, info, warning, error",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xff\xfe", "is not TOML"),
        ("upload_mb = ", "is not TOML"),
        ("a = " + "[" * 100_000, "is not TOML"),
        ("#" * 1_000_001, "has over 1,000,000 bytes"),
        ("upload_mb = true", "accepted: a whole number"),
        ("login = 1", "accepted: true or false"),
        ("hosts = 'a'", 'accepted: a list such as ["a", "b"]'),
        ("hosts = [1]", 'accepted: a list such as ["a", "b"]'),
        ("hosts = []", "accepted: names such as"),
        ("hosts = ['http://x']", "accepted: names such as"),
        ("hosts = ['*']", "accepted: names such as"),
        ("address = ''", "accepted: one address"),
        ("allowed_folders = ['']", "allowed_folders has an empty name"),
        ("session_mb = 10", "at least one full file"),
        ("cache_mb = 0", "cache_mb is 0"),
        ("[page]\nupload_mb = 1", "sets 'page', which is no setting"),
    ],
)
def test_what_cannot_be_is_told(file, text, message):
    file(text)
    with pytest.raises(GlotError, match="wrong with the configuration") as told:
        settings()
    assert message in str(told.value)
    assert "docs/operations.md" in str(told.value)


def test_a_file_that_is_named_and_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(GlotError, match=r"none\.toml cannot be read"):
        settings()


def test_every_setting_is_documented_with_its_default():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for each in fields(Settings):
        value = each.default
        shown = value if isinstance(value, str) else str(value).lower()
        shown = ", ".join(value) or "none" if isinstance(value, tuple) else shown
        shown = f"{value:,}" if type(value) is int else shown
        assert f"| `{each.name}` | {shown} |" in page, each.name


def test_numbers_with_more_digits_than_python_reads_are_told(monkeypatch):
    monkeypatch.setenv("GLOT_CACHE_MB", "9" * 5000)
    with pytest.raises(GlotError, match="GLOT_CACHE_MB"):
        settings()
    assert read.variable("cache_mb") == "GLOT_CACHE_MB"
