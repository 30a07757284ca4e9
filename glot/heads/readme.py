"""`README.md` of a checkpoint: its model card, generated from `config.json` and nothing else."""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from glot.errors import GlotError
from glot.heads.card import HeadCard
from glot.heads.checkpoint import CARD, README
from glot.heads.data_licence import data_licence
from glot.heads.shipped import Score, backbone_name, known_task, scores, unreadable
from glot.heads.train_command import SETTINGS, train_command, tried_values
from glot.tasks.base import Task
from glot.tasks.published import Published
from glot.tasks.stress_test import Generated

# Where the bundled backbones' weights come from.
ORIGINS = {
    "minilm": "sentence-transformers/all-MiniLM-L6-v2",
    "smollm2": "HuggingFaceTB/SmolLM2-135M-Instruct",
}
# The hub's names of metrics, where they differ from ours.
HUB_METRICS = {"matthews": "matthews_correlation", "spearman": "spearmanr", "pearson": "pearsonr"}
# The hub's names of what a task layer does: of single texts, of pairs.
PIPELINES = {"similarity": "sentence-similarity", "contrastive": "sentence-similarity"}


def model_card(card: HeadCard) -> str:
    """The card as Markdown with the hub's front matter; the same card gives the same text.

    Args:
        card: of the head.

    Raises:
        GlotError: what the card says of training and scores is not as `glot train` writes it.
    """
    task = known_task(card)
    try:
        sections = {
            "Scores": _scores(card),
            "Data": _data(card, task),
            "Reproduce": _reproduce(card),
            "Use": _use(card),
            "Provenance": _provenance(card),
            "Intended use and limits": _limits(card, task),
        }
        head = f"---\n{_front_matter(card, task)}\n---\n{_title(card, task)}"
    except GlotError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise unreadable(card, "record of training and scores") from error
    body = "\n\n".join(f"## {title}\n{text}" for title, text in sections.items())
    return f"{head}\n\n{body}\n"


def outdated_cards(folders: Iterable[Path]) -> dict[Path, str]:
    """The `README.md` files that are missing or do not say what `config.json` says.

    Args:
        folders: checkpoints.

    Returns:
        The files with the text that should stand in them.

    Raises:
        GlotError: a `config.json` cannot be read.
    """
    texts = {folder / README: model_card(HeadCard.read(folder / CARD)) for folder in folders}
    return {path: text for path, text in texts.items() if _text(path) != text}


def _text(path: Path) -> str | None:
    # Undecodable bytes make a text that is no card.
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _front_matter(card: HeadCard, task: Task | None) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    pipeline = PIPELINES.get(card.head, "text-classification")
    reader = task.reader if task else None
    published = reader if isinstance(reader, Published) else None
    results = [
        EvalResult(
            task_type=pipeline,
            dataset_type=published.repository if published else card.task,
            dataset_name=task.title if task else card.task,
            dataset_config=published.configuration if published else None,
            dataset_split=score.split,
            metric_type=HUB_METRICS.get(score.metric, score.metric),
            metric_value=round(score.value, 4),
            metric_name=f"{score.metric}, times 100",
        )
        for score in scores(card)
    ]
    data = ModelCardData(
        base_model=_origin(card.backbone),
        datasets=[published.repository] if published else None,
        eval_results=results or None,
        library_name="glot-explorer",
        # What a head that learnt a user's own data may be used for is the user's to say.
        license="mit" if task else None,
        metrics=list(dict.fromkeys(result.metric_type for result in results)) or None,
        model_name="-".join((backbone_name(card.backbone), card.task, card.pooler.name)),
        pipeline_tag=pipeline,
        tags=["glot", "token-pooling", card.pooler.name, card.task],
    )
    text: str = data.to_yaml(line_break="\n")
    return text.strip()


