"""What several pages show: whoever sets it on one finds it on the next."""

from __future__ import annotations

from app.state.setting import Setting, show_text, some_of
from glot.attributions.examples import BACKBONE, TASK, examples
from glot.live.payload import COMPARED as COMPARED
from glot.live.payload import MAX_POOLERS as MAX_POOLERS
from glot.poolers import POOLERS

TEXT = Setting("text", examples()[0].text, show=show_text)
BACKBONE_NAME = Setting("backbone", BACKBONE)
TASK_NAME = Setting("task", TASK)
COMPARED_POOLERS = Setting(
    "poolers", COMPARED, some_of(tuple(POOLERS.names()), MAX_POOLERS), ",".join
)
