"""Logs: lines for people or for programs, with the request that they belong to.

A reader's texts are never logged by us. Values that look like secrets are struck out of every
line, whoever writes it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from glot.operation.settings import Settings

# Loggers that come with a handler of their own, which would write beside ours.
FOREIGN = ("streamlit", "uvicorn", "websockets", "asyncio")
STRUCK = "[secret]"
# Names of environment variables whose values are secrets.
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE_?KEY|COOKIE", re.I)
# Shorter values occur in ordinary words.
SHORTEST = 8
# What looks like a secret, and what takes its place.
PATTERNS = (
    (re.compile(r"\bhf_[A-Za-z0-9]{16,}"), STRUCK),
    (re.compile(r"(Bearer|Basic) [\w.~+/=-]{8,}", re.I), rf"\1 {STRUCK}"),
    # Name and password in an address.
    (re.compile(r"(://)[^\s/@:]+:[^\s/@]+(?=@)"), rf"\1{STRUCK}"),
    # name=value or "name": "value", where the name says what it is.
    (
        re.compile(
            r"(token|secret|passw(?:or)?d|api_?key)([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,]{8,}", re.I
        ),
        rf"\1\2{STRUCK}",
    ),
)
# What logging puts on every record; the rest was given as `extra`.
USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"}

_request: ContextVar[str] = ContextVar("request", default="")


def new_request(given: str = "") -> str:
    """Begin a request in this thread or task: all that it logs carries its id.

    Args:
        given: the id of a request that goes on here; empty: a new one.

    Returns:
        The id, eight hexadecimal digits.
    """
    made = given or secrets.token_hex(4)
    _request.set(made)
    return made


def request_id() -> str:
    """The id of what runs in this thread or task; it gets one if it has none."""
    return _request.get() or new_request()


def begin(settings: Settings) -> None:
    """Write all logs of this process to stderr, in the form and from the level that is set.

    Call it again when libraries have set up logs of their own: theirs are taken over, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if settings.log_format == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = getattr(logging, settings.log_level.upper())
    # Other libraries tell of every step at info.
    root.setLevel(max(level, logging.WARNING))
    for name in ("glot", "app"):
        logging.getLogger(name).setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in FOREIGN:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(max(level, logging.WARNING))


def strike_secrets(line: str) -> str:
    """The line without what looks like a secret, or is the value of a secret variable."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST and SECRET_NAME.search(name) and value in line:
            line = line.replace(value, STRUCK)
    for pattern, instead in PATTERNS:
        line = pattern.sub(instead, line)
    return line


class Text(logging.Formatter):
    """A line for people: time, level, logger, request, message; a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        request = _request.get() or "-"
        line = f"{when} {record.levelname} {record.name} [{request}] {record.getMessage()}"
        told = " ".join(f"{name}={value}" for name, value in _extras(record).items())
        traceback = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return strike_secrets(f"{line} {told}".rstrip() + traceback)


class Json(logging.Formatter):
    """One JSON object a line: time, level, logger, request, message, traceback, and extras."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, in ASCII, so that no terminal or pipe stumbles over it."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": _request.get() or None,
            "message": strike_secrets(record.getMessage()),
            **{name: _struck(value) for name, value in _extras(record).items()},
        }
        if record.exc_info:
            told["traceback"] = strike_secrets(self.formatException(record.exc_info))
        return json.dumps(told)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    # Names with an underscore are libraries' own, such as Ray's.
    given = {name: value for name, value in vars(record).items() if not name.startswith("_")}
    return {name: value for name, value in given.items() if name not in USUAL}


def _struck(value: object) -> object:
    plain = value is None or isinstance(value, bool | int | float)
    return value if plain else strike_secrets(str(value))
