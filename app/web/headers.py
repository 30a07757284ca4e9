"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_policy() -> str:
    """The strictest policy (CSP) that Streamlit's own front end runs under.

    No script but the server's own files, the component bundles, which Streamlit hands to the
    browser as blobs, and the scripts that stand in Streamlit's page itself, by their digests. No
    `eval`. Nothing is fetched from, sent to or framed by another origin. Styles stand in the page:
    Streamlit writes them at run time.
    """
    import streamlit

    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = " ".join(_digest(each) for each in INLINE.findall(page.read_text(encoding="utf-8")))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-src 'none'",
            "frame-ancestors 'self'",
        )
    )


def security_headers() -> list[tuple[bytes, bytes]]:
    """Name and value of each header that goes with every answer."""
    told = {
        "content-security-policy": content_policy(),
        "x-content-type-options": "nosniff",
        # Links hold texts: no other site hears of them.
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    return [(name.encode(), value.encode()) for name, value in told.items()]


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
