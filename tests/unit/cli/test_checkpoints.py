"""`glot checkpoints`: list, verify, card, push."""

import json
import shutil
import subprocess
import sys

import pytest

from glot.files import unsealed
from glot.heads.checkpoint import CARD, README, WEIGHTS
from glot.paths import ROOT
from tests.fake_hub import fake_hub
from tests.unit.backbones.tiny import save_tiny
from tests.unit.cli.run import glot, told, well

SHIPPED = ROOT / "checkpoints"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny backbone with a head for a generated task, and folders of the test's own."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_tiny("bert", folder / "tiny")
    well(
        glot(
            "train", "--task", "stress-strict-0", "--backbone", folder / "tiny", "--pooler",
            "mean", "--n-train", "40", "--n-evaluation", "40", "--epochs", "1", "--lr", "1e-2",
            GLOT_CACHE=folder / "cache", GLOT_CHECKPOINTS=folder / "ck", OMP_NUM_THREADS=1,
        )
    )  # fmt: skip
    return folder


@pytest.fixture
def root(place, tmp_path):
    """A copy of the heads, to be spoilt."""
    return shutil.copytree(place / "ck", tmp_path / "ck")


def run(*arguments):
    return glot("checkpoints", *arguments, GLOT_DATA="", OMP_NUM_THREADS=1)


def test_the_shipped_heads_are_listed_with_their_scores():
    lines = well(run("list", "--root", SHIPPED)).stdout.splitlines()
    for folder in SHIPPED.glob("minilm/sst2/*"):
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        value = f"{card['metrics']['evaluation']['dev']['accuracy']:.2f}"
        size = sum(path.stat().st_size for path in folder.iterdir())
        words = ["minilm", "sst2", folder.name, "accuracy", value, "872", f"{size:,}"]
        assert any(line.split() == words for line in lines), folder.name
    assert " bytes (" in lines[-1]


def test_listing_loads_no_torch():
    code = (
        "import sys; from glot.cli import cli; cli(['checkpoints', 'list'], standalone_mode=False);"
        "cli(['checkpoints', 'card', '--check'], standalone_mode=False);"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_broken_card_is_listed_as_such(root):
    (root / "tiny" / "stress-strict-0" / "mean" / CARD).write_text("{")
    done = well(run("list", "--root", root))
    assert "cannot be read" in done.stdout


@pytest.mark.parametrize("command", ["list", "verify", "card"])
def test_a_folder_without_heads_is_told(tmp_path, command):
    told(run(command, "--root", tmp_path / "none"), "No checkpoint under")


def test_verify_tells_each_outcome_and_ends_accordingly(root):
    done = run("verify", "--root", root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ok       tiny/stress-strict-0/mean: accuracy ")
    assert "Heads: 1 ok, 0 differs, 0 broken, 0 skipped." in done.stdout
    weights = root / "tiny" / "stress-strict-0" / "mean" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-8])
    done = run("verify", "--root", root)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("broken   tiny/stress-strict-0/mean: ")
    assert "0 ok, 0 differs, 1 broken" in done.stdout


def test_a_missing_backbone_is_skipped(root, place):
    path = root / "tiny" / "stress-strict-0" / "mean" / CARD
    card = unsealed(json.loads(path.read_text()))
    path.write_text(json.dumps({**card, "backbone": str(place / "gone")}))
    done = well(run("verify", "--root", root))
    assert done.stdout.startswith("skipped  tiny/stress-strict-0/mean: ")


def test_verify_chooses_by_names(root):
    named = ("--backbone", "tiny", "--task", "stress-strict-0", "--pooler", "mean")
    assert "1 ok" in well(run("verify", "--root", root, *named, "--sample", "30")).stdout
    told(run("verify", "--root", root, "--pooler", "glot"), "No checkpoint", "glot")


def test_cards_are_checked_and_written(root):
    page = root / "tiny" / "stress-strict-0" / "mean" / README
    text = page.read_text(encoding="utf-8")
    assert run("card", "--root", root, "--check").returncode == 0
    page.write_text("old", encoding="utf-8")
    done = run("card", "--root", root, "--check")
    assert (done.returncode, done.stderr) == (1, "")
    assert "outdated  tiny/stress-strict-0/mean/README.md" in done.stdout
    assert page.read_text(encoding="utf-8") == "old"
    assert "written   tiny" in well(run("card", "--root", root)).stdout
    assert page.read_text(encoding="utf-8") == text
    page.unlink()
    well(run("card", "--root", root))
    assert page.read_text(encoding="utf-8") == text


def test_a_head_is_uploaded(tmp_path):
    with fake_hub() as hub:
        hub_settings = {"HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0", "HF_HOME": tmp_path}

        def push(*arguments, token):
            return glot("checkpoints", "push", *arguments, HF_TOKEN=token, **hub_settings)

        answer = well(push("minilm/sst2/mean", "me/mean", "--private", token="right"))
        assert answer.stdout.startswith(f"{hub.address}/me/mean/commit/")
        held = hub.repositories["me/mean"][WEIGHTS]
        assert held == (SHIPPED / "minilm" / "sst2" / "mean" / WEIGHTS).read_bytes()
        assert hub.private == {"me/mean"}
        told(push("minilm/sst2/mean", "me/other", token="wrong"), "hf auth login")
        told(push("minilm/sst2/absent", "me/x", token="right"), "neither a folder")
