"""How the lesson looks on a projector and on paper, and where the keyboard is after a new step."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

# Keys of containers, which Streamlit makes class names of.
BODY, HEADING, SHEET, NO_PRINT = "lesson_body", "lesson_heading", "lesson_sheet", "lesson_menu"

# Read from the back of a room; on a phone as large as other pages.
_SCREEN = f"""
@media screen and (min-width: 640px) {{
  .st-key-{BODY} [data-testid="stMarkdown"] :is(p, li),
  .st-key-{BODY} [data-testid="stRadioGroup"] p, .st-key-{BODY} label p,
  .st-key-{BODY} [data-testid="stAlertContainer"] p {{ font-size: 1.25rem; line-height: 1.5; }}
  .st-key-{BODY} :is(button, [data-testid="stPageLink"]) p,
  .st-key-{BODY} [data-testid="stWidgetLabel"] p {{ font-size: 1.1rem; }}
}}
.st-key-{HEADING} h2:focus {{ outline: none; }}
"""
# The page scrolls inside the window, which would print what is on screen alone.
_PRINT = f"""
@media print {{
  [data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stToolbar"],
  [data-testid="stDecoration"], [data-testid="stStatusWidget"], .st-key-{NO_PRINT} {{
    display: none !important;
  }}
  html, body, #root, [data-testid="stApp"], [data-testid="stAppViewContainer"],
  [data-testid="stMain"], [data-testid="stMain"] * {{
    position: static !important; overflow: visible !important; height: auto !important;
    color: #000 !important; background: #fff !important;
  }}
  [data-testid="stMainBlockContainer"] {{ padding: 0 !important; max-width: none !important; }}
  .st-key-{SHEET} p, .st-key-{SHEET} li, .st-key-{SHEET} td {{ font-size: 10.5pt; }}
  .st-key-{SHEET} h2 {{ break-after: avoid; font-size: 14pt; }}
  .st-key-{SHEET} :is(p, li, tr) {{ break-inside: avoid; }}
}}
"""
# The heading of a new step is brought to the top and gets the focus, so that Tab goes on from
# there. A step that is opened by a link or reload leaves both where they are.
_FOCUS = f"""
let shown;
export default function ({{ data }}) {{
  const before = shown;
  shown = data.step;
  if (before === undefined || before === shown) return;
  setTimeout(() => {{
    const heading = document.querySelector(".st-key-{HEADING} h2");
    if (!heading) return;
    heading.setAttribute("tabindex", "-1");
    heading.focus({{ preventScroll: true }});
    heading.scrollIntoView({{ block: "center" }});
  }}, 50);
}}
"""


def style() -> None:
    """Put the styles on the page."""
    st.html(f"<style>{_SCREEN}{_PRINT}</style>")


def follow(step: int) -> None:
    """Bring a new step's heading to the reader."""
    _follower()(data={"step": step}, key="lesson_follow", height=0)


@lru_cache(maxsize=1)
def _follower() -> ComponentRenderer:
    return st.components.v2.component("glot_lesson_follow", js=_FOCUS)
