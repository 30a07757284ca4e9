import hashlib
import json
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from glot.errors import GlotError
from glot.files import unsealed
from glot.heads.checkpoint import (
    CARD,
    WEIGHTS,
    checkpoint_folder,
    load_head,
    save_head,
    trained_task,
    weights_digests,
)
from glot.heads.shelf import load_heads
from tests.conftest import FakeBackbone
from tests.made_heads import head_of


@pytest.fixture
def saved(tmp_path, fake):
    made = head_of(1)
    folder = checkpoint_folder(fake.name, "sst2", "glot", tmp_path)
    save_head(folder, made.head, made.card)
    return folder, made.head, made.card


def test_a_saved_head_comes_back_with_the_same_outputs(saved, fake):
    folder, head, card = saved
    loaded = load_head(folder, fake)
    states = fake.encode(["one two three", "four"])
    expected, found = (h.embed(states.hidden, states.mask) for h in (head, loaded.head))
    assert torch.equal(found.weights, expected.weights)
    assert torch.equal(loaded.head(found.embedding), head(expected.embedding))
    assert loaded.card == card
    assert not loaded.head.training
    assert not any(weight.requires_grad for weight in loaded.head.parameters())


def test_the_card_names_all_that_matters(saved):
    values = json.loads((saved[0] / CARD).read_text())
    assert {"backbone", "fingerprint", "task", "pooler", "training", "metrics"} <= set(values)


def test_another_backbone_is_refused_with_both_names(saved):
    other = FakeBackbone(name="other")
    with pytest.raises(GlotError) as caught:
        load_head(saved[0], other)
    assert "'fake'" in str(caught.value)
    assert "'other'" in str(caught.value)


def test_another_width_is_refused(saved, fake):
    folder, _, _ = saved
    wide = FakeBackbone(width=16)
    wide.fingerprint = fake.fingerprint
    with pytest.raises(GlotError, match="width 8"):
        load_head(folder, wide)


def break_nothing_there(folder):
    (folder / CARD).unlink()


def break_no_weights(folder):
    (folder / WEIGHTS).unlink()


def break_truncated(folder):
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[: len(data) // 2])


def break_pickle(folder):
    (folder / WEIGHTS).write_bytes(pickle.dumps({"a": 1}))


def break_empty(folder):
    (folder / WEIGHTS).write_bytes(b"")


def break_shapes(folder):
    weights = load_file(folder / WEIGHTS)
    weights["classifier.weight"] = torch.zeros(2, 3)
    save_file(weights, folder / WEIGHTS)
    change(folder)


def break_missing_tensor(folder):
    weights = load_file(folder / WEIGHTS)
    del weights["classifier.weight"]
    save_file(weights, folder / WEIGHTS)
    change(folder)


def break_not_finite(folder):
    weights = load_file(folder / WEIGHTS)
    weights["classifier.weight"][0, 0] = float("nan")
    save_file(weights, folder / WEIGHTS)
    change(folder)


def break_no_json(folder):
    (folder / CARD).write_text("{")


def break_json_list(folder):
    (folder / CARD).write_text("[]")


def break_format(folder):
    change(folder, format=99)


def break_labels(folder):
    change(folder, labels=["only one"])


def break_width(folder):
    change(folder, width="wide")


def break_pooler(folder):
    change(folder, pooler={"name": "magic"})


def break_not_text(folder):
    (folder / CARD).write_bytes(b"\xff\xfe\x00")


def change(folder, **values):
    """A card without digests, as they were written before."""
    card = unsealed(json.loads((folder / CARD).read_text()))
    (folder / CARD).write_text(json.dumps({**card, "weights_sha256": "", **values}))


BREAKS = [value for name, value in list(globals().items()) if name.startswith("break_")]


@pytest.mark.parametrize("damage", BREAKS, ids=lambda f: f.__name__)
def test_every_kind_of_broken_checkpoint_is_told(saved, fake, damage):
    folder = saved[0]
    damage(folder)
    with pytest.raises(GlotError) as caught:
        load_head(folder, fake)
    assert "Accepted" in str(caught.value) or "Known" in str(caught.value)


@pytest.mark.parametrize("damage", BREAKS, ids=lambda f: f.__name__)
def test_a_broken_head_leaves_the_shelf_standing(saved, fake, damage, tmp_path):
    damage(saved[0])
    shelf = load_heads(fake, "sst2", tmp_path)
    assert shelf.heads == {}
    assert list(shelf.broken) == ["glot"]
    assert shelf.absent == ("mean", "max", "cls", "adapool", "mlp", "deepsets")
    broken, absent = shelf.notes()
    assert "The glot head cannot be used" in broken
    assert "No trained head for mean, max, cls, adapool, mlp, deepsets" in absent
    assert "glot train --backbone fake --task sst2" in absent
    with pytest.raises(GlotError, match="The glot head cannot be used"):
        shelf.check_sound()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("minilm", "minilm"),
        ("org/model", "org__model"),
        ("/models/llama.gguf", "llama"),
        ("/models/Llama-3.2-3B", "Llama-3.2-3B"),
        ("../../etc", "etc"),
    ],
)
def test_folder_names_stay_inside_the_root(tmp_path, name, folder):
    path = checkpoint_folder(name, "sst2", "glot", tmp_path)
    assert path == tmp_path / folder / "sst2" / "glot"


def test_how_to_train_an_absent_head_is_a_command_that_works(fake, tmp_path):
    (told,) = load_heads(fake, "cola", tmp_path).notes()
    assert told.endswith("Train one: glot train --backbone fake --task cola --pooler glot")
    # No name leads to a user's own file.
    (told,) = load_heads(fake, "reviews", tmp_path).notes()
    assert told.endswith("Train one: glot train FILE --backbone fake --pooler glot")


def test_digests_are_those_of_the_heads_on_disk_that_are_asked_for(saved, fake, tmp_path):
    path = saved[0] / WEIGHTS
    expected = {"glot": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert weights_digests(fake.name, "sst2", root=tmp_path) == expected
    assert weights_digests(fake.name, "sst2", ("mean", "glot"), tmp_path) == expected
    assert weights_digests(fake.name, "sst2", ("mean",), tmp_path) == {}
    assert weights_digests(fake.name, "qqp", root=tmp_path) == {}
    (saved[0] / CARD).unlink()
    assert weights_digests(fake.name, "sst2", root=tmp_path) == expected
    path.write_bytes(path.read_bytes() + b" ")
    assert weights_digests(fake.name, "sst2", root=tmp_path)["glot"] != expected["glot"]


def test_a_folder_that_cannot_be_written_is_told(saved, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlotError, match="could not be written"):
        save_head(tmp_path / "file" / "head", saved[1], saved[2])


def test_a_trained_task_is_found_by_name_or_file(saved, fake, tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    for name in ("my.reviews", "sst2"):
        checkpoint_folder(fake.name, name, "glot").mkdir(parents=True, exist_ok=True)
    assert trained_task(fake.name, "my.reviews") == "my.reviews"
    assert trained_task(fake.name, "elsewhere/my.reviews.csv") == "my.reviews"
    assert trained_task(fake.name, "stress-strict-0.5") == "stress-strict-0.5"
    for name in ("reviews", "..", "../fake/sst2", "/etc"):
        with pytest.raises(GlotError, match="Unknown task"):
            trained_task(fake.name, name)
