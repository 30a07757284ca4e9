"""What each experiment is, without loading any: names, titles, the paper's tables, one sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One experiment for people.

    Attributes:
        title: as in its `Experiment`.
        table: the paper's tables and figures; `ours` without any.
        about: what it asks, in a sentence.
    """

    title: str
    table: str
    about: str

    @property
    def heading(self) -> str:
        """Title and tables."""
        return f"{self.title} ({self.table})"


# Loading the experiments themselves loads torch; a test holds the two lists together.
CATALOGUE = {
    "stress": Entry(
        "Diagnostic stress test",
        "Table 7, Figure 3",
        "Which pooler still finds a short phrase among ever more distractor words?",
    ),
    "glue": Entry(
        "GLUE",
        "Table 1, Figure 4",
        "Nine tasks on single sentences and pairs, one head each on a frozen backbone.",
    ),
    "imdb": Entry(
        "Long texts: IMDB", "Table 2", "Sentiment of whole film reviews, hundreds of tokens long."
    ),
    "tau": Entry(
        "Threshold τ",
        "Tables 4, 8",
        "How scores and the graph's density change with τ, all else held fast.",
    ),
    "convs": Entry(
        "Convolutions of the token-GNN",
        "Table 11",
        "GAT, GCN, GIN and GraphSAGE in GLOT, beside poolers without a graph.",
    ),
    "mlp": Entry(
        "Relations or capacity",
        "Table 15",
        "Does GLOT lead by its graph, or by having more weights than the MLP?",
    ),
    "efficiency": Entry(
        "Cost of a head against fine-tuning",
        "Tables 5, 9, 10, 16, 17",
        "Trainable parameters, time and memory of heads, LoRA and full fine-tuning, and the time "
        "that the token graph itself takes.",
    ),
    "prompting": Entry(
        "Prompts in the place of pooling",
        "Table 13",
        "Zero-shot sentence vectors by prompt against plain mean pooling.",
    ),
    "contrastive": Entry(
        "Contrastive training, zero-shot tasks",
        "Table 3, Table 14",
        "Heads trained on query and passage pairs, scored on tasks of MTEB that they never saw.",
    ),
    "centred": Entry(
        "Raw against centred similarity",
        "ours",
        "Is τ of more use on a decoder once the states' common direction is taken away?",
    ),
    "norms": Entry(
        "Token states at one length",
        "ours",
        "In the middle of a decoder one token's state is a hundred times as long as the others: "
        "what does that do to poolers?",
    ),
    "choices": Entry(
        "What decides on the strict stress test",
        "ours",
        "Layer, τ, convolution and width, one choice at a time from the same start; one seed each.",
    ),
    "scaling": Entry(
        "Accuracy and cost against length",
        "ours",
        "The same signal in ever longer texts of the strict stress test.",
    ),
    "grid": Entry(
        "The grid of settings",
        "Table 6",
        "Which of all combinations of settings is best for GLOT? Thousands of trials: for a "
        "cluster.",
    ),
}
