"""The house rules of the design, section 5, read off the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from glot.paths import ROOT

RANKS = {
    **dict.fromkeys(["types", "config", "registry", "metrics", "errors", "arrays", "threads"], 0),
    **dict.fromkeys(["extras", "files", "memory", "operation", "paths", "provenance"], 0),
    **dict.fromkeys(["backbones", "graph", "convs", "tasks"], 1),
    "poolers": 2,
    "heads": 3,
    **dict.fromkeys(["training", "attributions", "projection"], 4),
    **dict.fromkeys(["integrations", "plots", "dashboard", "serving"], 5),
    # The live view draws with the figures' colours.
    "live": 6,
    # Experiments score heads through other libraries, by way of `integrations`.
    "experiments": 6,
    **dict.fromkeys(["api", "doctor"], 7),
    **dict.fromkeys(["cli", "__init__"], 8),
}
FILES = sorted((ROOT / "glot").rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT / "glot").parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_there_is_something_to_check():
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_from_higher_ranks_to_lower(path):
    here = room(path)
    for name in imports(path):
        parts = name.split(".")
        assert parts[0] not in ("app", "streamlit"), f"{path} imports {name}"
        if parts[0] == "glot" and len(parts) > 1 and parts[1] in RANKS:
            there = parts[1]
            ranks = RANKS[there], RANKS[here]
            assert there == here or ranks == (0, 0) or ranks[0] < ranks[1], f"{path} imports {name}"


@pytest.mark.parametrize(
    "path", [*FILES, *sorted((ROOT / "app").rglob("*.py"))], ids=lambda path: path.stem
)
def test_nothing_unpickles_or_runs_a_models_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # One file reads torch files, and of those nothing but tensors and plain values.
    reader = path == ROOT / "glot" / "integrations" / "reference.py"
    admitted = {
        node.func
        for node in ast.walk(tree)
        if reader
        and isinstance(node, ast.Call)
        and ast.unparse(node.func) == "torch.load"
        and any(ast.unparse(keyword) == "weights_only=True" for keyword in node.keywords)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle"):
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            pytest.fail(f"{path} writes raw HTML")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("torch.load", "pickle.load"):
            assert node in admitted, f"{path} unpickles"


def test_only_services_cache():
    for path in (ROOT / "app").rglob("*.py"):
        if path.parent.name != "services":
            assert "cache_resource" not in path.read_text(encoding="utf-8")
            assert "cache_data" not in path.read_text(encoding="utf-8")


def test_an_example_is_shown_without_torch():
    code = """
import sys
from glot.attributions.examples import examples, stored_explanation
from glot.attributions.report import as_record
from glot.plots.token_graph import token_graph_figure
from glot.plots.token_weights import token_weights_figure
import app.services.explain
from glot.heads.summary import head_summary
shown = stored_explanation(examples()[0].text, "minilm", "sst2")
assert shown is not None, "no stored explanation fits the shipped heads"
token_graph_figure(shown, 0.6, "glot")
token_weights_figure(shown, 0.6, list(shown.weights))
as_record(shown, 0.6)
# All that the page asks for.
for name in shown.poolers:
    assert head_summary("minilm", "sst2", name), "the card was not read"
import app.components.pickers
import app.navigation
import app.views.explore
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
