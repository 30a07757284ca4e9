"""The bundle in the repository is what its source gives, and its tests' numbers are ours."""

import shutil
import subprocess

import pytest

from glot.paths import ROOT
from tests.front import fixtures

FRONT = ROOT / "app/components/frontend"


@pytest.fixture(scope="module")
def npm():
    """npm, with what the front end needs installed."""
    program = shutil.which("npm")
    if program is None:
        pytest.skip("no npm: the front end's own tests need node 20 or newer")
    if not (FRONT / "node_modules" / ".package-lock.json").is_file():
        done = subprocess.run([program, "ci"], cwd=FRONT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def run(*arguments):
        return subprocess.run([program, *arguments], cwd=FRONT, capture_output=True, text=True)

    return run


def test_the_expected_numbers_are_the_librarys():
    assert fixtures.PATH.read_text(encoding="utf-8") == fixtures.text()


def test_the_bundle_is_what_its_source_gives(npm):
    done = npm("run", "check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_front_ends_own_tests_pass(npm):
    done = npm("test")
    assert done.returncode == 0, done.stdout + done.stderr
