"""Tiny models on disk, one of each architecture."""

import shutil

import pytest

from tests.unit.backbones.tiny import ARCHITECTURES, save_tiny


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return {name: save_tiny(name, root / name) for name in ARCHITECTURES}


@pytest.fixture
def bert(folders, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(folders["bert"], tmp_path / "bert")
