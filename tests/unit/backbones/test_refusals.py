"""Folders, files and names that are no backbone: each is told in words."""

import json

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from glot.backbones import load_backbone
from glot.errors import GlotError


def break_weights_missing(folder):
    (folder / "model.safetensors").unlink()
    return "no safetensors weights"


def break_only_a_pickle(folder):
    state = transformers.BertModel.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    return "never loaded"


def break_weights_truncated(folder):
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-100])
    return "cannot be loaded"


def break_a_layer_missing(folder):
    weights = load_file(folder / "model.safetensors")
    kept = {key: value for key, value in weights.items() if "layer.1." not in key}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    return "tensors are missing"


def break_other_shapes(folder):
    config = json.loads((folder / "config.json").read_text())
    config["intermediate_size"] = 48
    (folder / "config.json").write_text(json.dumps(config))
    return "shape|cannot be loaded"


def break_remote_code(folder):
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "made_up"
    config["auto_map"] = {"AutoConfig": "code.Config", "AutoModel": "code.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('this code was run')")
    return "needs code from its repository"


def break_unknown_architecture(folder):
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "made_up"
    (folder / "config.json").write_text(json.dumps(config))
    return "cannot be loaded"


def break_config(folder):
    (folder / "config.json").write_text("{")
    return "cannot be loaded"


def break_tokenizer(folder):
    (folder / "tokenizer.json").write_text("{}")
    return "cannot be loaded"


BREAKS = [value for name, value in list(globals().items()) if name.startswith("break_")]


@pytest.mark.parametrize("damage", BREAKS, ids=lambda f: f.__name__)
def test_a_folder_that_cannot_be_used_is_told(bert, damage):
    with pytest.raises(GlotError, match=damage(bert)):
        load_backbone(str(bert), device="cpu")


@pytest.mark.parametrize("name", ["", "a b", "../nowhere", "/nowhere/at/all", "x.gguf", "a/b/c"])
def test_a_name_that_is_nothing_is_told(name):
    with pytest.raises(GlotError, match="Unknown backbone"):
        load_backbone(name)


def test_a_folder_that_is_no_model_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(GlotError, match=r"holds no model.*notes\.txt"):
        load_backbone(str(tmp_path))


@pytest.mark.parametrize("name", ["model.gguf", "model.bin"])
def test_a_file_that_is_no_model_is_told(tmp_path, name):
    (tmp_path / name).write_text("<html>not found</html>")
    with pytest.raises(GlotError, match=r"not in GGUF format|is no backbone"):
        load_backbone(str(tmp_path / name))


def test_a_truncated_gguf_file_is_told(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(GlotError, match="cannot be loaded"):
        load_backbone(str(tmp_path / "model.gguf"))
