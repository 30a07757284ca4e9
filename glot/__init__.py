"""GLOT Explorer's library: token graphs, poolers and trained heads on frozen language models.

GLOT (arXiv 2603.03389) joins the tokens whose hidden states are similar into a graph, refines
them with a small GNN and reads out token weights π and one sentence vector.

    import glot

    backbone = glot.load_backbone("minilm")
    head = glot.load_head("minilm/sst2/glot", backbone)
    vectors = glot.embed(["The film is not bad at all."], backbone, head)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glot.api import PoolerConfig as PoolerConfig
    from glot.api import TrainConfig as TrainConfig
    from glot.api import TrainedHead as TrainedHead
    from glot.api import embed as embed
    from glot.api import explain as explain
    from glot.api import load_backbone as load_backbone
    from glot.api import load_head as load_head
    from glot.api import predict as predict
    from glot.api import train as train
    from glot.live import show as show

__version__ = "0.1.0"

# Found when asked for: `import glot` loads neither torch nor transformers.
_API = (
    "PoolerConfig",
    "TrainConfig",
    "TrainedHead",
    "embed",
    "explain",
    "load_backbone",
    "load_head",
    "predict",
    "train",
)
_HOMES = {**dict.fromkeys(_API, "glot.api"), "show": "glot.live"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'glot' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
