"""Prompts in the place of pooling, zero-shot on STS-B (paper, D.4, Table 13).

PromptBERT: Jiang et al., 2022. PromptEOL: Jiang et al., 2024. Pretended chain of thought and
knowledge enhancement: Zhang et al., 2024. Sentences stand in the published templates as they are
(the published scripts also mend quotation marks and full stops), and vectors are states of the
last layer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cosine_similarity

from glot.backbones.base import Backbone
from glot.backbones.batching import length_batches
from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.experiments.base import Cell, Experiment, Scope
from glot.experiments.bench import Bench, Sample
from glot.experiments.row import Row
from glot.heads.embed import embed_texts
from glot.metrics import interval, spearman
from glot.poolers import build_pooler
from glot.types import TokenStates

TABLE = "Table 13"
TASK, SPLIT = "stsb", "dev"
# Nothing is drawn at random; ledger rows have a seed all the same.
SEED = 42
SENTENCE, MASK = "[X]", "[MASK]"
# How tokenizers write their mask token.
MASKS = (MASK, "<mask>")


@dataclass(frozen=True)
class Prompt:
    """A text around a sentence, and which token's state is the sentence vector.

    Attributes:
        method: its published name.
        template: holds `[X]` where the sentence goes, once. One with `[MASK]` gives the state of
            the mask token; the others give that of their last token.
    """

    method: str
    template: str

    def filled(self, sentence: str, mask: str) -> str:
        """The template with the sentence, and with the tokenizer's own mask token."""
        start, end = self.template.replace(MASK, mask).split(SENTENCE)
        return start + sentence + end


PROMPTS = {
    "encoder": (Prompt("PromptBERT", 'This sentence : "[X]" means [MASK] .'),),
    "decoder": (
        Prompt("PromptEOL", 'This sentence : "[X]" means in one word:"'),
        Prompt(
            "Pretended CoT",
            'After thinking step by step , this sentence : "[X]" means in one word:"',
        ),
        Prompt(
            "Knowledge Enhancement",
            "The essence of a sentence is often captured by its main subjects and actions, while "
            "descriptive terms provide additional but less central details. With this in mind , "
            'this sentence : "[X]" means in one word:"',
        ),
    ),
}


def cells(scope: Scope) -> list[Cell]:
    """One for each prompt of the backbone's kind, and mean pooling beside them."""
    sample = Sample(n_evaluation=32) if scope.quick else Sample()
    return [_cell(scope, sample, prompt) for prompt in (None, *PROMPTS[scope.kind])]


def _cell(scope: Scope, sample: Sample, prompt: Prompt | None) -> Cell:
    method = prompt.method if prompt else "mean"
    size = f"~{sample.n_evaluation}" if sample.n_evaluation else ""
    key = f"{scope.backbone}/{TASK}/{method.replace(' ', '-')}/zero-shot{size}"
    return Cell(key, lambda bench: [_measure(bench, key, sample, prompt)])


def _measure(bench: Bench, key: str, sample: Sample, prompt: Prompt | None) -> Row:
    """Spearman's correlation of cosine and label over the split's pairs."""
    began = time.perf_counter()
    backbone, task = bench.backbone, bench.task(TASK, sample)
    pairs = bench.reported(TASK, sample)[SPLIT]
    vectors = _vectors(backbone, prompt, [*pairs.texts, *pairs.others], task.max_tokens)
    predicted = cosine_similarity(vectors[: len(pairs)], vectors[len(pairs) :]).tolist()
    low, high = interval("spearman", pairs.labels, predicted)
    return Row(
        **bench.provenance,
        experiment="prompting",
        table=TABLE,
        cell=key,
        task=TASK,
        split=SPLIT,
        metric="spearman",
        value=spearman(pairs.labels, predicted),
        low=low,
        high=high,
        backbone=backbone.name,
        fingerprint=backbone.fingerprint,
        pooler="prompt" if prompt else "mean",
        method=prompt.method if prompt else "mean",
        regime="zero-shot",
        settings={
            **({"template": prompt.template} if prompt else {}),
            "layer": backbone.n_layers,
            "dtype": str(backbone.dtype).removeprefix("torch."),
            "max_tokens": min(task.max_tokens, backbone.context),
        },
        seed=SEED,
        n_train=0,
        n_eval=len(pairs),
        seconds=round(time.perf_counter() - began, 2),
    )