def _title(card: HeadCard, task: Task | None) -> str:
    cut = f"{card.max_tokens} tokens" if card.max_tokens else "the backbone's context"
    layer = "the last" if card.layer is None else str(card.layer)
    settings = [
        f"{name} {getattr(card.pooler, name)}" for name in SETTINGS.get(card.pooler.name, ())
    ]
    tau = f"{card.pooler.tau:g}" if card.pooler.name == "glot" else "no graph"
    layout = f"{card.head}{' of pairs' if card.pairs else ''}"
    backbone = backbone_name(card.backbone)
    facts = {
        "backbone": f"{backbone}, frozen, weights sha256 {card.fingerprint[:12]}…",
        "token states": f"width {card.width}, layer: {layer}; texts cut to {cut}",
        "task": f"{card.task}{f': {task.title}' if task else ''}",
        "labels": ", ".join(card.labels) or "numbers",
        "pooler": ", ".join([card.pooler.name, *settings]),
        "τ": tau,
        "task layer": layout,
        "parameters": _parameters(card),
    }
    return (
        "<!-- Made of config.json by `glot checkpoints card`; what is changed here is lost. -->\n"
        f"# {_cell(card.pooler.name)} on {_cell(backbone)} for {_cell(card.task)}\n"
        "A trained head of GLOT Explorer: a pooler, which turns a frozen language model's token "
        "states into one vector, and a task layer. The language model is not part of it.\n\n"
        f"{_table(('', ''), facts.items())}"
    )


def _parameters(card: HeadCard) -> str:
    whole, pooler = (card.metrics.get(name) for name in ("parameters", "pooler_parameters"))
    if not isinstance(whole, int) or not isinstance(pooler, int):
        return "not told"
    return f"{whole:,}, of which {pooler:,} in the pooler"


def _scores(card: HeadCard) -> str:
    rows = [(s.split, s.metric, f"{s.value:.2f}", _interval(s), f"{s.n:,}") for s in scores(card)]
    lines = [
        _table(("split", "metric (times 100)", "value", "95 % interval", "n"), rows)
        if rows
        else "The card holds none."
    ]
    training, numbers = card.training, card.metrics
    if isinstance(numbers.get("validation"), int | float):
        lines.append(
            f"Chosen on validation alone, where it scores {numbers['validation']:.2f} "
            f"(n = {numbers.get('n_validation', 0):,}; {training.get('validation', 'own split')}); "
            "each reported split was looked at once. Intervals are over the examples."
        )
    for split, over in _over_seeds(card):
        lines.append(
            f"Over {len(over['values'])} seeds, {split}: {over['mean']:.2f} ± "
            f"{over['deviation']:.2f} (standard deviation)."
        )
    return "\n\n".join([*lines, _search(card)])


def _over_seeds(card: HeadCard) -> Iterator[tuple[str, dict[str, Any]]]:
    """Splits with their mean and deviation over the seeds, of heads that were trained so."""
    for split, over in card.metrics.get("seeds", {}).items():
        if isinstance(over, dict):
            yield split, over


def _search(card: HeadCard) -> str:
    """What was tried, and what was kept."""
    runs = card.training.get("search", [])
    kept = ", ".join(
        f"{name.replace('_', ' ')} {card.training[name]}"
        for name in ("lr", "weight_decay", "best_epoch", "epochs", "batch_size", "seed")
        if name in card.training
    )
    if not kept:
        return "The card does not tell how it was trained."
    if "command" in card.training:
        tried = "The trials that chose the settings, if any, are in the results ledger."
    else:
        rates, taus = ([f"{x:g}" for x in tried_values(card, name)] for name in ("lr", "tau"))
        tried = f"Tried: {len(runs)} run{'s' * (len(runs) > 1)}, learning rates {', '.join(rates)}"
        tried += f", τ {', '.join(taus)}." if card.pooler.name == "glot" else "."
    return f"Kept: {kept}. {tried} Every epoch is in `config.json`."


