import pytest

from glot import provenance
from glot.metrics import accuracy, accuracy_interval


def test_accuracy_is_in_percent():
    assert accuracy([0, 1, 1, 0], [0, 1, 0, 0]) == 75.0


def test_wilsons_interval():
    # Published example: 50 of 100 gives 40.38 % to 59.62 %.
    assert accuracy_interval(50.0, 100) == pytest.approx((40.38, 59.62), abs=0.01)
    low, high = accuracy_interval(100.0, 20)
    assert 80 < low < 90
    assert high == pytest.approx(100)


def test_provenance_names_device_versions_commit_and_date():
    record = provenance.provenance("cpu")
    assert record["device"] == "cpu"
    assert record["versions"]["torch"].startswith("2.13.0")
    assert len(record["date"]) == 10


def test_outside_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit() == "unknown"
