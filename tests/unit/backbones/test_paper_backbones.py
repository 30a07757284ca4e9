"""The paper's six backbones (tables 1 and 2), end to end, on tiny models in their very form."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from tokenizers import Tokenizer

from glot.attributions.readout import explain_text
from glot.backbones import load_backbone
from glot.config import PoolerConfig, TrainConfig
from glot.errors import GlotError
from glot.heads.checkpoint import checkpoint_folder
from glot.heads.shelf import load_heads
from glot.paths import ROOT
from glot.poolers import ONE_TOKEN, build_pooler, poolers_for
from glot.tasks import get_task
from glot.training.run import Job, train_head
from tests.unit.backbones.paper import PAPER, save_paper, uncased

# Numbers, white space, accents and emoji, apostrophes: where tokenizers differ.
TEXTS = [
    "Nobody ever said that the file has keys but not maps, did they?",
    "Maps!",
    "Über den Wolken 🙂 in 2024,  don't\nthey",
]
PLAIN = "Nobody said that it has keys but not maps."


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return {name: save_paper(form, root / name) for name, form in PAPER.items()}


@pytest.fixture(scope="module", params=PAPER)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def form(name):
    return PAPER[name]


@pytest.fixture(scope="module")
def folder(folders, name):
    return folders[name]


@pytest.fixture(scope="module")
def backbone(folder):
    return load_backbone(str(folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def alone(folder, form):
    """Token states of one text: tokenizers and transformers by themselves, no padding, no glot."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model_class = getattr(transformers, form.model)
    model = model_class.from_pretrained(folder, dtype=torch.float32).eval().base_model

    def states(text):
        with torch.no_grad():
            return model(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]

    return states


def test_what_it_is(backbone, form):
    assert backbone.kind == form.kind
    assert (backbone.width, backbone.n_layers, backbone.context) == (24, 3, 64)
    assert not backbone._model.training
    assert not any(weight.requires_grad for weight in backbone._model.parameters())


@pytest.mark.parametrize("dtype", ["auto", "bfloat16", "float16"])
def test_its_fingerprint_is_the_same_in_every_number_format(backbone, folder, dtype):
    other = load_backbone(str(folder), device="cpu", dtype=dtype)
    assert other.fingerprint == backbone.fingerprint
    assert other.tokenizer_fingerprint == backbone.tokenizer_fingerprint


def test_token_ids_are_those_of_the_tokenizers_own_file(backbone, folder, form):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    before, after = form.added
    for text in TEXTS:
        expected = tokenizer.encode(text)
        assert backbone._tokenizer(text)["input_ids"] == expected.ids
        assert tuple(expected.tokens[: len(before)]) == before
        assert tuple(expected.tokens[len(expected) - len(after) :]) == after


@pytest.mark.parametrize("side", ["left", "right"])
def test_whatever_side_is_set_a_padded_batch_gives_the_states_of_each_text_alone(
    folder, form, alone, tmp_path, side
):
    copy = shutil.copytree(folder, tmp_path / "model")
    sides = {"padding_side": side, "truncation_side": side}
    settings = json.dumps({**form.tokenizer_config, **sides})
    (copy / "tokenizer_config.json").write_text(settings)
    backbone = load_backbone(str(copy), device="cpu", dtype="float32")
    assert backbone._tokenizer.pad_token == form.pad
    # The pad token in a text is a token like any other.
    texts = [*TEXTS, f"keys{form.pad}"]
    batch = backbone.encode(texts)
    width = batch.mask.shape[1]
    for row, text in enumerate(texts):
        expected = alone(text)
        assert batch.mask[row].tolist() == [place < len(expected) for place in range(width)]
        torch.testing.assert_close(
            batch.hidden[row, : len(expected)], expected, atol=1e-4, rtol=1e-4
        )
    assert form.pad in batch.tokens[-1]
    # What is cut off is the end; an encoder's last token still follows.
    assert backbone.encode(texts[:1], max_tokens=6).tokens[0][:5] == batch.tokens[0][:5]


