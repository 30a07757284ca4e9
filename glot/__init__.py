"""GLOT Explorer's library: token graphs, poolers and trained heads on frozen language models.

GLOT (arXiv 2603.03389) joins the tokens whose hidden states are similar into a graph, refines
them with a small GNN and reads out token weights π and one sentence vector.
"""

__version__ = "0.1.0"
