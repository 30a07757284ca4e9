"""Convolutions of the token-GNN; a new one is a file here and a line in this list."""

from __future__ import annotations

from glot.registry import Registry

CONVS = Registry(
    "conv",
    {
        "gat": "glot.convs.gat:GATConv",
        "gcn": "glot.convs.gcn:GCNConv",
        "gin": "glot.convs.gin:GINConv",
        "sage": "glot.convs.sage:SAGEConv",
    },
)
