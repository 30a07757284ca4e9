"""What tests of several pages share."""

import pytest


@pytest.fixture
def ledger(tmp_path, cache, monkeypatch):
    """A ledger of the test's own, empty at first."""
    folder = tmp_path / "results"
    monkeypatch.setenv("GLOT_RESULTS", str(folder))
    return folder
