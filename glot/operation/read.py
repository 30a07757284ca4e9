"""The configuration as it was given: a TOML file, and the environment over it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from glot.errors import GlotError
from glot.operation.settings import Settings, report
from glot.paths import ROOT

FILE = "glot.toml"
PREFIX = "GLOT_"
# A configuration has lines, not megabytes; what is larger is another file.
MAX_BYTES = 1_000_000
TYPES = {field.name: str(field.type) for field in fields(Settings)}


def config_path() -> Path | None:
    """The file that is read: `GLOT_CONFIG`, or glot.toml in the project; None without one."""
    given = os.environ.get(f"{PREFIX}CONFIG")
    if given:
        return Path(given).expanduser()
    usual = ROOT / FILE
    return usual if usual.is_file() else None


def settings() -> Settings:
    """The settings of this process, read once for each environment.

    Raises:
        GlotError: the file or a variable holds what cannot be; all of it in one report.
    """
    given = {name: os.environ.get(variable(name), "") for name in TYPES}
    return _kept(config_path(), tuple((name, value) for name, value in given.items() if value))


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


@lru_cache(maxsize=4)
def _kept(path: Path | None, environment: tuple[tuple[str, str], ...]) -> Settings:
    return read(path, dict(environment))


@dataclass(frozen=True)
class _Wrong:
    """Why a value is none of its setting's."""

    accepted: str


def read(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file and, over it, from texts by name.

    Args:
        path: a TOML file; None: none.
        environment: setting → its text; lists are parted by commas.

    Raises:
        GlotError: naming everything that is wrong at once.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}

    def take(name: str, value: Any, where: str, convert: Callable[[str, Any], Any]) -> None:
        found = convert(TYPES[name], value)
        if isinstance(found, _Wrong):
            problems.append(f"{where} is {_shown(value)}; accepted: {found.accepted}")
        else:
            values[name] = found

    for name, value in _of_file(path, problems).items():
        if name in TYPES:
            take(name, value, f"{name} in {path}", _from_toml)
        else:
            problems.append(f"{path} sets {name!r}, which is no setting{_guess(name)}")
    for name, text in environment.items():
        take(name, text, variable(name), _from_text)
    if problems:
        # What can be judged without the broken values is told with them.
        problems += _also(values)
        raise report(problems)
    return Settings(**values)


def _also(values: dict[str, Any]) -> list[str]:
    try:
        Settings(**values)
    except GlotError as error:
        lines = error.given.splitlines()[1:]
        return [line.split(". ", 1)[1] for line in lines]
    return []


def _of_file(path: Path | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            problems.append(f"{path} has over {MAX_BYTES:,} bytes; accepted: a file of settings")
            return {}
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        problems.append(f"{path} cannot be read ({error.strerror}); accepted: a TOML file")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(f"{path} is not TOML ({error}); accepted: lines such as upload_mb = 100")
    return {}


def _from_toml(kind: str, value: Any) -> Any:
    if kind == "int":
        # A bool is an int to Python, and none here.
        return value if type(value) is int else _Wrong("a whole number")
    if kind == "bool":
        return value if isinstance(value, bool) else _Wrong("true or false")
    if kind.startswith("tuple"):
        good = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return tuple(value) if good else _Wrong('a list such as ["a", "b"]')
    return value if isinstance(value, str) else _Wrong("a text in quotes")


def _from_text(kind: str, text: str) -> Any:
    if kind == "int":
        plain = text.strip()
        # No more digits than Python reads into a number without complaint.
        good = plain.isascii() and plain.isdigit() and len(plain) <= 18
        return int(plain) if good else _Wrong("a whole number")
    if kind == "bool":
        known = {"1": True, "true": True, "0": False, "false": False}
        return known.get(text.strip().lower(), _Wrong("true or false"))
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(","))
    return text.strip()


def _guess(name: str) -> str:
    close = get_close_matches(name, TYPES, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _shown(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 80 else f"{told[:80]} …"
