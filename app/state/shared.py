"""What several pages show: whoever sets it on one finds it on the next."""

from __future__ import annotations

from app.state.setting import Setting, show_text, some_of
from glot.attributions.examples import BACKBONE, TASK, examples
from glot.poolers import POOLERS

# DeepSets is GLOT without the graph: without it a comparison would not tell what the graph adds.
COMPARED = ("mean", "adapool", "deepsets", "glot")
MAX_POOLERS = 4

TEXT = Setting("text", examples()[0].text, show=show_text)
BACKBONE_NAME = Setting("backbone", BACKBONE)
TASK_NAME = Setting("task", TASK)
COMPARED_POOLERS = Setting(
    "poolers", COMPARED, some_of(tuple(POOLERS.names()), MAX_POOLERS), ",".join
)
