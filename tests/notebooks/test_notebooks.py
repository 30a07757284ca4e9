"""The example notebooks run from top to bottom, and are stored as they run."""

import nbformat
import pytest

from glot.paths import ROOT
from tests.notebooks.execute import executed, paths

# Bytes: more than this is slow to open, and GitHub does not show it.
MOST = 1_500_000
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PLOTLY = "application/vnd.plotly.v1+json"


def stored(path):
    return nbformat.read(path, as_version=4)


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def kinds(notebook):
    """What each cell of code gave: streams by name, data by its types."""
    return [
        [
            (output.output_type, output.get("name", ""), sorted(output.get("data", {})))
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_are_two():
    assert [path.stem for path in paths()] == ["explore_a_text", "heads_and_embedding"]


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_a_notebook_gives_what_is_stored(path):
    again = executed(path)
    given = kinds(again)
    # Nothing was raised and nothing was warned of.
    assert {(kind, name) for cell in given for kind, name, _ in cell} <= {
        ("execute_result", ""),
        ("display_data", ""),
        ("stream", "stdout"),
    }
    assert given == kinds(stored(path))


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_a_stored_notebook_is_small_valid_and_of_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST
    nbformat.validate(stored(path))
    assert str(ROOT) not in text
    # Figures are data: no copy of plotly.js, and no script from elsewhere.
    shown = outputs(stored(path))
    assert any(PLOTLY in output.get("data", {}) for output in shown)
    assert not any("<script" in str(output) for output in shown)


def test_the_live_view_is_stored_with_its_state_and_a_table_for_where_it_does_not_run():
    (path,) = (path for path in paths() if path.stem == "explore_a_text")
    notebook = stored(path)
    (shown,) = (output.data for output in outputs(notebook) if VIEW in output.get("data", {}))
    state = notebook.metadata.widgets[STATE].state[shown[VIEW]["model_id"]]
    assert state.model_module == "anywidget"
    assert state.state.tau == 0.45
    assert {"upper", "pi_glot"} <= {buffer.path[-1] for buffer in state.buffers}
    assert "τ = 0.60: 16 tokens" in shown["text/html"]
