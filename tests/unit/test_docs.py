"""The documentation: its examples run, its commands are there, and it builds."""

import doctest
import re
import shlex
import subprocess
import sys

import pytest
import typer

from glot.cli import cli
from glot.paths import ROOT, checkpoints_folder

FOREIGN = re.compile(r"<(?:script|img|iframe|link)[^>]+https?://")
PAGES = sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\.venv/bin/)?(glot \S.*)$", re.MULTILINE)


def commands():
    """Every line of the README's and the pages' code that calls `glot`, once."""
    found = {}
    for page in (ROOT / "README.md", *PAGES):
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            joined = block.replace("\\\n", " ")
            found |= dict.fromkeys(COMMAND.findall(joined), page.name)
    return found


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *PAGES], ids=lambda page: page.stem)
def test_no_merge_left_its_marks(page):
    assert not re.search(r"^(<<<<<<<|=======|>>>>>>>)", page.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if ">>> " in page.read_text(encoding="utf-8")],
    ids=lambda page: page.stem,
)
def test_its_examples_give_what_it_says(page, cache, tmp_path, monkeypatch):
    heads = tmp_path / "heads" / "minilm"
    heads.mkdir(parents=True)
    (heads / "sst2").symlink_to(checkpoints_folder() / "minilm" / "sst2")
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(heads.parent))
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8"
    )
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("line", commands())
def test_its_commands_are_there_with_their_options(line):
    command, (_, *words) = typer.main.get_command(cli), shlex.split(line, comments=True)
    words = words[: next((i for i, word in enumerate(words) if word in "|>&;"), len(words))]
    while hasattr(command, "commands"):
        assert words, line
        assert words[0] in command.commands, line
        command, words = command.commands[words[0]], words[1:]
    command.make_context(line, words)


def test_it_builds_without_a_warning_and_asks_nothing_of_other_machines(tmp_path):
    site = tmp_path / "site"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list(site.glob("*.html"))
    assert {page.stem for page in PAGES} <= {page.stem for page in pages}
    for page in pages:
        assert not FOREIGN.search(page.read_text(encoding="utf-8")), page
