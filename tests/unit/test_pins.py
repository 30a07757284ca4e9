"""The lock with hashes against the pins, and the pins against the advisories that are told."""

import re
import tomllib

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from glot.paths import ROOT

PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)
ROW = re.compile(r"^\| ([\w-]+) \| (.+) \| (\d[\d.]*) \|$", re.MULTILINE)


def pins(*names):
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


PINNED = pins("requirements.txt", "requirements-extras.txt", "constraints.txt")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ADVISORIES = ROW.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))


def test_the_lock_has_what_is_pinned_and_a_hash_for_each():
    locked = pins("requirements.lock")
    direct = pins("requirements.txt")
    assert set(direct) - {"torch"} <= set(locked)
    # What builds the project is pinned where builders look for it.
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    known = PINNED | dict(each.split("==") for each in build["requires"])
    assert {name: known.get(name) for name in locked} == locked
    blocks = re.split(r"\n(?=[A-Za-z])", LOCK.split("\n", 2)[2])
    assert len(blocks) == len(locked)
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]


def test_the_lock_names_no_registry_and_no_platforms_own_file():
    assert "://" not in LOCK
    assert not re.search(r"^(torch|triton|nvidia-|cuda-)", LOCK, re.MULTILINE)


def test_there_are_advisories():
    assert len(ADVISORIES) >= 8


@pytest.mark.parametrize(("package", "advisory", "fixed"), ADVISORIES)
def test_a_pin_is_past_the_advisory(package, advisory, fixed):
    assert Version(PINNED[canonicalize_name(package)]) >= Version(fixed), advisory
