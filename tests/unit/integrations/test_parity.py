"""Parity with the published implementation: outputs, gradients, statistics."""

import pytest
import torch
from torch import nn

from glot.integrations.reference import load_pooler
from glot.integrations.reference_names import our_name
from tests.unit.integrations.published import GRADIENT, NAMES, published

EXACT = {"atol": 1e-5, "rtol": 0}


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_gradients_are_the_published_ones(name):
    file = published(name)
    pooler = load_pooler(file.path)
    hidden = file.tensors["hidden"].requires_grad_()
    pooled = pooler(hidden, file.tensors["mask"])
    torch.testing.assert_close(pooled.embedding, file.tensors["z"], **EXACT)
    assert pooled.weights.shape == file.tensors["mask"].shape
    pooled.embedding.backward(file.tensors["grad_z"])
    gradients = {
        our_name(key.removeprefix(GRADIENT), file.config["conv"]): value
        for key, value in file.tensors.items()
        if key.startswith(GRADIENT)
    }
    assert set(gradients) == {key for key, _ in pooler.named_parameters()}
    for key, weight in pooler.named_parameters():
        torch.testing.assert_close(weight.grad, gradients[key].reshape(weight.shape), **EXACT)
    if "grad_hidden" in file.tensors:
        torch.testing.assert_close(hidden.grad, file.tensors["grad_hidden"], **EXACT)


def test_the_gin_file_was_made_in_eval_mode():
    """In training mode the batch's own statistics stand in for the running ones."""
    file = published("gin_cat")
    pooler = load_pooler(file.path)
    assert not pooler.training
    in_training = pooler.train()(file.tensors["hidden"], file.tensors["mask"]).embedding
    assert float((in_training - file.tensors["z"]).detach().abs().max()) > 0.1


def test_the_gin_files_statistics_are_those_of_one_training_step_on_its_batch():
    """Over valid tokens only, or the padding of the batch would have moved them."""
    file = published("gin_cat")
    pooler = load_pooler(file.path).train()
    norms = [module for module in pooler.modules() if isinstance(module, nn.BatchNorm1d)]
    expected = [(norm.running_mean.clone(), norm.running_var.clone()) for norm in norms]
    for norm in norms:
        assert int(norm.num_batches_tracked) == 1
        norm.reset_running_stats()
    pooler(file.tensors["hidden"], file.tensors["mask"])
    for norm, (mean, variance) in zip(norms, expected, strict=True):
        torch.testing.assert_close(norm.running_mean, mean, **EXACT)
        torch.testing.assert_close(norm.running_var, variance, **EXACT)
