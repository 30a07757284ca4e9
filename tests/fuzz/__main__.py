"""Fuzzes the readers, one after another, guided by what of them each input reaches.

`python -m tests.fuzz --seconds 600` parts the time between all of them; names of readers
(`tests.fuzz.targets`) take a part. Exit code 1 if something was found. It lies under
`artifacts/fuzz` then, and `python -m tests.fuzz.one READER FILE` shows it again.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from glot.paths import ROOT
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

FOUND = ROOT / "artifacts" / "fuzz"
# Longer inputs are slower and hold nothing that shorter ones do not.
LONGEST = 16_384
# Of one input. A reader that needs more hangs.
SECONDS = 10
MEGABYTES = 4096


def main() -> int:
    """Run all that was asked for; tells of each reader how many inputs it was given."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("readers", nargs="*", default=list(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for all of them together")
    asked = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("Skipped: atheris has no wheel for this Python or platform (3.11 to 3.13, Linux).")
        return 0
    clean = [fuzzed(name, asked.seconds // len(asked.readers)) for name in asked.readers]
    print("Clean." if all(clean) else f"Something was found: see {FOUND.relative_to(ROOT)}.")
    return 0 if all(clean) else 1


def fuzzed(name: str, seconds: int) -> bool:
    """Fuzz one reader in a process of its own, from the kept corpus on.

    Returns:
        Whether nothing was found.
    """
    corpus, place = FOUND / name / "corpus", FOUND / name
    shutil.rmtree(place, ignore_errors=True)
    corpus.mkdir(parents=True)
    files = place / "tmp"
    files.mkdir()
    limits = (f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={LONGEST}")
    run = (f"-max_total_time={seconds}", f"-artifact_prefix={place}/", "-print_final_stats=1")
    command = [sys.executable, "-m", "tests.fuzz.one", name]
    done = subprocess.run(
        [*command, *limits, *run, str(corpus), str(CORPUS / name)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(files)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    shutil.rmtree(files)
    (place / "log").write_text(done.stdout + done.stderr, encoding="utf-8")
    new = len(list(corpus.iterdir()))
    print(f"{name}: {_inputs(place / 'log')} inputs in {seconds} s, {new} reached something new")
    if done.returncode:
        print("\n".join((place / "log").read_text(encoding="utf-8").splitlines()[-40:]))
    return done.returncode == 0


def _inputs(log: Path) -> str:
    found = re.findall(r"number_of_executed_units: (\d+)", log.read_text(encoding="utf-8"))
    return f"{int(found[-1]):,}" if found else "?"


if __name__ == "__main__":
    sys.exit(main())
