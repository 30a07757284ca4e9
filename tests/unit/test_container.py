"""The container file against the repository: what it copies, installs, runs and asks."""

import json
import re
import subprocess
import sys

import pytest
import typer

from glot.cli import cli
from glot.extras import EXTRAS
from glot.paths import ROOT
from tests.unit.serving.process import serving

IGNORED = [
    line
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def instructions():
    """(name, words) of every instruction, continued lines joined."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line]


def words_of(name):
    return [words for each, words in instructions() if each == name]


COPIED = [source for words in words_of("COPY") for source in words.split()[:-1]]


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_in_git(source):
    done = subprocess.run(
        ["git", "ls-files", "--", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout, f"{source} is not in git"


def test_what_is_copied_and_nothing_else_is_sent_to_the_builder():
    assert IGNORED[0] == "*"
    assert {each[1:] for each in IGNORED if each.startswith("!")} == set(COPIED)


def test_what_the_server_needs_is_installed_as_pinned():
    (packages,) = [words for words in words_of("RUN") if "requirements-extras.txt" in words]
    pattern = re.search(r"grep -E '(.+?)' requirements-extras.txt", packages)[1]
    lines = (ROOT / "requirements-extras.txt").read_text(encoding="utf-8").splitlines()
    found = [re.match(r"[\w-]+", line)[0] for line in lines if re.search(pattern, line)]
    assert tuple(found) == EXTRAS["serve"]
    # The project itself comes later: its files change more often.
    assert "grep -v '^-e' requirements.txt" in packages


def test_the_base_is_slim_and_the_user_is_not_root():
    names = [name for name, _ in instructions()]
    assert words_of("FROM") == ["python:3.11-slim"]
    assert words_of("USER") == ["glot"]
    assert "useradd --create-home --uid 10001 glot" in words_of("RUN")
    assert max(i for i, name in enumerate(names) if name == "RUN") < names.index("USER")


def test_the_command_listens_where_the_file_says():
    command = json.loads(words_of("CMD")[0])
    assert command[:2] == ["glot", "serve"]
    serve = typer.main.get_command(cli).commands["serve"]
    options = serve.make_context("serve", command[2:]).params
    assert options["host"] == "0.0.0.0"
    assert words_of("EXPOSE") == [str(options["port"])]


def test_the_health_check_tells_a_running_server_from_none():
    (words,) = words_of("HEALTHCHECK")
    (port,) = words_of("EXPOSE")
    _, program = words.split("CMD ", maxsplit=1)
    python, *arguments = json.loads(program)
    assert python == "python"
    with serving() as server:
        here = [each.replace(f":{port}/", f":{server.port}/") for each in arguments]
        assert here != arguments
        assert subprocess.run([sys.executable, *here], check=False).returncode == 0
        server.stop()
        gone = subprocess.run([sys.executable, *here], capture_output=True, check=False)
        assert gone.returncode == 1
