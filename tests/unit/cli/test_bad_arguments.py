"""Every option of every command, given what nobody should: told in one line, exit code 2.

`GLOT_EXAMPLES=300 pytest tests/unit/cli/test_bad_arguments.py` looks longer. In this process, for
a process of its own takes seconds; `tests/unit/cli` starts real ones.
"""

import contextlib
import io
import os
import sys
from itertools import chain

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glot.cli import cli, main

EXAMPLES = int(os.environ.get("GLOT_EXAMPLES", "4"))
WORDS = (
    *("", " ", "-", "--", "-1", "0", "1", "3", "1.5", "1e999", "-1e999", "nan", "inf", "9" * 5000),
    *("\udcff", "é", "🙂", "\n", "\x1b[31m", "$HOME", "~", "~x", "..", ".", "/", "/dev/null", "*"),
    *(
        "none.csv",
        "none.parquet",
        "x.txt",
        "a/b",
        "a/b/c",
        "../x",
        "x" * 300,
        "x" * 5000,
        "cuda:99",
    ),
    *("csv", "json", "minilm", "glot", "mean", "sst2", "stress-strict-2", "stress-strict-nan"),
    *("[link=x]y[/link]", "%s", "{0}", "localhost:1"),
)
# These would work for hours, or serve until they are stopped, if nothing were wrong.
WRONG = {
    "train": ("--lr", "2"),
    "reproduce": ("--seeds", "none"),
    "mteb": ("--max-tokens", "-1"),
    "serve": ("--max-texts", "0"),
    "app": ("--port", "0"),
    "evaluate": ("--dtype", "int3"),
    "store extract": ("--layer", "-1"),
}


def commands():
    group = typer.main.get_command(cli)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {sub}", each) for sub, each in inner.items())


COMMANDS = dict(commands())


def arguments(name, files):
    """An argument list for a command: some of its options, with values of every kind."""
    value = st.one_of(
        st.sampled_from((*WORDS, *files)),
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20),
    )
    parts = []
    for param in COMMANDS[name].params:
        if param.name == "help":
            continue
        if param.param_type_name == "argument":
            parts.append(st.lists(value, min_size=1, max_size=1))
        elif getattr(param, "is_flag", False):
            parts.append(st.sampled_from(([], [param.opts[0]])))
        else:
            given_one = value.map(lambda each, option=param.opts[0]: [option, each])
            parts.append(st.one_of(st.just([]), st.just([]), given_one))
    return st.tuples(*parts).map(lambda found: [*chain(*found), *WRONG.get(name, ())])


def called(words):
    """The command in this process: exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["glot", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        return end.code or 0, out.getvalue(), err.getvalue()
    finally:
        sys.argv = before
    raise AssertionError("main returned")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files that are there, and are not what they say."""
    folder = tmp_path_factory.mktemp("files")
    contents = {
        "empty.csv": b"",
        "binary.csv": bytes(range(256)) * 4,
        "one.csv": b"text,label\na,b\n",
        "no.parquet": b"PAR1",
        "half.jsonl": b'{"text": "\\ud800"}\n',
        "no.gguf": b"GGUF",
        "lines.txt": b"\n\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "config.json").write_bytes(b"{}")
    return (*(str(folder / name) for name in contents), str(folder))


@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_an_option_is_given_is_told_in_words(name, files, tmp_path, cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in ("CHECKPOINTS", "RESULTS", "DATA"):
        monkeypatch.setenv(f"GLOT_{place}", str(tmp_path / place))
    monkeypatch.delenv("PORT", raising=False)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(arguments(name, files))
    def is_told(words):
        code, out, err = called([*name.split(), *words])
        # 1: what they look at is not in order.
        assert code in ((0, 1, 2) if name.startswith(("checkpoints", "doctor")) else (0, 2)), err
        assert "Traceback" not in out + err
        if code == 2:
            assert len(err.strip().splitlines()) == 1, err
            assert len(err) < 3000, err[:300]

    is_told()
