"""Same text, same answer: in any batch, beside any padding, on any number of threads, after a
restart; and how far bfloat16 is from float32. docs/reliability.md tells these bounds."""

import os
import subprocess
import sys
from dataclasses import fields

import pytest
import torch

from benchmarks import numerics
from benchmarks.numerics import Apart
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.paths import ROOT
from glot.poolers import POOLERS, build_pooler

FLOAT32 = Apart(state=2e-5, vector=2e-5, share=1e-5, probability=1e-5, turn=1e-9)
BFLOAT16 = Apart(state=0.1, vector=0.1, share=0.05, probability=0.05, turn=1e-3)
SUM = 1e-6
# The other backbone takes minutes on a busy machine.
NAMES = numerics.NAMES if "GLOT_FAULT_ROUNDS" in os.environ else numerics.NAMES[:1]


@pytest.fixture(scope="module", params=NAMES)
def bench(request):
    try:
        found = numerics.bench(request.param)
    except GlotError as error:
        pytest.skip(str(error))
    assert {"adapool", "deepsets", "glot", "mean"} <= set(found.heads)
    return found


def assert_within(found, bounds):
    for field in fields(Apart):
        assert getattr(found, field.name) <= getattr(bounds, field.name), (field.name, found)


def test_a_text_is_the_same_in_any_batch_and_beside_any_padding(bench):
    assert_within(numerics.in_batches(bench), FLOAT32)


def test_a_text_is_the_same_in_what_is_computed_for_many(bench):
    assert_within(numerics.among_many(bench), FLOAT32)


@pytest.mark.parametrize("number", [2, 4])
def test_a_text_is_the_same_on_any_number_of_threads(bench, number):
    assert_within(numerics.on_threads(bench, number), FLOAT32)


@pytest.mark.parametrize("number", [1, 2])
def test_a_text_asked_for_again_is_the_same_to_the_last_bit(bench, number):
    with numerics.threads(number):
        for text in numerics.TEXTS:
            first, second = (bench.backbone.encode([text]) for _ in range(2))
            assert torch.equal(first.hidden, second.hidden)
            for head in (bench.heads["adapool"], bench.heads["glot"]):
                pooled, again = (head.embed(s.hidden, s.mask) for s in (first, second))
                assert torch.equal(pooled.weights, again.weights)
                assert torch.equal(pooled.embedding, again.embedding)


def test_bfloat16_is_near_float32(bench):
    found = numerics.in_bfloat16(bench)
    assert_within(found, BFLOAT16)
    # It is another computation, and not the same one by another name.
    assert found.state > FLOAT32.state


DIGEST = """
import hashlib, torch
from benchmarks.numerics import TEXTS
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
backbone = load_backbone("minilm", device="cpu", dtype="float32")
found = hashlib.sha256()
for trained in load_heads(backbone, "sst2").heads.values():
    for text in TEXTS:
        states = backbone.encode([text])
        with torch.inference_mode():
            pooled = trained.head.embed(states.hidden, states.mask)
        for value in (states.hidden, pooled.weights, pooled.embedding):
            found.update(value.detach().contiguous().numpy().data)
print(found.hexdigest())
"""


def test_a_restart_changes_no_bit():
    digests = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout.strip())
    (digest,) = digests
    assert len(digest) == 64


LENGTHS = (1, 2, 7, 100, 1000)
# Without a graph a text of this length is a matter of milliseconds.
LONG = 32_768


@pytest.mark.parametrize("name", POOLERS.names())
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
@pytest.mark.parametrize("narrow", [False, True], ids=["float32", "autocast"])
def test_token_weights_sum_to_one(name, scale, narrow):
    torch.manual_seed(0)
    pooler = build_pooler(PoolerConfig(name, width=16, tau=0.3), 32).eval()
    for length in LENGTHS if pooler.uses_graph else (*LENGTHS, LONG):
        hidden = torch.randn(2, length, 32) * scale
        mask = torch.arange(length) < torch.tensor([[length], [max(1, length // 3)]])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            weights = pooler(hidden, mask).weights
        assert bool((weights >= 0).all())
        assert float((weights.double().sum(1) - 1).abs().max()) <= SUM


def test_token_weights_sum_to_one_at_every_tau(bench):
    taus = torch.linspace(-1, 1, 101)
    for states in bench.alone:
        with torch.inference_mode():
            pooled = bench.heads["glot"].pooler(states.hidden, states.mask, taus)
        assert pooled.weights.shape == (101, states.mask.shape[1])
        assert float((pooled.weights.double().sum(1) - 1).abs().max()) <= SUM
