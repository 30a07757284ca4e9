"""Words on buttons can be read in either theme."""

import re
import tomllib

from glot.paths import ROOT

# WCAG AA for text.
LEAST = 4.5
COLOUR = re.compile(r"#(..)(..)(..)")


def luminance(colour):
    parts = [int(part, 16) / 255 for part in COLOUR.fullmatch(colour).groups()]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(share * x for share, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_primary_buttons_stand_nowhere_while_white_cannot_be_read_on_them():
    # Streamlit's words on them are white in both themes. Pages are audited as they open, when
    # some of these buttons are not there yet.
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    ratios = [1.05 / (luminance(theme[name]["primaryColor"]) + 0.05) for name in ("light", "dark")]
    primary = [
        path.name
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"type=[\"']primary", path.read_text(encoding="utf-8"))
    ]
    assert min(ratios) >= LEAST or primary == []
