"""Every layout in which a published head may come gives the published outputs."""

import pytest
import torch
from safetensors.torch import save_file

from glot.integrations.reference import load_pooler
from tests.unit.integrations.published import NAMES, published


def check(path, file, **arguments):
    pooler = load_pooler(path, **arguments)
    with torch.inference_mode():
        pooled = pooler(file.tensors["hidden"], file.tensors["mask"])
    torch.testing.assert_close(pooled.embedding, file.tensors["z"], atol=1e-5, rtol=0)


def prefixed(state, prefix):
    return {prefix + key: value for key, value in state.items()}


LAYOUTS = {
    "bare state dict, flat configuration": lambda f: {**f.state, **f.config},
    "names with state.": lambda f: {**prefixed(f.state, "state."), **f.config},
    "state and config": lambda f: {"state": f.state, "config": f.config},
    "state_dict and metadata": lambda f: {"state_dict": f.state, "metadata": f.config},
    "model_state_dict, args and more": lambda f: {
        "model_state_dict": {
            **prefixed(f.state, "module.pooler."),
            "module.classifier.weight": torch.ones(2, 3),
            "module.classifier.bias": torch.ones(2),
        },
        "optimizer_state_dict": {"state": {0: {"step": 3}}, "param_groups": [{"lr": 1e-3}]},
        "args": {**f.config, "lr": 1e-3, "task": "sst2"},
        "epoch": 2,
    },
    "pooler and hparams": lambda f: {"pooler": f.state, "hparams": f.config},
    "model, configuration within it": lambda f: {
        "model": {"pooler": f.state, "config": f.config},
    },
    "weights beside their gradients and averages": lambda f: {
        "state_dict": f.state,
        "ema": {key: value.float() + 1 for key, value in f.state.items()},
        "grad": {key: value.float() * 0 for key, value in f.state.items()},
        "config": f.config,
    },
    "a backbone's entries of the same name": lambda f: {
        "state_dict": f.state,
        "config": f.config,
        "backbone": {"hidden_dim": 768, "num_layers": 12},
    },
    "numbers, not strings": lambda f: {
        "pooler": f.state,
        "config": {
            **f.config,
            "tau": float(f.config["tau"]),
            **{key: int(f.config[key]) for key in ("in_dim", "hidden_dim", "num_layers")},
        },
    },
    "parameters, not tensors": lambda f: {
        "pooler": {
            key: torch.nn.Parameter(value) if value.is_floating_point() else value
            for key, value in f.state.items()
        },
        "config": f.config,
    },
}


@pytest.mark.parametrize("name", ["gat_cat", "gin_cat", "adapool"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("old_format", [False, True])
def test_torch_files(tmp_path, name, layout, old_format):
    file = published(name)
    path = tmp_path / "head.pt"
    torch.save(LAYOUTS[layout](file), path, _use_new_zipfile_serialization=not old_format)
    check(path, file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".ckpt", ".safetensors", ""])
def test_the_suffix_does_not_matter(tmp_path, name, suffix):
    file = published(name)
    torch.save({"state": file.state, "config": file.config}, tmp_path / f"torch{suffix}")
    check(tmp_path / f"torch{suffix}", file)
    (tmp_path / f"safe{suffix}").write_bytes(file.path.read_bytes())
    check(str(tmp_path / f"safe{suffix}"), file)


@pytest.mark.parametrize("name", NAMES)
def test_what_shapes_tell_need_not_be_stated(tmp_path, name):
    file = published(name)
    stated = {"tau": file.config["tau"], "jk_mode": file.config["jk_mode"]}
    torch.save({**file.state, **stated}, tmp_path / "head.pt")
    check(tmp_path / "head.pt", file)


@pytest.mark.parametrize("name", NAMES)
def test_what_shapes_do_not_tell_may_be_an_argument(tmp_path, name):
    file = published(name)
    torch.save(file.state, tmp_path / "head.pt")
    check(
        tmp_path / "head.pt",
        file,
        tau=float(file.config["tau"]),
        jumping_knowledge=file.config["jk_mode"],
    )


def test_shapes_tell_cat_and_leave_one_layer_no_choice(tmp_path):
    file = published("gat_cat")
    torch.save(file.state, tmp_path / "head.pt")
    check(tmp_path / "head.pt", file, tau=0.6)
    one = {key: value for key, value in file.state.items() if not key.startswith("convs.1.")}
    one["score_layer.0.weight"] = one["score_layer.0.weight"][:, :32].contiguous()
    torch.save(one, tmp_path / "head.pt")
    pooler = load_pooler(tmp_path / "head.pt", tau=0.6)
    assert (pooler.config.layers, pooler.out_width) == (1, 32)


def test_arguments_go_before_the_file():
    file = published("gat_max_dense")
    assert load_pooler(file.path).config.tau == 0.2
    changed = load_pooler(file.path, tau=0.4, jumping_knowledge="mean").config
    assert (changed.tau, changed.jumping_knowledge) == (0.4, "mean")


def test_safetensors_without_metadata(tmp_path):
    file = published("gcn_cat")
    save_file(prefixed(file.state, "pooler."), tmp_path / "head.safetensors")
    check(tmp_path / "head.safetensors", file, tau=float(file.config["tau"]))


def test_attention_without_edge_features_has_no_edge_term(tmp_path):
    file = published("gat_cat")
    plain = {key: value for key, value in file.state.items() if "_edge" not in key}
    torch.save({**plain, **file.config}, tmp_path / "head.pt")
    assert not load_pooler(tmp_path / "head.pt").config.edge_term
    assert load_pooler(file.path).config.edge_term


def test_no_layers(tmp_path):
    """A published GLOT with K = 0 scores the states themselves, whatever it says of its graph."""
    generator = torch.Generator().manual_seed(0)
    state = {
        "score_layer.0.weight": torch.randn(128, 6, generator=generator),
        "score_layer.0.bias": torch.randn(128, generator=generator),
        "score_layer.2.weight": torch.randn(1, 128, generator=generator),
        "score_layer.2.bias": torch.randn(1, generator=generator),
    }
    config = {"conv": "gat", "hidden_dim": 32, "num_layers": 0, "in_dim": 6}
    hidden = torch.randn(1, 4, 6, generator=generator)
    score = torch.tanh(hidden[0] @ state["score_layer.0.weight"].T + state["score_layer.0.bias"])
    expected = (score @ state["score_layer.2.weight"][0]).softmax(0) @ hidden[0]
    for content in ({**state, **config}, state):
        torch.save(content, tmp_path / "head.pt")
        pooled = load_pooler(tmp_path / "head.pt")(hidden, torch.ones(1, 4))
        torch.testing.assert_close(pooled.embedding[0], expected)