def test_a_text_beyond_the_context_is_cut_and_keeps_its_special_tokens(backbone, folder, form):
    before, after = form.added
    text = "keys maps " * 60
    whole = len(Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text))
    states = backbone.encode([text, "keys"])
    assert states.n_cut == (whole - 64, 0)
    assert len(states.tokens[0]) == 64
    assert states.tokens[0][: len(before)] == before
    assert states.tokens[0][64 - len(after) :] == after


def test_a_text_of_special_tokens_only_is_told(backbone, form):
    with pytest.raises(GlotError, match="only special tokens"):
        backbone.encode([form.pad])


def test_white_space_is_shown_as_such(backbone, form):
    (tokens,) = backbone.encode(["keys \n maps"]).tokens
    assert set("".join(tokens)) <= set("".join(sum(form.added, ())) + "keysmap#␣")


def test_one_token_poolers_take_the_first_or_the_last_token_of_each_text(backbone, form, alone):
    states = backbone.encode(TEXTS)
    # By name, not by kind: CLS is first in encoders, EOS pooling takes a decoder's last.
    for pooler, place in (("cls", 0), ("eos", -1)):
        pooled = build_pooler(PoolerConfig(pooler), 24)(states.hidden, states.mask)
        expected = torch.stack([alone(text)[place] for text in TEXTS])
        torch.testing.assert_close(pooled.embedding, expected, atol=1e-4, rtol=1e-4)
        taken = [
            row[weights.argmax()]
            for row, weights in zip(states.tokens, pooled.weights, strict=True)
        ]
        assert taken == [row[place] for row in states.tokens]
    if form.kind == "encoder":
        assert {row[0] for row in states.tokens} == set(form.added[0])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Sentiment that one of two words decides, wherever it stands, among others."""
    random = np.random.default_rng(0)
    words = ["the", "file", "has", "but", "not", "ever", "said", "that", "it", "was", "did"]
    folder = tmp_path_factory.mktemp("data")
    (folder / "sst2").mkdir()
    for split, n in (("train", 240), ("dev", 60)):
        labels = random.integers(0, 2, n)
        texts = [
            " ".join(random.permutation([("maps", "keys")[label]] * 6 + [*random.choice(words, 4)]))
            for label in labels
        ]
        frame = pd.DataFrame({"text": texts, "label": labels})
        frame.to_parquet(folder / "sst2" / f"{split}.parquet")
    return folder


@pytest.fixture(scope="module")
def trained(backbone, data, tmp_path_factory):
    """A folder of checkpoints with a head for every pooler that fits, and the heads."""
    root = tmp_path_factory.mktemp("checkpoints")
    heads = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOT_CACHE", str(tmp_path_factory.mktemp("cache")))
        for pooler in poolers_for(backbone.kind):
            job = Job(
                task=get_task("sst2"),
                backbone=backbone,
                pooler=PoolerConfig(pooler, width=16),
                config=TrainConfig(lr=(1e-2,), epochs=3, batch_size=8, n_validation=40),
                out=checkpoint_folder(backbone.name, "sst2", pooler, root),
                data=data,
            )
            heads[pooler] = train_head(job)
    return root, heads


def test_trained_heads_are_found_again(backbone, trained):
    root, heads = trained
    shelf = load_heads(backbone, "sst2", root)
    assert set(shelf.heads) == set(poolers_for(backbone.kind)) == set(heads)
    assert not shelf.notes()
    for pooler, head in shelf.heads.items():
        assert head.card == heads[pooler].card
        for key, weight in heads[pooler].head.state_dict().items():
            assert torch.equal(head.head.state_dict()[key], weight)


def test_the_glot_head_has_learnt_from_the_states(trained):
    # Guessing gives 50.
    assert trained[1]["glot"].card.metrics["evaluation"]["dev"]["accuracy"] >= 80


def test_trained_heads_are_refused_on_other_weights(form, folder, trained, tmp_path):
    other = save_paper(form, tmp_path / folder.name, seed=1)
    shelf = load_heads(load_backbone(str(other), device="cpu"), "sst2", trained[0])
    assert not shelf.heads
    assert set(shelf.broken) == set(trained[1])
    for why in shelf.broken.values():
        assert "was trained on backbone" in why


def test_a_text_is_explained(backbone, form, trained, alone):
    shelf = load_heads(backbone, "sst2", trained[0])
    found = explain_text(PLAIN, backbone, "sst2", shelf)
    before, after = form.added
    inner = slice(len(before), len(found.tokens) - len(after))
    assert found.tokens[: inner.start] + found.tokens[inner.stop :] == before + after
    pieces = [PLAIN[start:end] for start, end in found.offsets]
    assert "".join(pieces).replace(" ", "") == PLAIN.replace(" ", "")
    spelt = "".join(token.removeprefix("##") for token in found.tokens[inner])
    shown = PLAIN.lower() if form.tokenizer is uncased else PLAIN
    assert spelt.replace("␣", "") == shown.replace(" ", "")
    poolers = poolers_for(backbone.kind)
    assert set(found.weights) == set(found.probabilities) == set(poolers)
    for pooler in poolers:
        np.testing.assert_allclose(found.weights[pooler].sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(found.probabilities[pooler].sum(axis=1), 1, atol=1e-5)
    # The probabilities of one head, by hand.
    pooler = ONE_TOKEN[form.kind]
    layer = trained[1][pooler].head.classifier
    state = alone(PLAIN)[0 if form.kind == "encoder" else -1]
    expected = (layer.weight @ state + layer.bias).softmax(-1).detach()
    answer = found.prediction(pooler, 0.6)
    assert list(answer.probabilities.values()) == pytest.approx(expected.tolist(), abs=1e-4)


def test_capitals_and_accents_make_no_difference_to_bert(folders):
    backbone = load_backbone(str(folders["bert-base-uncased"]), device="cpu")
    states = backbone.encode(["Über den WOLKEN", "uber den wolken"])
    assert states.tokens[0] == states.tokens[1] == ("[CLS]", "uber", "den", "wolken", "[SEP]")
    # Rows of one batch may be summed by different threads.
    torch.testing.assert_close(states.hidden[0], states.hidden[1])
    assert states.offsets[0][1:-1] == ((0, 4), (5, 8), (9, 15))


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("HuggingFaceTB/SmolLM2-360M", "rope_theta"),
        ("meta-llama/Llama-3.2-3B", "rope_scaling"),
        ("mistralai/Mistral-7B-v0.1", "sliding_window"),
    ],
)
def test_settings_in_the_hubs_older_words_count(folders, tmp_path, name, setting):
    copy = shutil.copytree(folders[name], tmp_path / "model")
    config = {**PAPER[name].config, setting: None}
    if setting == "rope_theta":
        del config[setting]
    (copy / "config.json").write_text(json.dumps(config))
    models = [
        load_backbone(str(where), device="cpu", dtype="float32") for where in (folders[name], copy)
    ]
    states = [model.encode(TEXTS[:1]).hidden[0] for model in models]
    assert not torch.allclose(states[0][-1], states[1][-1], atol=1e-2)
    # The weights are the same, so only this keeps their stored states apart.
    assert models[0].fingerprint == models[1].fingerprint
    assert models[0].settings_fingerprint != models[1].settings_fingerprint


def test_without_the_hub_each_id_is_told_by_its_name(tmp_path):
    code = (
        "import sys\n"
        "from glot.backbones import load_backbone\n"
        "from glot.errors import GlotError\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        load_backbone(name)\n"
        "    except GlotError as error:\n"
        "        print(error)\n"
    )
    # Read when the hub's library is imported, hence a process of its own.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *PAPER],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(PAPER)
    for name, line in zip(PAPER, lines, strict=True):
        assert line.startswith(f"Unknown backbone {name!r}: ")
        assert "the hub did not give it" in line
    assert "Traceback" not in done.stderr