def _data(card: HeadCard, task: Task | None) -> str:
    training = card.training
    sources = [f"learnt from: {training.get('data', 'not told')}"]
    if "n_train" in training:
        sources[0] += f" ({training['n_train']:,} rows, digest {training.get('train_digest')})"
    reported = {score.split: score.source for score in scores(card)}
    sources += [f"reported on {split}: {source}" for split, source in reported.items()]
    told = "\n".join(f"- {_cell(source)}" for source in sources)
    return (
        f"{told}\n\nLicence of the data: {data_licence(card, task)}.\n\n"
        "The weights are numbers that were fitted to the data; they hold no rows of it, and no "
        "rows come with them."
    )


def _reproduce(card: HeadCard) -> str:
    command = card.training.get("command") or train_command(card)
    if not command:
        return "The card does not hold all settings of its training."
    return f"```\n{command}\n```"


def _use(card: HeadCard) -> str:
    name, pooler = backbone_name(card.backbone), card.pooler.name
    call = shlex.join(["glot", "evaluate", "--task", card.task, "--backbone", name])
    quoted = [json.dumps(text, ensure_ascii=False) for text in (name, card.task, pooler)]
    return (
        "```python\n"
        "from glot.backbones import load_backbone\n"
        "from glot.heads.checkpoint import checkpoint_folder, load_head\n\n"
        f"backbone = load_backbone({quoted[0]})\n"
        f"folder = checkpoint_folder({', '.join(quoted)})\n"
        "head = load_head(folder, backbone).head\n"
        'states = backbone.encode(["A text."])\n'
        "pooled = head.embed(states.hidden, states.mask)  # .embedding and .weights\n"
        "```\n\n"
        f"`{call} --pooler {pooler}` scores it again; `glot checkpoints verify` compares that "
        "with this card."
    )


def _provenance(card: HeadCard) -> str:
    told = card.provenance
    versions = told.get("versions", {})
    facts = {
        "date": told.get("date"),
        "commit": told.get("commit"),
        "device": told.get("device"),
        "threads": told.get("threads"),
        "python": told.get("python"),
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "backbone computed in": card.training.get("backbone_dtype"),
        "seconds": card.metrics.get("seconds"),
    }
    known = [(name, value) for name, value in facts.items() if value]
    return _table(("", ""), known) if known else "The card holds none."


def _limits(card: HeadCard, task: Task | None) -> str:
    seeds = len(card.metrics.get("seeds", {}).get("seeds", ())) or 1
    limits = [
        f"It works on these very backbone weights ({card.fingerprint[:12]}…) only, and is refused "
        "on others.",
        "One seed: how much another one would differ is not known."
        if seeds == 1
        else f"The weights are those of the first of {seeds} seeds.",
        "Its scores are of the rows named above; on other texts it may do worse.",
    ]
    if card.max_tokens:
        limits.append(f"What stands behind a text's first {card.max_tokens:,} tokens is not seen.")
    if card.pooler.name == "glot":
        limits.append(f"It was trained at τ = {card.pooler.tau:g}; another τ gives other graphs.")
    use = "For research and teaching: to see what a pooler makes of a text's tokens"
    if task is None:
        use = "For texts like those of the file it was trained on"
    elif isinstance(task.reader, Generated):
        limits.append("The stress test is a diagnosis of poolers, not a task of practice.")
    else:
        limits.append("English only. The data's licence may bar uses that the head's allows.")
    return f"{use}.\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _origin(backbone: str) -> str | None:
    """The backbone's name on the hub; none for folders and files."""
    hub = backbone.count("/") == 1 and not backbone.startswith((".", "/", "~"))
    own = backbone if hub and not backbone.endswith(".gguf") else None
    return ORIGINS.get(backbone, own)


def _interval(score: Score) -> str:
    return f"{score.interval[0]:.2f} to {score.interval[1]:.2f}" if score.interval else "–"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(value: Any) -> str:
    """A value on one line that neither ends a table's cell nor is read as HTML."""
    text = html.escape(" ".join(str(value).split()), quote=False)
    return text.replace("|", "&#124;")
