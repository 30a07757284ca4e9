"""The panels as figures of their own, to be taken away."""

from __future__ import annotations

from html import escape

from app.components.embedding.payload import View
from app.components.embedding.tints import tint, unknown
from app.services.embedding_atlas import Atlas
from glot.projection.maps import TITLES


def figures_page(view: View, atlas: Atlas, chosen: tuple[int, ...]) -> bytes:
    """An HTML page with the figure of every pooler that has a map; it works offline.

    Args:
        view: what is drawn.
        atlas: rows, vectors and maps of its texts.
        chosen: rows that stand out.
    """
    from plotly.io import to_html

    from glot.plots.embedding import embedding_figure

    rows = atlas.rows
    assert rows is not None
    texts = [rows.shown(row) for row in range(len(rows))]
    parts: list[str] = []
    for pooler in view.poolers:
        fitted = atlas.map(pooler, view.kind, view.dimensions)
        if fitted is None:
            continue
        tinted = tint(rows, atlas.vectors[pooler], view.colour)
        figure = embedding_figure(
            fitted.coordinates,
            unknown(rows) if isinstance(tinted, str) else tinted,
            texts,
            chosen,
            None,
            pooler,
        )
        # The first brings the script for all.
        parts.append(to_html(figure, full_html=False, include_plotlyjs=not parts))
    title = escape(f"{TITLES[view.kind]} map of {len(rows):,} texts")
    body = "\n".join(parts)
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    )
    return page.encode()
