"""Logs: one object a line, the request they belong to, and no secret in them."""

import json
import logging
import threading

import pytest

from glot.operation import logs
from glot.operation.settings import Settings

TOKEN = "hf_" + "a1B2" * 8


@pytest.fixture
def logging_as_it_was():
    """Logging is the process's: it is put back."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name in ("glot", "app"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
def lines(logging_as_it_was, capsys):
    """Begins logs of a format and gives what was written."""

    def begin(**given):
        logs.begin(Settings(**given))
        return lambda: capsys.readouterr().err.splitlines()

    return begin


def test_json_lines_hold_level_logger_request_message_and_extras(lines):
    written = lines(log_format="json")
    request = logs.new_request()
    logging.getLogger("app.page").info("a %s\nbreak \x1b[31m", "line", extra={"status": 403})
    (line,) = written()
    told = json.loads(line)
    assert line.isascii()
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "app.page",
        "request": request,
        "message": "a line\nbreak \x1b[31m",
        "status": 403,
    }


def test_a_traceback_is_part_of_its_object(lines):
    written = lines(log_format="json")
    try:
        raise KeyError("x")
    except KeyError:
        logging.getLogger("glot").exception("it failed")
    (line,) = written()
    assert "KeyError: 'x'" in json.loads(line)["traceback"]


def test_levels_are_ours_for_us_and_warnings_for_others(lines):
    written = lines(log_format="json", log_level="debug")
    for name in ("app", "glot.heads", "urllib3"):
        for level in (logging.DEBUG, logging.WARNING):
            logging.getLogger(name).log(level, "said")
    told = [(each["logger"], each["level"]) for each in map(json.loads, written())]
    assert told == [
        ("app", "debug"), ("app", "warning"), ("glot.heads", "debug"),
        ("glot.heads", "warning"), ("urllib3", "warning"),
    ]  # fmt: skip


def test_loggers_with_handlers_of_their_own_are_taken_over(lines):
    foreign = logging.getLogger("streamlit.of_this_test")
    foreign.addHandler(logging.StreamHandler())
    foreign.propagate = False
    written = lines(log_format="json")
    foreign.error("once")
    assert [json.loads(line)["message"] for line in written()] == ["once"]


def test_a_request_is_its_threads_own(lines):
    mine, found = logs.new_request(), []
    other = threading.Thread(target=lambda: found.append(logs.request_id()))
    other.start()
    other.join()
    assert found[0] != mine
    assert logs.request_id() == mine
    assert logs.new_request("12345678") == logs.request_id() == "12345678"


SECRETS = [
    f"token {TOKEN} was refused",
    "Authorization: Bearer abcdefghijklmnop",
    "GET https://user:open-sesame@host/x",
    "client_secret = 'open-sesame'",
    '{"password": "open-sesame"}',
    "api_key=open-sesame&x=1",
    "the value is in-the-environment here",
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("said", SECRETS)
def test_secrets_are_struck_out_of_messages_extras_and_tracebacks(lines, monkeypatch, form, said):
    monkeypatch.setenv("SOME_TOKEN", "in-the-environment")
    written = lines(log_format=form)
    log = logging.getLogger("glot")
    log.warning("%s", said, extra={"also": said})
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("failed")
    told = "\n".join(written())
    assert told.count(logs.STRUCK) >= 3
    for secret in (TOKEN, "abcdefghijklmnop", "open-sesame", "in-the-environment"):
        assert secret not in told


def test_ordinary_words_stay():
    line = "12 tokens: 3 of 512 cut, https://host/path?x=1, secret of my success"
    assert logs.strike_secrets(line) == line
