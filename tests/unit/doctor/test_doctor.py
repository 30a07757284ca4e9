"""`glot doctor` on a machine with everything, and on ones where something is missing."""

import json
import shutil
import subprocess
import sys

import pytest

from glot.backbones.bundled import BUNDLED
from glot.doctor import models, place, software
from glot.paths import ROOT, checkpoints_folder


def by_name(findings):
    return {each.name: each for each in findings}


def test_the_command_tells_all_sections_and_ends_with_0(cache):
    done = subprocess.run(
        [sys.executable, "-m", "glot.cli", "doctor", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    findings = json.loads(done.stdout)
    assert {each["section"] for each in findings} == {
        "Python", "Packages", "Extras", "Device", "Backbones", "Heads", "Data", "Configuration",
        "Folders", "Front end",
    }  # fmt: skip
    assert {each["status"] for each in findings} <= {"ok", "note"}
    assert not cache.exists()


def test_a_package_that_is_missing_or_another_is_told_with_its_pin(tmp_path, monkeypatch):
    (tmp_path / "requirements.txt").write_text("-c x\ntorch==0.1\nno-such-package[a]==2.0\n")
    monkeypatch.setattr(software, "ROOT", tmp_path)
    found = by_name(software.packages())
    assert found["torch"].status == "note"
    assert "tested with 0.1" in found["torch"].told
    assert found["no-such-package"].status == "missing"
    assert found["as pinned"].told.startswith("0 ")


def test_a_backbone_that_is_missing_is_told_with_its_command(monkeypatch):
    monkeypatch.setattr("glot.backbones.bundled.find_spec", lambda _: None)
    found = by_name(models.backbones())
    assert (found["minilm"].status, found["smollm2"].status) == ("missing", "note")
    assert found["smollm2"].remedy == BUNDLED["smollm2"].install


def test_allowed_backbones_are_looked_for_and_not_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_ALLOWED_BACKBONES", f"nobody/nothing,{tmp_path}")
    found = by_name(models.backbones())
    assert found["nobody/nothing"].remedy == "hf download nobody/nothing"
    assert "holds no model" in found[str(tmp_path)].told


@pytest.mark.parametrize("damage", ["cut", "empty", "card"])
def test_a_broken_head_is_named(tmp_path, monkeypatch, damage):
    head = tmp_path / "minilm" / "sst2" / "glot"
    shutil.copytree(checkpoints_folder() / "minilm" / "sst2" / "glot", head)
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    assert by_name(models.heads())["minilm"].told == "1 heads"
    file = head / ("config.json" if damage == "card" else "model.safetensors")
    content = file.read_bytes()
    file.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    assert by_name(models.heads())["minilm/sst2/glot"].status == "missing"


def test_a_configuration_that_is_wrong_and_a_variable_that_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_CASHE_MB", "3")
    found = by_name(place.configuration())
    assert found["GLOT_CASHE_MB"].status == "note"
    assert found["settings"].status == "ok"
    monkeypatch.setenv("GLOT_CACHE_MB", "none")
    assert by_name(place.configuration())["settings"].status == "missing"


def test_folders_that_cannot_be_written_are_told_and_none_is_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GLOT_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("GLOT_RESULTS", str(tmp_path / "new" / "results"))
    found = by_name(place.folders())
    assert found["cache"].status == "missing"
    assert found["results"].status in ("ok", "note")
    assert not (tmp_path / "new").exists()


def test_data_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOT_DATA", str(tmp_path / "none"))
    assert models.data()[0].status == "missing"
    (tmp_path / "none" / "cola").mkdir(parents=True)
    (tmp_path / "none" / "cola" / "train.parquet").write_bytes(b"")
    assert models.data()[0].told.endswith(": cola")