def _vectors(
    backbone: Backbone, prompt: Prompt | None, texts: Sequence[str], max_tokens: int
) -> torch.Tensor:
    """Sentence vectors (N, d) of texts; equal ones are computed once."""
    distinct = list(dict.fromkeys(texts))
    if prompt:
        vectors = prompt_vectors(backbone, prompt, distinct, max_tokens)
    else:
        pooler = build_pooler(PoolerConfig("mean"), backbone.width).to(backbone.device)
        chunks = embed_texts(distinct, backbone, pooler, max_tokens)
        vectors = torch.cat([torch.from_numpy(chunk) for chunk in chunks])
    place = {text: number for number, text in enumerate(distinct)}
    return vectors[[place[text] for text in texts]]


def prompt_vectors(
    backbone: Backbone, prompt: Prompt, texts: Sequence[str], max_tokens: int
) -> torch.Tensor:
    """The state of the prompt's mask token or last token, for each text.

    Args:
        backbone: with a mask token where the template asks for one.
        prompt: what to put around the texts.
        texts: N texts; each is cut so that its whole prompt fits.
        max_tokens: of a prompt.

    Returns:
        (N, d) float32.

    Raises:
        GlotError: the backbone has no mask token, or `max_tokens` leaves no room for a text.
    """
    mask = mask_token(backbone) if MASK in prompt.template else ""
    filled = [prompt.filled(text, mask) for text in texts]
    vectors = torch.zeros(len(texts), backbone.width)
    for rows in length_batches(filled, range(len(filled)), max_tokens, backbone.device.type):
        states = backbone.encode([filled[row] for row in rows], max_tokens)
        for i, row in enumerate(rows):
            whole, place = states, i
            if states.n_cut[i]:
                fitting = _fitting(backbone, prompt, texts[row], mask, max_tokens)
                whole, place = backbone.encode([fitting], max_tokens), 0
            vectors[row] = whole.hidden[place, _position(whole, place, mask)].float().cpu()
    return vectors


def mask_token(backbone: Backbone) -> str:
    """How the backbone's tokenizer writes its mask token.

    Raises:
        GlotError: it has none, or writes it in another way.
    """
    for written in MASKS:
        if written in backbone.encode([f"a {written} ."]).tokens[0]:
            return written
    raise GlotError(
        f"The backbone {backbone.name} has no mask token.",
        f"Accepted for PromptBERT: an encoder whose tokenizer has {' or '.join(MASKS)}.",
    )


def _position(states: TokenStates, row: int, mask: str) -> int:
    """Which token's state is the sentence vector."""
    if mask:
        # The last one: a sentence may hold the mask token as well.
        return len(states.tokens[row]) - 1 - states.tokens[row][::-1].index(mask)
    # Tokens that the tokenizer adds at the end cover nothing of the text.
    return max(i for i, (start, end) in enumerate(states.offsets[row]) if end > start)


def _fitting(backbone: Backbone, prompt: Prompt, text: str, mask: str, max_tokens: int) -> str:
    """The prompt with as many of the text's first tokens as there is room for."""
    while over := backbone.encode([prompt.filled(text, mask)], max_tokens).n_cut[0]:
        alone = backbone.encode([text], max_tokens)
        ends = [end for start, end in alone.offsets[0] if end > start]
        left = min(len(ends) + alone.n_cut[0] - over, len(ends))
        if left < 1:
            raise GlotError(
                f"Prompts of {max_tokens} tokens, which {prompt.method} needs without a sentence.",
                "Accepted: a backbone and a limit with room for a sentence.",
            )
        text = text[: ends[left - 1]]
    return prompt.filled(text, mask)


PROMPTING = Experiment("prompting", "Prompts in the place of pooling", TABLE, cells)
