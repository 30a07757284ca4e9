"""What tells one trained pooler from another, where other software keeps results by name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from glot.poolers.base import Pooler

# As long as the commits that hubs name models' states by.
DIGITS = 40


def model_name(backbone: str, pooler: str) -> str:
    """`glot/BACKBONE-POOLER`, which other software takes for owner and name.

    Args:
        backbone: its name; of a folder's path the last part counts.
        pooler: its name.
    """
    name = Path(backbone).name if Path(backbone).is_absolute() else backbone
    safe = re.sub(r"[^\w.-]+", "--", name) or "backbone"
    return f"glot/{safe}-{pooler}"


def revision(pooler: Pooler, *others: object) -> str:
    """Digits that change with anything that a sentence vector depends on.

    Args:
        pooler: its settings and weights count.
        others: what else counts, such as the backbone's fingerprint and the layer; each must
            have a `str` that tells it.

    Returns:
        40 hexadecimal digits.
    """
    told = [pooler.config.to_dict(), *map(str, others)]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name, value in sorted(pooler.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:DIGITS]
