"""Calls the command line as a user does, in a process of its own."""

import os
import subprocess
import sys

from glot.paths import ROOT


def glot(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "glot.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


def told(done, *words):
    """It ended with code 2 and one readable line on stderr."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("glot: ")
    for word in words:
        assert word in done.stderr


def well(done):
    assert done.returncode == 0, done.stderr
    return done
