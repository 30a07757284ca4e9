"""What several tests of pairs begin with."""

from __future__ import annotations

import pytest

from tests.unit.attributions.pairs import classifiers, compared


@pytest.fixture
def pair(known):
    """Two texts compared by three heads."""
    return compared(known, classifiers(known, "mean", "adapool", "glot"))
