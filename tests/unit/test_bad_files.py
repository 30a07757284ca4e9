"""What was found by looking for bad input: files, names and paths that nobody should meet."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glot
from glot.backbones.source import resolve
from glot.errors import MOST_GIVEN, GlotError, quoted
from glot.experiments.ledger import read_ledger
from glot.files import unsealed
from glot.heads.card import HeadCard
from glot.heads.checkpoint import checkpoint_folder, read_head
from glot.paths import checkpoints_folder
from glot.tasks import get_task
from glot.tasks.files import find_column, read_table, safe_name, texts_of
from glot.tasks.own import own_name, own_task
from glot.training.runs.request import Request
from tests.unit.experiments.rows import row

DEEP = "[" * 100_000


def card(tmp_path, **changes):
    """A folder with the weights of a shipped head, and its card changed, as one without digests."""
    shipped = checkpoints_folder() / "minilm" / "sst2" / "adapool"
    values = unsealed(json.loads((shipped / "config.json").read_text()))
    (tmp_path / "config.json").write_text(json.dumps({**values, "weights_sha256": "", **changes}))
    (tmp_path / "model.safetensors").write_bytes((shipped / "model.safetensors").read_bytes())
    return tmp_path


def test_the_unchanged_card_is_sound(tmp_path):
    assert read_head(card(tmp_path)).card.width == 384


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 10**15}, "in place of"),
        ({"width": 10**30}, "does not fit"),
        ({"labels": ["l"] * 40}, "classifier.bias is"),
        ({"max_tokens": "128"}, "max_tokens '128'"),
        ({"layer": -1}, "layer -1"),
        ({"pairs": 1}, "pairs 1"),
        ({"metrics": []}, r"metrics \[\]"),
        ({"head": "x" * 100_000}, "Unknown head 'xxx"),
        ({"head": []}, "Unknown head"),
        ({"pooler": {"name": "glot", "layers": 1.5}}, "layers 1.5"),
        ({"pooler": {"name": "glot", "conv": ["gat"]}}, "conv"),
        ({"pooler": "glot"}, "Pooler settings 'glot'"),
    ],
)
def test_a_card_of_other_kinds_is_told(tmp_path, changes, words):
    with pytest.raises(GlotError, match=words) as caught:
        read_head(card(tmp_path, **changes))
    assert len(str(caught.value)) < 1000


def test_json_that_is_deeper_than_its_reader_is_told(tmp_path):
    (tmp_path / "config.json").write_text(DEEP)
    with pytest.raises(GlotError, match="cannot be used"):
        HeadCard.read(tmp_path / "config.json")
    with pytest.raises(GlotError, match="cannot be read"):
        Request.from_json(DEEP)
    (tmp_path / "stress.jsonl").write_text(f"{row().line()}\n{DEEP}\n{row(seed=43).line()}\n")
    ledger = read_ledger("stress", tmp_path)
    assert ledger.rows == (row(), row(seed=43))
    assert [bad.number for bad in ledger.bad] == [2]


@pytest.mark.parametrize("hits", ["é", "A", "AA==AA", "AAAA"])
def test_hits_of_other_examples_are_told(tmp_path, hits):
    line = json.dumps({**json.loads(row(right=[1, 0, 1]).line()), "hits": hits})
    (tmp_path / "stress.jsonl").write_text(line + "\n")
    (bad,) = read_ledger("stress", tmp_path).bad
    assert "hits is" in str(bad)


def test_columns_without_a_name_and_twice_the_same_are_named(tmp_path):
    (tmp_path / "a.jsonl").write_text('["x", 1]\n["y", 2]\n')
    frame = read_table(tmp_path / "a.jsonl")
    assert list(frame.columns) == ["0", "1"]
    assert texts_of(frame, find_column(frame, "0", (), "")) == ["x", "y"]
    columns = [pa.array(["a", "b"]), pa.array(["c", "d"]), pa.array(["e", "f"])]
    pq.write_table(
        pa.Table.from_arrays(columns, ["text", "text", "text.1"]), tmp_path / "a.parquet"
    )
    frame = read_table(tmp_path / "a.parquet")
    assert len(set(frame.columns)) == 3
    assert texts_of(frame, "text") == ["a", "b"]


def test_cells_of_every_kind_are_texts(tmp_path):
    cells = [[1, 2], None, np.array([0.5]), {"a": 1}]
    frame = pd.DataFrame({"text": pd.Series(cells, dtype=object)})
    assert texts_of(frame, "text") == ["[1, 2]", "", "[0.5]", "{'a': 1}"]
    assert texts_of(pd.DataFrame({"n": pd.array([1, None], "Int64")}), "n") == ["1", ""]


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("a.jsonl", b'{"text": "a", "\\udc00": 1}\n', "utf-8"),
        ("b.jsonl", b'{"text": "a \\ud800 b", "label": 1}\n', "utf-8"),
        ("a.csv", b"text,label\n+2AA-,1\n", "utf-7"),
    ],
)
def test_half_a_surrogate_pair_is_told(tmp_path, name, content, encoding):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GlotError, match="surrogate"):
        read_table(tmp_path / name, encoding)


@pytest.mark.parametrize("encoding", ["", "none", "\0", "base64", "rot13", "x" * 5000])
def test_what_is_no_encoding_is_told(tmp_path, encoding):
    (tmp_path / "a.csv").write_text("text,label\na,1\n")
    with pytest.raises(GlotError, match="Unknown encoding"):
        read_table(tmp_path / "a.csv", encoding)


def test_parquet_with_bytes_that_are_no_text_is_told(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["abcdefgh"] * 2}), path, compression="none")
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abc\xff\xfefgh"))
    with pytest.raises(GlotError, match="not UTF-8"):
        read_table(path)


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_any_name_of_a_file_is_made_one_that_a_disk_takes(name):
    made = safe_name(name)
    assert made
    assert made not in (".", "..")
    assert len(made.encode(errors="surrogatepass")) < 255
    assert not set(made) & {"/", "\\", "\0", "\n"}
    assert safe_name(made) == made


def test_usual_names_stay():
    for name in ("reviews.csv", "My Texts (2).parquet", "übung.tsv", "汉字.jsonl"):
        assert safe_name(name) == name


def test_a_file_with_a_long_name_is_a_task_with_a_shorter_one(tmp_path):
    path = tmp_path / f"{'ab' * 100}.csv"
    path.write_text("text,label\n" + "".join(f"text {i},{i % 2}\n" for i in range(20)))
    assert own_name(path) == own_task(path).name == "ab" * 25


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "/etc", "x\0y", "x" * 5000, "汉" * 300])
def test_no_name_leads_out_of_the_folder_of_heads(tmp_path, name):
    for given_one in ((name, "sst2", "glot"), ("minilm", name, "glot"), ("minilm", "sst2", name)):
        folder = checkpoint_folder(*given_one, root=tmp_path)
        assert folder.resolve().parents[2] == tmp_path.resolve()
        assert not folder.is_dir()


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "x\0y", 3])
def test_a_run_on_disk_cannot_name_other_folders(name):
    sound = json.loads(
        Request("own", "own.csv", "own.csv", {}, glot_columns(), "minilm", ("mean",)).to_json()
    )
    for changed in ({"task": name}, {"file": name}, {"digests": {str(name): "0"}}):
        if changed == {"digests": {"3": "0"}}:
            continue
        with pytest.raises(GlotError, match=r"name|text"):
            Request.from_json(json.dumps(sound | changed))


def glot_columns():
    from glot.tasks.own import OwnColumns

    return OwnColumns(text="t")


@pytest.mark.parametrize("name", ["~nobody-of-this-name", "/dev/null", "x" * 5000, "\0", "~x/y"])
def test_odd_paths_are_no_backbone_and_no_head(name, fake):
    with pytest.raises(GlotError) as caught:
        glot.load_head(name, fake)
    assert len(str(caught.value)) < 6000
    if len(name) < 5000:
        with pytest.raises(GlotError):
            resolve(name)


@pytest.mark.parametrize("name", ["qqp-", "sst2-0.9", "-", "stress-strict-", "stress--1"])
def test_a_ratio_is_the_stress_tests_alone(name):
    with pytest.raises(GlotError):
        get_task(name)


def test_what_was_given_is_cut_in_messages():
    error = GlotError("x" * 100_000, "Accepted: less.", "Give less.")
    assert len(str(error)) < MOST_GIVEN + 100
    assert str(error).endswith("Accepted: less. Give less.")
    assert quoted("y" * 100) == "'" + "y" * 59 + " …"
    assert quoted("short") == "'short'"
