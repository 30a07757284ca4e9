"""`glot --help`, `glot app`, `glot store`, `glot stress generate`."""

import json
import socket

import pandas as pd
import pytest

from glot.training.store import StateStore
from tests.conftest import FakeBackbone
from tests.unit.cli.run import glot, told, well

COMMANDS = [
    ("train",),
    ("evaluate",),
    ("embed",),
    ("explain",),
    ("mteb",),
    ("reproduce",),
    ("results",),
    ("checkpoints", "list"),
    ("checkpoints", "verify"),
    ("checkpoints", "card"),
    ("app",),
    ("store", "ls"),
    ("store", "rm"),
    ("store", "verify"),
    ("stress", "generate"),
]


def test_help_lists_the_commands():
    done = well(glot("--help"))
    for name, *_ in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_shows_an_example_that_names_real_options(command):
    done = well(glot(*command, "--help"))
    words = " ".join(done.stdout.split())
    # On a line of its own, whole, so that it can be copied.
    lines = done.stdout.splitlines()
    example = lines[next(i for i, line in enumerate(lines) if "Example:" in line) + 1].strip()
    assert example.startswith(f"glot {' '.join(command)}")
    options = [word for word in example.split() if word.startswith("--")]
    for option in options:
        assert option in words.replace(example, "", 1), f"{option} is no option of {command}"


@pytest.mark.parametrize("arguments", [(), ("store",), ("stress",)])
def test_without_a_command_the_help_is_shown(arguments):
    done = glot(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_told():
    told(glot("tain"), "No such command 'tain'")


def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told(glot("app", "--port", port), f"Port {port} is taken", "make app PORT=")


@pytest.fixture
def filled(cache):
    StateStore(FakeBackbone(), 8).states(["a b c", "d e"])
    return cache


def test_the_store_is_listed_verified_and_emptied(filled):
    (row,) = json.loads(well(glot("store", "ls", "--json", GLOT_CACHE=filled)).stdout)
    assert (row["backbone"], row["texts"], row["tokens"]) == ("fake", 2, 5)
    assert "fake" in well(glot("store", "ls", GLOT_CACHE=filled)).stdout
    assert "1 shards" in well(glot("store", "verify", GLOT_CACHE=filled)).stdout
    told(glot("store", "rm", GLOT_CACHE=filled), "Neither a name nor --all")
    told(glot("store", "rm", "other", GLOT_CACHE=filled), "No stored states 'other'")
    assert "1 collections removed" in well(glot("store", "rm", "fake", GLOT_CACHE=filled)).stdout
    assert "No states are stored" in well(glot("store", "ls", GLOT_CACHE=filled)).stdout
    assert "0 shards" in well(glot("store", "verify", GLOT_CACHE=filled)).stdout


def test_a_broken_shard_is_told_and_repaired(filled):
    (states,) = (path for path in filled.rglob("*") if path.is_file() and path.suffix == ".states")
    content = bytearray(states.read_bytes())
    content[3] ^= 1
    states.write_bytes(bytes(content))
    done = glot("store", "verify", GLOT_CACHE=filled)
    assert done.returncode == 2
    assert "1 broken" in done.stdout
    assert "--repair" in done.stderr
    well(glot("store", "verify", "--repair", GLOT_CACHE=filled))
    assert "0 broken" in well(glot("store", "verify", GLOT_CACHE=filled)).stdout


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_stress_texts_are_written(tmp_path, suffix):
    out = tmp_path / f"strict{suffix}"
    done = well(
        glot(
            "stress",
            "generate",
            "--protocol",
            "strict",
            "--ratio",
            "0.5",
            "--n",
            "40",
            "--out",
            out,
        )
    )
    assert "40 texts: stress test strict/train ratio 0.5" in done.stdout
    readers = {".csv": pd.read_csv, ".jsonl": lambda p: pd.read_json(p, lines=True)}
    frame = readers.get(suffix, pd.read_parquet)(out)
    assert list(frame) == ["text", "label", "group", "signal_start", "signal_end"]
    assert frame["label"].sum() == 20
    row = frame.iloc[0]
    assert row["signal_end"] - row["signal_start"] == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "x.txt"), ("ends in .csv",)),
        (("--out", "x.csv", "--protocol", "loose"), ("loose",)),
        (("--out", "x.csv", "--ratio", "1"), ("1",)),
        (("--out", "x.csv", "--split", "dev"), ("dev",)),
        (("--out", "none/x.csv", "--n", "4"), ("could not be written",)),
        ((), ("--out",)),
    ],
)
def test_what_stress_cannot_do_is_told(arguments, words):
    told(glot("stress", "generate", *arguments), *words)
