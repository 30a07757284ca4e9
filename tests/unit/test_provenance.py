from glot import provenance


def test_provenance_names_device_versions_commit_and_date():
    record = provenance.provenance("cpu")
    assert record["device"] == "cpu"
    assert record["versions"]["torch"].startswith("2.13.0")
    assert len(record["date"]) == 10


def test_outside_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit() == "unknown"
