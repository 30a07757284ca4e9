"""What is no published head is refused, in words that say what to do; nothing in it is run."""

import pickle

import pytest
import torch
from safetensors.torch import save_file

from glot.errors import GlotError
from glot.integrations.reference import load_pooler
from tests.unit.integrations.published import published


class Runs:
    """What a hostile pickle does when it is opened: here, to leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def adapool(**changes):
    """A small AdaPool head, which needs no shared material."""
    return {
        "score_layer.0.weight": torch.ones(3, 4),
        "score_layer.0.bias": torch.ones(3),
        "score_layer.2.weight": torch.ones(1, 3),
        "score_layer.2.bias": torch.ones(1),
        **changes,
    }


def gat(layers=2, width=4, out=None, **changes):
    """A small GAT head without edge features; `cat` by default."""
    state = {}
    for layer in range(layers):
        state[f"convs.{layer}.lin.weight"] = torch.ones(width, width)
        for vector in ("att_src", "att_dst"):
            state[f"convs.{layer}.{vector}"] = torch.ones(1, 1, width)
        state[f"convs.{layer}.bias"] = torch.ones(width)
    readout = {
        "score_layer.0.weight": torch.ones(128, out or width * (layers + 1)),
        "score_layer.0.bias": torch.ones(128),
        "score_layer.2.weight": torch.ones(1, 128),
        "score_layer.2.bias": torch.ones(1),
    }
    return {**state, **readout, "tau": 0.3, **changes}


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


def test_the_small_heads_are_sound(tmp_path):
    for content in (adapool(), gat(), gat(out=4, jk_mode="max")):
        torch.save(content, tmp_path / "head.pt")
        assert load_pooler(tmp_path / "head.pt").in_width == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (without(gat(), "tau"), r"threshold τ.*Pass tau="),
        (gat(out=4), r"jk_mode.*max, mean, none.*Pass jumping_knowledge="),
        (gat(out=4, jk_mode="cat"), "'cat'.*leave max, mean, none"),
        (gat(jk_mode="max"), "'max'.*leave cat"),
        (gat(out=4, jk_mode="lstm"), "'lstm'.*leave max, mean, none"),
        (gat(out=7), "width 7.*12 for cat, 4 for max"),
        (gat(conv="transformer"), "Unknown conv 'transformer'.*gat, gcn, gin, adapool"),
        (gat(conv="sage"), "Unknown conv 'sage'"),
        (gat(conv="gcn"), "states conv 'gcn'.*those of 'gat'"),
        (adapool(conv="gat", num_layers=2), "states conv 'gat'.*those of 'adapool'"),
        (adapool(**{"convs.0.lin_l.weight": torch.ones(2, 4)}), "Unknown conv with tensors"),
        (gat(in_dim="768"), "states in_dim 768.*tell 4"),
        (gat(num_layers="3"), "states num_layers 3.*tell 2"),
        (gat(hidden_dim=128), "states hidden_dim 128.*tell 4"),
        (gat(hidden_dim="wide"), "hidden_dim 'wide'.*a number"),
        (gat(tau="high"), "tau 'high'.*a number"),
        (gat(num_layers=float("inf")), "num_layers inf"),
        (gat(tau=float("nan")), "tau nan"),
        (gat(layers=9), "layers 9"),
        (adapool(**{"score_layer.0.bias": torch.ones(5)}), "do not fit"),
        (adapool(**{"score_layer.0.weight": torch.ones(3)}), r"of shape \(3,\)"),
        (without(adapool(), "score_layer.2.bias"), "do not fit"),
        (without(gat(), "convs.1.lin.weight"), "do not fit"),
        (without(gat(), "convs.0.lin.weight"), "convs.0.lin.weight is missing"),
        (gat(**{"convs.0.att_src": torch.ones(1, 2, 2)}), r"\(1, 2, 2\).*one attention head"),
        (adapool(**{"score_layer.0.bias": torch.tensor([1.0, float("nan"), 1.0])}), "NaN"),
        (adapool(**{"score_layer.0.bias": torch.ones(3, device="meta")}), "do not fit"),
        (adapool(**{"score_layer.0.bias": torch.ones(3).to_sparse()}), "do not fit"),
        ({"convs.0.bias": torch.ones(1)}, "no tensor named score_layer.0.weight"),
        ({"a": adapool(), "b": adapool()}, "holds several heads: .*Save one"),
        ({"model": adapool(), "pooler": adapool()}, "holds several heads"),
        ({}, "no tensor named"),
        ([1, 2], "holds a list"),
        (torch.ones(2), "holds a Tensor"),
    ],
)
def test_contents_that_are_no_head(tmp_path, content, message):
    torch.save(content, tmp_path / "head.pt")
    with pytest.raises(GlotError, match=message) as caught:
        load_pooler(tmp_path / "head.pt")
    assert str(tmp_path / "head.pt") in str(caught.value)


@pytest.mark.parametrize("old_format", [False, True])
def test_a_pickle_with_code_is_refused_and_does_not_run(tmp_path, old_format):
    mark, path = tmp_path / "it ran", tmp_path / "head.pt"
    content = {"state": adapool(), "config": Runs(mark)}
    torch.save(content, path, _use_new_zipfile_serialization=not old_format)
    with pytest.raises(GlotError, match="refused") as caught:
        load_pooler(path)
    assert "weights_only" not in str(caught.value)
    assert not mark.exists()


def test_a_plain_pickle_is_refused_and_does_not_run(tmp_path):
    mark = tmp_path / "it ran"
    for content in (Runs(mark), {"score_layer.0.weight": [1.0]}):
        (tmp_path / "head.pkl").write_bytes(pickle.dumps(content, protocol=2))
        with pytest.raises(GlotError):
            load_pooler(tmp_path / "head.pkl")
    assert not mark.exists()


@pytest.mark.parametrize("old_format", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_truncated_torch_file_is_refused(tmp_path, share, old_format):
    path = tmp_path / "head.pt"
    torch.save(gat(), path, _use_new_zipfile_serialization=not old_format)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(GlotError, match="Cannot read"):
        load_pooler(path)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.99])
def test_a_truncated_safetensors_file_is_refused(tmp_path, share):
    path = tmp_path / "head.safetensors"
    save_file(adapool(), path)
    data = path.read_bytes()
    path.write_bytes(data[: max(1, int(len(data) * share))])
    with pytest.raises(GlotError, match="Cannot read"):
        load_pooler(path)


def test_a_missing_file_a_folder_and_a_text_are_refused(tmp_path):
    with pytest.raises(GlotError, match=r"Cannot read .*No such file"):
        load_pooler(tmp_path / "none.pt")
    with pytest.raises(GlotError, match="Cannot read"):
        load_pooler(tmp_path)
    (tmp_path / "head.pt").write_text("these are no weights")
    with pytest.raises(GlotError, match="neither a safetensors nor a torch file"):
        load_pooler(tmp_path / "head.pt")


def test_a_dict_that_holds_itself_is_read_once(tmp_path):
    content = {"state": adapool()}
    content["config"] = content
    torch.save(content, tmp_path / "head.pt")
    assert load_pooler(tmp_path / "head.pt").config.name == "adapool"


def test_arguments_are_checked_like_the_file():
    path = published("gat_cat").path
    with pytest.raises(GlotError, match="tau inf"):
        load_pooler(path, tau=float("inf"))
    with pytest.raises(GlotError, match=r"'max'.*leave cat"):
        load_pooler(path, jumping_knowledge="max")
