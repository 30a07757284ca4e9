"""Two texts and their numbers in files for other programs."""

import csv
import io
import json

import numpy as np
import pytest

from glot.attributions.pair_report import pair_record, predictions_csv, similarities_csv


def test_a_record_is_json_and_holds_what_the_pair_holds(pair):
    record = json.loads(json.dumps(pair_record(pair, 0.7, 0.7)))
    assert [text["tokens"] for text in record["texts"]] == [["a", "b", "c", "d"], ["b", "a", "c"]]
    assert record["texts"][0]["edge_list"] == [[0, 1]]
    assert (record["tau"], record["training_tau"]) == (0.7, 0.25)
    assert record["predictions"]["max"] is None
    assert sum(record["predictions"]["glot"]["probabilities"].values()) == pytest.approx(1)
    assert sorted(link[:2] for link in record["links"]) == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 2]]


def test_tables_hold_every_number(pair):
    rows = list(csv.DictReader(io.StringIO(predictions_csv(pair))))
    assert len(rows) == 3 * 101
    (row,) = [row for row in rows if (row["tau"], row["pooler"]) == ("0.6", "glot")]
    answer = pair.answer("glot", 0.6)
    assert float(row["p duplicate"]) == pytest.approx(answer.probabilities["duplicate"], abs=1e-6)
    assert float(row["cosine"]) == pytest.approx(pair.cosine("glot", 0.6), abs=1e-6)
    head, *body = list(csv.reader(io.StringIO(similarities_csv(pair))))
    assert head == ["", "b", "a", "c"]
    assert [line[0] for line in body] == ["a", "b", "c", "d"]
    found = np.array([[float(x) for x in line[1:]] for line in body])
    np.testing.assert_allclose(found, pair.cross, atol=1e-6)
