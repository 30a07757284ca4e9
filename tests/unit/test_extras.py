"""What the project says it needs, what it pins, and what it tells when something is missing."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glot import extras
from glot.errors import GlotError
from glot.extras import EXTRAS, need
from glot.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = PROJECT["optional-dependencies"]


def pins(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if re.match(r"[A-Za-z]", line)]
    return {canonicalize_name(each.name): each for each in found}


@pytest.mark.parametrize(
    ("said", "file"),
    [
        ([*PROJECT["dependencies"], *OPTIONAL["app"]], "requirements.txt"),
        (
            [each for name in OPTIONAL if name != "app" for each in OPTIONAL[name]],
            "requirements-extras.txt",
        ),
    ],
    ids=["core", "extras"],
)
def test_what_is_said_to_be_needed_is_pinned_once_and_fits(said, file):
    pinned = pins(file)
    needed = {canonicalize_name(Requirement(each).name): Requirement(each) for each in said}
    assert set(pinned) == set(needed)
    for name, each in needed.items():
        (exact,) = pinned[name].specifier
        assert exact.operator == "==", name
        assert each.specifier.contains(exact.version), name


def test_pip_takes_the_versions_of_extras_as_constraints():
    # What the README tells to install extras with; pip refuses a constraint that names extras.
    versions = ("-c", str(ROOT / "requirements-extras.txt"))
    command = (sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-deps")
    ended = subprocess.run(
        (*command, *versions, "packaging"), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_whoever_develops_installs_every_extra():
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert f"-e .[{','.join(name for name in OPTIONAL if name != 'app')}]" in lines
    assert "-c requirements-extras.txt" in lines


def test_every_extra_is_known():
    assert set(EXTRAS) == set(OPTIONAL)


@pytest.mark.parametrize(
    ("package", "extra"), [(package, name) for name in EXTRAS for package in EXTRAS[name]]
)
def test_a_missing_package_is_told_with_its_extra(package, extra, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(GlotError, match="does this") as told:
        need(package, "It does this.")
    assert package.replace("_", "-") in told.value.given
    command = f'pip install -e ".[{extra}]" -c requirements-extras.txt'
    assert told.value.remedy.endswith(command)


def test_a_package_that_is_there_is_not_told():
    need("mteb", "It evaluates.")
