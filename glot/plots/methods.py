"""Methods, tasks and metrics as figures and tables name them; a pooler's name reads the same."""

from __future__ import annotations

from glot.plots.palette import COLOURS, TITLES, colour, title

# The paper writes its own method's name in several ways, and ours in capitals.
POOLER_NAMES = {"Glot": "GLOT", "[CLS]/[EOS]": "[CLS]/[EOS]"}
TASKS = {
    "cola": "CoLA",
    "sst2": "SST-2",
    "stsb": "STS-B",
    "mrpc": "MRPC",
    "qqp": "QQP",
    "mnli": "MNLI",
    "qnli": "QNLI",
    "rte": "RTE",
    "wnli": "WNLI",
    "imdb": "IMDB",
    "cola-length": "32 texts as long as CoLA's",
    "msmarco_pairs": "MS MARCO",
    "emotion": "Emotion",
    "scifact": "SciFact",
    # These three are not what the paper's RedditClustering, AskUbuntuDupQuestions and SummEval are
    # (`glot.integrations.mteb_tasks`), and stand beside them.
    "reddit_clustering": "Reddit titles",
    "cqa_question_reranking": "question reranking",
    "summeval": "SummEval, 12 systems",
    "sts12": "STS12",
    "twittersemeval2015": "TwitterSemEval",
    # The strict test's texts that fill so many tokens (`glot.experiments.scaling.task_of`).
    "stress-strict-0.900000": "64 tokens",
    "stress-strict-0.954128": "128 tokens",
    "stress-strict-0.977778": "256 tokens",
    "stress-strict-0.989083": "512 tokens",
    "stress-strict-0.994583": "1,024 tokens",
    "stress-strict-0.997303": "2,048 tokens",
}
METRICS = {
    "matthews": "Matthews",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "accuracy": "accuracy",
    "f1": "F1",
    "macro_f1": "macro F1",
    "probe_accuracy": "accuracy of a linear probe",
    "ndcg_at_10": "nDCG at 10",
    "mrr_at_10": "MRR at 10",
    "map_at_1000": "MAP at 1,000",
    "v_measure": "V-measure",
    "cosine_spearman": "Spearman of cosines",
    "max_ap": "largest average precision",
    "train_ms": "training step, ms",
    "train_mib": "training memory, MiB",
    "inference_ms": "inference, ms",
    "inference_mib": "inference memory, MiB",
    "parameters": "trainable parameters",
    "graph_ms": "token graph, ms",
    "backbone_ms": "backbone, ms",
    "overhead_percent": "share of the graph, %",
    "gpu_memory_gb": "GPU memory, GB",
    "runtime_ms": "runtime, ms",
    "runtime_std_ms": "runtime's deviation, ms",
    "runtime_s": "runtime, s",
    "runtime_std_s": "runtime's deviation, s",
    "max_context": "longest context, tokens",
    "graph_construction_ms": "graph construction, ms",
    "graph_std_ms": "graph's deviation, ms",
    "total_runtime_ms": "whole runtime, ms",
    "total_std_ms": "whole runtime's deviation, ms",
}


def method_title(method: str) -> str:
    """A method's name for people: `glot, random edges` → `GLOT, random edges`."""
    pooler, comma, rest = method.partition(",")
    return POOLER_NAMES.get(pooler, title(pooler)) + comma + rest


def method_colour(method: str) -> str:
    """The colour of the method's pooler; grey where it is none."""
    name = pooler_of(method)
    return COLOURS.get(name, colour(name))


def pooler_of(method: str) -> str:
    """Our name of the pooler that a method is a form of; the method itself where it is none."""
    named = method.partition(",")[0].partition(" (")[0].strip()
    ours = {shown.lower(): name for name, shown in TITLES.items()}
    return ours.get(named.lower(), named)


def task_title(task: str) -> str:
    """A task's short name for people: `stress-strict-0.9` → `strict 90 %`."""
    if task in TASKS:
        return TASKS[task]
    if task.startswith("stress-"):
        _, protocol, ratio = task.split("-", 2)
        return f"{protocol} {100 * float(ratio):.3g} %"
    if task.startswith("length-"):
        return f"{int(task.removeprefix('length-')):,} tokens"
    return task


def metric_title(metric: str) -> str:
    """A metric's name for people."""
    return METRICS.get(metric, metric)
