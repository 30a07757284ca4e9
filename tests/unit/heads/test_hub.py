"""Heads to a hub and back, by huggingface_hub's own requests over HTTP."""

import pytest
import torch
from huggingface_hub import constants

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.heads import build_head
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, FILES, WEIGHTS, TrainedHead
from glot.heads.config import HeadConfig
from tests.conftest import FakeBackbone
from tests.fake_hub import fake_hub

OFFICIAL = constants.ENDPOINT


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with fake_hub() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        pattern = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(OFFICIAL, running.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", pattern)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub_cache"))
        yield running


@pytest.fixture
def trained(fake):
    torch.manual_seed(1)
    config = PoolerConfig("glot", width=4, tau=0.25)
    head = build_head(config, fake.width, HeadConfig(n_classes=2)).eval()
    labels = ("negative", "positive")
    return TrainedHead(head, HeadCard("fake", fake.fingerprint, fake.width, "sst2", labels, config))


def same(one, other):
    assert one.card == other.card
    ours, theirs = one.head.state_dict(), other.head.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_head_goes_up_and_comes_back_the_same(trained, hub, fake, tmp_path):
    address = trained.push_to_hub("me/reviews", token="right", private=True)
    assert address.startswith(f"{hub.address}/me/reviews/commit/")
    assert hub.private == {"me/reviews"}
    assert set(hub.repositories["me/reviews"]) == set(FILES)
    same(TrainedHead.from_pretrained("me/reviews", backbone=fake), trained)
    asked = len(hub.asked)
    same(TrainedHead.from_pretrained("me/reviews", local_files_only=True), trained)
    assert len(hub.asked) == asked


def test_nothing_but_the_three_files_is_fetched(trained, hub):
    trained.push_to_hub("me/reviews", token="right")
    hub.repositories["me/reviews"]["pytorch_model.bin"] = b"a pickle"
    hub.repositories["me/reviews"]["code.py"] = b"raise SystemExit"
    TrainedHead.from_pretrained("me/reviews")
    fetched = {path.rsplit("/", 1)[1] for method, path in hub.asked if "/resolve/" in path}
    assert fetched == set(FILES)


def test_a_saved_head_is_a_folder_like_any_other(trained, hub, fake, tmp_path):
    assert trained.save_pretrained(tmp_path / "head") is None
    assert {path.name for path in (tmp_path / "head").iterdir()} == set(FILES)
    same(TrainedHead.from_pretrained(tmp_path / "head", backbone=fake), trained)
    address = trained.save_pretrained(
        tmp_path / "head", repo_id="me/again", push_to_hub=True, token="right"
    )
    assert "/me/again/commit/" in address


def test_a_head_of_another_backbone_is_refused(trained, hub):
    trained.push_to_hub("me/reviews", token="right")
    with pytest.raises(GlotError, match="trained on backbone 'fake'"):
        TrainedHead.from_pretrained("me/reviews", backbone=FakeBackbone(name="other"))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({CARD: b"{}"}, "config.json"),
        ({}, "config.json"),
        ({WEIGHTS: b"\x80\x04N."}, "config.json"),
    ],
)
def test_a_repository_that_holds_no_head_is_told(files, told, hub):
    hub.repositories["me/nothing"] = {"notes.txt": b"", **files}
    with pytest.raises(GlotError, match=told):
        TrainedHead.from_pretrained("me/nothing")


def test_what_the_hub_refuses_is_told(trained, hub):
    with pytest.raises(GlotError, match=r"did not take the head as 'me/reviews'.*hf auth login"):
        trained.push_to_hub("me/reviews", token="wrong")
    with pytest.raises(GlotError, match="did not give the head 'me/absent'"):
        TrainedHead.from_pretrained("me/absent")


@pytest.mark.parametrize("name", ["", "reviews", "a/b/c", "../up", "a b/c"])
def test_a_name_that_is_none_is_told_before_anything_is_asked(name, trained, hub, tmp_path):
    with pytest.raises(GlotError, match="owner/name"):
        trained.push_to_hub(name, token="right")
    if name:
        with pytest.raises(GlotError, match="neither a folder nor a repository"):
            TrainedHead.from_pretrained(tmp_path / name)
    assert hub.asked == []
