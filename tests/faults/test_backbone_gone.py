"""A backbone whose folder is removed, or written over, while it is in use."""

import shutil
import subprocess
import sys

import pytest
import torch

from glot.backbones import load_backbone, loading
from glot.backbones.source import Source
from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads.checkpoint import load_head
from glot.paths import ROOT
from glot.tasks.own import OwnColumns, own_task
from glot.training.run import Job, train_head
from tests.faults import work
from tests.unit.backbones.tiny import save_tiny

TEXTS = ["The file has keys but not maps.", "Nobody ever said that."]


@pytest.fixture
def folder(tmp_path):
    return save_tiny("bert", tmp_path / "model")


def test_one_that_is_loaded_goes_on_and_one_that_is_asked_for_is_named(folder):
    backbone = load_backbone(str(folder), device="cpu", dtype="float32")
    before = backbone.encode(TEXTS)
    shutil.rmtree(folder)
    after = backbone.encode(TEXTS)
    assert torch.equal(after.hidden, before.hidden)
    assert after.tokens == before.tokens
    with pytest.raises(GlotError, match=rf"Unknown backbone '{folder}'"):
        load_backbone(str(folder))


def test_a_training_ends_although_its_backbones_folder_is_gone(folder, tmp_path, cache):
    backbone = load_backbone(str(folder), device="cpu", dtype="float32")
    data = work.write_data(tmp_path / "films.csv")
    task = own_task(data, OwnColumns(text="said", label="verdict"), None)
    config = TrainConfig(lr=(1e-2,), epochs=1, n_validation=20, batch_size=8)
    told = []

    def remove(event):
        told.append(event["stage"])
        # At the first word of the states, which are all still to be computed.
        shutil.rmtree(folder, ignore_errors=True)

    job = Job(task, backbone, PoolerConfig("glot", width=8), config, tmp_path / "head")
    train_head(job, remove)
    assert told[0] == "states"
    assert not folder.exists()
    loaded = load_head(tmp_path / "head", backbone)
    states = backbone.encode(TEXTS)
    assert loaded.head.embed(states.hidden, states.mask).weights.shape == states.mask.shape


def test_a_damaged_copy_of_what_was_unpacked_is_made_again(folder, tmp_path, monkeypatch):
    whole = load_backbone(str(folder), device="cpu", dtype="float32").encode(TEXTS)
    copy = shutil.copytree(folder, tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(GlotError, match="cannot be loaded"):
        load_backbone(str(copy))
    monkeypatch.setattr(loading, "cached_folder", lambda _: Source("tiny", str(copy)))
    found = load_backbone(str(folder), device="cpu", dtype="float32").encode(TEXTS)
    assert torch.equal(found.hidden, whole.hidden)
    assert not copy.exists()


WRITTEN_OVER = """
import sys
from pathlib import Path
import torch
from glot.backbones import load_backbone
folder, text = Path(sys.argv[1]), sys.argv[2]
backbone = load_backbone(str(folder), device="cpu", dtype="float32")
before = backbone.encode([text]).hidden
for path in folder.iterdir():
    with path.open("r+b") as file:
        file.truncate(0)
assert torch.equal(backbone.encode([text]).hidden, before)
print("same")
"""


def test_weights_that_are_cut_in_place_neither_kill_nor_change_what_is_loaded(folder):
    """A file that is mapped into memory would end the process with SIGBUS."""
    done = subprocess.run(
        [sys.executable, "-c", WRITTEN_OVER, str(folder), TEXTS[0]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "same"), done.stderr
