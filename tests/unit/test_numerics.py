"""Same text, same answer: in any batch, beside any padding, on any number of threads, after a
restart; and how far bfloat16 is from float32. docs/reliability.md tells these bounds."""

import os
import random
import subprocess
import sys

import pytest
import torch

from glot.backbones import load_backbone
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads.shelf import load_heads
from glot.paths import ROOT
from glot.poolers import POOLERS, build_pooler

TEXTS = (
    "The film is not bad at all.",
    "Warm! 🙂",
    "a",
    "the plot is slow " * 20,
    "Nobody ever said that it was unbelievable, did they?",
    "The file has keys but not maps.",
)
# float32: largest relative error of a token's state and of a sentence vector, and largest
# difference of a token weight and of a class's probability.
STATE, VECTOR, WEIGHT, CLASS = 2e-5, 2e-5, 1e-5, 1e-5
# bfloat16 beside float32: smallest cosine of states and of sentence vectors, largest share of π
# that lies on other tokens, largest difference of a class's probability.
NARROW_COSINE, NARROW_SHARE, NARROW_CLASS = 0.999, 0.05, 0.05
SUM = 1e-6


def loaded(name, dtype):
    try:
        return load_backbone(name, device="cpu", dtype=dtype)
    except GlotError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=["minilm", "smollm2"])
def backbone(request, minilm):
    return minilm if request.param == "minilm" else loaded(request.param, "float32")


@pytest.fixture(scope="module")
def heads(backbone):
    found = {name: trained.head for name, trained in load_heads(backbone, "sst2").heads.items()}
    assert {"adapool", "deepsets", "glot", "mean"} <= set(found)
    return found


@pytest.fixture(scope="module")
def alone(backbone):
    """Each text by itself, on one thread."""
    with threads(1):
        return [backbone.encode([text]) for text in TEXTS]


class threads:  # noqa: N801 - reads as a statement
    def __init__(self, number):
        self.number, self.before = number, torch.get_num_threads()

    def __enter__(self):
        torch.set_num_threads(self.number)

    def __exit__(self, *error):
        torch.set_num_threads(self.before)


def told(head, states, row):
    """π over a text's own tokens, its vector, and what the head makes of it."""
    with torch.inference_mode():
        pooled = head.embed(states.hidden, states.mask)
        classes = head(pooled.embedding).softmax(-1)
    return pooled.weights[row][states.mask[row]], pooled.embedding[row], classes[row]


def apart(found, expected):
    """Largest relative distance of rows."""
    return float(((found - expected).norm(dim=-1) / expected.norm(dim=-1)).max())


def assert_same(heads, states, row, expected):
    assert apart(states.hidden[row][states.mask[row]], expected.hidden[0]) <= STATE
    for head in heads.values():
        weights, vector, classes = told(head, states, row)
        other_weights, other_vector, other_classes = told(head, expected, 0)
        assert float((weights - other_weights).abs().max()) <= WEIGHT
        assert apart(vector, other_vector) <= VECTOR
        assert float((classes - other_classes).abs().max()) <= CLASS


def test_a_text_is_the_same_in_any_batch_and_beside_any_padding(backbone, heads, alone):
    draw = random.Random(0)
    for size in (1, 2, 3, 7, 16, 33):
        rows = [draw.randrange(len(TEXTS)) for _ in range(size)]
        states = backbone.encode([TEXTS[row] for row in rows])
        place = draw.randrange(size)
        assert_same(heads, states, place, alone[rows[place]])


def test_a_text_is_the_same_in_what_is_computed_for_many(backbone, alone):
    """The way that the store, training and serving take: sorted by length, packed."""
    seen = set()
    for batch in backbone.encode_many(TEXTS * 4):
        for place, row in enumerate(batch.rows):
            found = batch.hidden[place][batch.mask[place]]
            assert apart(found, alone[row % len(TEXTS)].hidden[0]) <= STATE
            seen.add(row)
    assert len(seen) == 4 * len(TEXTS)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_text_is_the_same_on_any_number_of_threads(backbone, heads, alone, number):
    with threads(number):
        for text, expected in zip(TEXTS, alone, strict=True):
            first, second = backbone.encode([text]), backbone.encode([text])
            # On the same number of them to the last bit.
            assert torch.equal(first.hidden, second.hidden)
            assert_same(heads, first, 0, expected)


DIGEST = """
import hashlib, torch
from glot.backbones import load_backbone
from glot.heads.shelf import load_heads
from tests.unit.test_numerics import TEXTS
backbone = load_backbone("minilm", device="cpu", dtype="float32")
found = hashlib.sha256()
for head in load_heads(backbone, "sst2").heads.values():
    for text in TEXTS:
        states = backbone.encode([text])
        with torch.inference_mode():
            pooled = head.head.embed(states.hidden, states.mask)
        for value in (states.hidden, pooled.weights, pooled.embedding):
            found.update(value.detach().contiguous().numpy().data)
print(found.hexdigest())
"""


def test_a_restart_changes_no_bit():
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout.strip())
    (digest,) = digests
    assert len(digest) == 64


def test_bfloat16_is_near_float32(backbone, heads, alone):
    narrow = loaded(backbone.name, "bfloat16")
    for text, wide in zip(TEXTS, alone, strict=True):
        states = narrow.encode([text])
        cosine = torch.cosine_similarity(states.hidden[0], wide.hidden[0], dim=-1)
        assert float(cosine.min()) >= NARROW_COSINE
        for head in heads.values():
            weights, vector, classes = told(head, states, 0)
            other_weights, other_vector, other_classes = told(head, wide, 0)
            assert float((weights - other_weights).abs().sum()) / 2 <= NARROW_SHARE
            assert float(torch.cosine_similarity(vector, other_vector, 0)) >= NARROW_COSINE - 0.001
            assert float((classes - other_classes).abs().max()) <= NARROW_CLASS


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


def test_token_weights_sum_to_one_at_every_tau(alone, heads):
    taus = torch.linspace(-1, 1, 101)
    for states in alone:
        with torch.inference_mode():
            pooled = heads["glot"].pooler(states.hidden, states.mask, taus)
        assert pooled.weights.shape == (101, states.mask.shape[1])
        assert float((pooled.weights.double().sum(1) - 1).abs().max()) <= SUM
