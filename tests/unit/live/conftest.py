import pytest

from glot.attributions.examples import BACKBONE, TASK, examples, stored_explanation
from tests.unit.live.wire import connect


@pytest.fixture
def wired(monkeypatch):
    connect(monkeypatch)


@pytest.fixture(scope="session")
def shown():
    """A stored explanation of a short text."""
    return stored_explanation(examples()[0].text, BACKBONE, TASK)
