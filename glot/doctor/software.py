"""Python and packages against what the project pins."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from glot.doctor.finding import Finding
from glot.extras import EXTRAS
from glot.paths import ROOT

OLDEST = (3, 11)
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?==([^\s;]+)", re.MULTILINE)


def python() -> list[Finding]:
    """The interpreter."""
    told = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST:
        return [Finding("Python", "version", "missing", told, "Install Python 3.11 or newer.")]
    return [Finding("Python", "version", "ok", told)]


def packages() -> list[Finding]:
    """Each package of requirements.txt: is it installed, in the version that is tested?"""
    file = ROOT / "requirements.txt"
    if not file.is_file():
        told = "no requirements.txt: not a checkout, so versions are not compared"
        return [Finding("Packages", "pins", "note", told)]
    found, fitting = [], 0
    for name, pinned in PIN.findall(file.read_text(encoding="utf-8")):
        here = installed(name)
        if here == pinned:
            fitting += 1
        elif here:
            told = f"{here}; tested with {pinned}"
            remedy = f"pip install {name}=={pinned} -c constraints.txt"
            found.append(Finding("Packages", name, "note", told, remedy))
        else:
            remedy = "pip install -r requirements.txt"
            found.append(Finding("Packages", name, "missing", "not installed", remedy))
    return [Finding("Packages", "as pinned", "ok", f"{fitting} of requirements.txt"), *found]


def extras() -> list[Finding]:
    """Each extra of pyproject.toml."""
    found = []
    for extra, names in EXTRAS.items():
        gone = [name for name in names if find_spec(name) is None]
        if gone:
            told = f"without {', '.join(gone)}"
            remedy = f'pip install -e ".[{extra}]" -c requirements-extras.txt'
            found.append(Finding("Extras", extra, "note", told, remedy))
        else:
            found.append(Finding("Extras", extra, "ok", ", ".join(names)))
    return found


def installed(name: str) -> str:
    """The version without what a build adds to it (`+cpu`); empty where it is not installed."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return ""
