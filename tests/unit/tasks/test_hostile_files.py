"""Files that unpack to far more than they are, wrong encodings, and CSV files for spreadsheets."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glot.errors import GlotError
from glot.tasks import parquet
from glot.tasks.files import read_table
from glot.tasks.safe_csv import safe_csv


def test_parquet_is_read_as_pandas_reads_it(tmp_path):
    frame = pd.DataFrame(
        {
            "text": ["a", "b", None, "a"],
            "label": [1, 2, 3, 4],
            "kind": pd.Categorical(["u", "v", "u", "v"]),
            "vector": [[1.0, 2.0], [3.0], [], [4.0]],
            "day": pd.to_datetime(["2020-01-01"] * 4),
        },
        index=[3, 4, 5, 6],
    )
    frame.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.parquet"), frame)


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.string()])
def test_every_kind_of_text_column(tmp_path, kind):
    pq.write_table(pa.table({"text": pa.array(["a", "b"], kind)}), tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet")["text"].tolist() == ["a", "b"]


def test_one_long_text_a_million_times_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.parquet"
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(1_000_000, dtype=np.int32)), pa.array(["x" * 1_000_000])
    )
    pq.write_table(pa.table({"text": texts, "label": np.arange(1_000_000) % 2}), path)
    assert path.stat().st_size < 1_000_000
    # The file's own account knows of the one text alone.
    assert pq.read_metadata(path).row_group(0).total_byte_size < parquet.MAX_BYTES
    with pytest.raises(GlotError, match="unpacks to"):
        read_table(path)


def test_compressed_numbers_are_refused_by_the_files_own_account(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_BYTES", 1_000_000)
    path = tmp_path / "bomb.parquet"
    table = pa.table({"text": pa.array(["a"] * 500_000), "x": np.zeros(500_000)})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 100_000
    with pytest.raises(GlotError, match=r"unpacks to [\d,]+ or more"):
        read_table(path)


def test_endless_empty_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_ROWS", 1000)
    pq.write_table(pa.table({"text": pa.nulls(1001, pa.string())}), tmp_path / "a.parquet")
    with pytest.raises(GlotError, match="1,001 rows"):
        read_table(tmp_path / "a.parquet")


def test_the_byte_of_a_wrong_encoding_is_the_files_own(tmp_path):
    # Parsers count from the last portion that they have read.
    content = b"text,label\n" + b"plain words,a\n" * 100_000 + "Glück,b\n".encode("latin-1")
    (tmp_path / "a.csv").write_bytes(content)
    at = content.index(b"\xfc")
    with pytest.raises(GlotError, match=rf"byte {at:,} \(0xFC\) cannot be read"):
        read_table(tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv", "latin-1")["text"].iloc[-1] == "Glück"


def test_no_cell_of_a_csv_file_is_a_formula():
    begin = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a\r=1", "'=x", "plain", ""]
    frame = pd.DataFrame({"text": begin, "=name": begin, "number": [-1.5] * len(begin)})
    read = pd.read_csv(io.BytesIO(safe_csv(frame)), dtype=str, keep_default_na=False)
    for name in ("text", "'=name"):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read[name])
        assert [cell.removeprefix("'") for cell in read[name]] == [
            c.removeprefix("'") for c in begin
        ]
    # A number is one, below zero too.
    assert set(read["number"]) == {"-1.5"}
