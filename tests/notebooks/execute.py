"""Runs the example notebooks from top to bottom, in a kernel of this very Python.

`python -m tests.notebooks.execute` stores them with what they give; a test runs them and compares.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from glot.paths import ROOT

FOLDER = ROOT / "docs" / "notebooks"
KERNEL = "glot-notebooks"
# Seconds that one cell may take: long, for a machine may be slow.
PATIENCE = 300


def paths() -> list[Path]:
    """The notebooks."""
    return sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook with its outputs, as running it now gives them.

    Raises:
        CellExecutionError: a cell raised.
    """
    notebook = nbformat.read(path, as_version=4)
    with kernel_home() as home:
        client = NotebookClient(
            notebook,
            kernel_name=KERNEL,
            timeout=PATIENCE,
            record_timing=False,
            # Through files of this user, not through ports that others can listen to.
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{home}/ipc"}}),
            resources={"metadata": {"path": str(FOLDER)}},
        )
        client.execute(env=dict(os.environ))
    # The kernel of the tests is nobody else's.
    notebook.metadata.kernelspec = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata.language_info = {"name": "python"}
    return notebook


@contextmanager
def kernel_home() -> Iterator[str]:
    """A folder as home of Jupyter, which knows one kernel: this interpreter, and this checkout."""
    with tempfile.TemporaryDirectory() as home:
        spec = Path(home) / "kernels" / KERNEL
        spec.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        words = {"argv": command, "display_name": KERNEL, "language": "python"}
        (spec / "kernel.json").write_text(json.dumps(words), encoding="utf-8")
        environment = {
            "JUPYTER_PATH": home,
            "JUPYTER_RUNTIME_DIR": home,
            "IPYTHONDIR": home,
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        with mock.patch.dict(os.environ, environment):
            yield home


def main() -> None:
    """Run and store them."""
    for path in paths():
        nbformat.write(executed(path), path)
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
