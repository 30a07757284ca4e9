"""The published behaviour, re-created: what our heads and graphs are measured against.

One sentence at a time, cosine similarities of all pairs by broadcasting, an edge list each, one
sparse torch-geometric batch, its convolutions, all layers copied into one, softmax by sentence.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import cosine_similarity
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GATConv, GCNConv, GINConv, global_add_pool
from torch_geometric.utils import softmax

from glot.poolers.glot import GlotPooler


def published_graph(hidden: torch.Tensor, mask: torch.Tensor, tau: float) -> Batch:
    """The token graphs of a batch: states (B, L, d), mask (B, L) bool."""
    graphs = []
    for states, valid in zip(hidden, mask, strict=True):
        nodes = states[valid]
        similarity = cosine_similarity(nodes[:, None, :], nodes[None, :, :], dim=-1)
        graphs.append(Data(x=nodes, edge_index=(similarity > tau).nonzero().T))
    return Batch.from_data_list(graphs)


class PublishedHead(nn.Module):
    """A GLOT pooler on torch-geometric's convolutions, with the weights of one of ours.

    Args:
        ours: a pooler with `cat` and no projection.
    """

    def __init__(self, ours: GlotPooler) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_conv(ours.config.conv, a, b) for a, b in pairwise(ours.widths))
        for theirs, mine in zip(self.convs, ours.convs, strict=True):
            theirs.load_state_dict(_their_names(mine.state_dict(), theirs.state_dict()))
        width = ours.readout.score[0].out_features
        self.score = nn.Sequential(nn.Linear(ours.out_width, width), nn.Tanh(), nn.Linear(width, 1))
        self.score.load_state_dict(ours.readout.score.state_dict())

    def forward(self, graph: Batch) -> torch.Tensor:
        """Sentence vectors (B, D)."""
        layers = [graph.x]
        for conv in self.convs:
            layers.append(torch.relu(conv(layers[-1], graph.edge_index)))
        tokens = torch.cat(layers, dim=-1)
        weights = softmax(self.score(tokens), graph.batch)
        return global_add_pool(weights * tokens, graph.batch)


def _conv(name: str, width: int, out: int) -> nn.Module:
    if name == "gat":
        return GATConv(width, out, heads=1)
    if name == "gcn":
        return GCNConv(width, out)
    mlp = nn.Sequential(nn.Linear(width, out), nn.BatchNorm1d(out), nn.ReLU(), nn.Linear(out, out))
    return GINConv(mlp)


def _their_names(
    ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Our weights of one layer under their names, in their shapes."""
    names = {"first.": "nn.0.", "norm.": "nn.1.", "second.": "nn.3."}
    renamed = {}
    for name, tensor in ours.items():
        for mine, other in names.items():
            name = name.replace(mine, other)
        renamed[name] = tensor.view(theirs[name].shape)
    return renamed
