"""Backbones that sessions share: real ones, tiny, from folders."""

from __future__ import annotations

import gc
import weakref

import pytest

from app.services import models
from tests.threads import at_once
from tests.unit.backbones.tiny import save_tiny


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_ALLOWED_FOLDERS", str(tmp_path))
    models._backbone.clear()
    yield [str(save_tiny("bert", tmp_path / f"bert-{number}")) for number in range(3)]
    models._backbone.clear()


def test_thirty_sessions_load_a_backbone_once(folders):
    found = at_once(models.backbone, folders[:1] * 30)
    assert len({id(each) for each in found}) == 1


def test_the_least_lately_used_backbone_is_let_go(folders):
    first = models.backbone(folders[0])
    second = weakref.ref(models.backbone(folders[1]))
    # Used again: now the second is the one that was used least lately.
    assert models.backbone(folders[0]) is first
    assert second() is not None
    models.backbone(folders[2])
    gc.collect()
    assert second() is None, "its weights are still held"
    assert models.backbone(folders[0]) is first
