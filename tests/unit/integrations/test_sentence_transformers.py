"""Heads as models of sentence-transformers: encode, save, load, several processes, training."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from glot.backbones import load_backbone
from glot.errors import GlotError
from glot.heads.checkpoint import TrainedHead, checkpoint_folder, load_head, save_head
from glot.heads.embed import embed_texts
from glot.paths import ROOT
from tests.unit.integrations.tiny_heads import random_head, tiny_backbone

pytest.importorskip("sentence_transformers", reason="needs the extra train")

from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import (
    MultipleNegativesRankingLoss,
)

from glot.integrations.sentence_transformers import (
    GlotPooling,
    load_sentence_transformer,
    mark,
    sentence_transformer,
    transformer,
)

TEXTS = [
    "The file has keys but not maps.",
    "Nobody said it.",
    "Über den Wolken 🙂 that it was unbelievable, did they?",
    "maps",
    " has maps but not keys ",
]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return tiny_backbone(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return tiny_backbone(tmp_path_factory.mktemp("llama"), "llama")


@pytest.fixture
def model(bert):
    return sentence_transformer(random_head(bert), bert)


def ours(trained, backbone, texts=TEXTS):
    card = trained.card
    chunks = embed_texts(texts, backbone, trained.head.pooler, card.max_tokens or None, card.layer)
    return np.concatenate(list(chunks))


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.mark.parametrize("kind", ["bert", "llama"])
@pytest.mark.parametrize("pooler", ["mean", "max", "cls", "eos", "adapool", "glot"])
@pytest.mark.parametrize(("layer", "max_tokens"), [(None, 0), (1, 5)])
def test_vectors_are_those_of_our_own_embedding(kind, pooler, layer, max_tokens, request):
    backbone = request.getfixturevalue(kind)
    trained = random_head(backbone, pooler, layer, max_tokens)
    built = sentence_transformer(trained, backbone)
    np.testing.assert_allclose(built.encode(TEXTS), ours(trained, backbone), atol=1e-5)
    assert built.max_seq_length == (max_tokens or backbone.context)
    assert built.get_embedding_dimension() == trained.head.pooler.out_width


def test_a_shipped_head_gives_its_vectors(minilm, tmp_path):
    trained = load_head(checkpoint_folder("minilm", "sst2", "glot"), minilm)
    with warnings.catch_warnings():
        # Nothing is told of weights that are the right ones.
        warnings.simplefilter("error", UserWarning)
        built = sentence_transformer(trained, minilm)
        built.save(str(tmp_path))
        again = load_sentence_transformer(tmp_path, device="cpu")
    wanted = ours(trained, minilm)
    assert cosines(built.encode(TEXTS), wanted).min() >= 0.9999
    assert cosines(again.encode(TEXTS), wanted).min() >= 0.9999


def test_a_shipped_head_gives_its_vectors_in_bfloat16():
    backbone = load_backbone("minilm", device="cpu", dtype="bfloat16")
    trained = load_head(checkpoint_folder("minilm", "sst2", "glot"), backbone)
    built = sentence_transformer(trained, backbone)
    assert built[0].model.dtype is torch.bfloat16
    # One batch on both sides: in bfloat16 the backbone itself tells one from another.
    found = built.encode(TEXTS[:1], convert_to_tensor=True).float().numpy()
    assert cosines(found, ours(trained, backbone, TEXTS[:1])).min() >= 0.9999


def test_a_checkpoints_folder_will_do(bert, tmp_path):
    trained = random_head(bert)
    save_head(tmp_path / "head", trained.head, trained.card)
    built = sentence_transformer(tmp_path / "head", bert)
    np.testing.assert_allclose(built.encode(TEXTS), ours(trained, bert), atol=1e-5)
    alone = GlotPooling.from_head(tmp_path / "head")
    assert alone.get_config_dict() == built[1].get_config_dict()


def test_training_the_module_leaves_the_head_alone(bert):
    trained = random_head(bert)
    pooling = GlotPooling.from_head(trained)
    assert all(weight.requires_grad for weight in pooling.parameters())
    with torch.no_grad():
        for weight in pooling.parameters():
            weight.zero_()
    assert all(
        weight.abs().sum() > 0 for weight in trained.head.pooler.readout.score[0].parameters()
    )


def test_a_saved_model_is_loaded_in_another_process(bert, tmp_path):
    built = sentence_transformer(random_head(bert, layer=1, max_tokens=6), bert)
    built.prompts = {"query": "maps but "}
    built.save(str(tmp_path / "model"))
    np.save(tmp_path / "wanted.npy", built.encode(TEXTS, prompt_name="query"))
    code = f"""
import numpy as np
from glot.integrations.sentence_transformers import load_sentence_transformer
model = load_sentence_transformer({str(tmp_path / "model")!r}, device="cpu")
found = model.encode({TEXTS!r}, prompt_name="query")
np.testing.assert_array_equal(found, np.load({str(tmp_path / "wanted.npy")!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_other_code_is_refused_as_ever(model, tmp_path):
    model.save(str(tmp_path))
    # By design of the library, whatever is installed.
    with pytest.raises(ValueError, match="trust_remote_code"):
        SentenceTransformer(str(tmp_path), device="cpu")
    names = tmp_path / "modules.json"
    names.write_text(names.read_text().replace("glot_pooling.GlotPooling", "other.Other"))
    with pytest.raises(ValueError, match="trust_remote_code"):
        load_sentence_transformer(tmp_path, device="cpu")


def test_who_trusts_the_model_loads_it_as_any_other(model, tmp_path):
    model.save(str(tmp_path))
    again = SentenceTransformer(str(tmp_path), device="cpu", trust_remote_code=True)
    assert isinstance(again[1], GlotPooling)
    np.testing.assert_array_equal(again.encode(TEXTS), model.encode(TEXTS))


def test_encode_in_all_its_ways(model):
    wanted = model.encode(TEXTS)
    for text, vector in zip(TEXTS, wanted, strict=True):
        np.testing.assert_allclose(model.encode(text), vector, atol=1e-5)
    for size in (1, 2):
        np.testing.assert_allclose(model.encode(TEXTS, batch_size=size), wanted, atol=1e-5)
    tensor = model.encode(TEXTS, convert_to_tensor=True)
    torch.testing.assert_close(tensor, torch.from_numpy(wanted))
    unit = model.encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1.0, atol=1e-5)
    # Nothing is normalised unasked.
    assert abs(np.linalg.norm(wanted, axis=1) - 1).min() > 0.01
    everything = model.encode(TEXTS, output_value=None)
    for each, vector in zip(everything, wanted, strict=True):
        torch.testing.assert_close(each["sentence_embedding"], torch.from_numpy(vector))
        assert each["token_weights"].sum().item() == pytest.approx(1.0, abs=1e-5)
        assert each["token_weights"][each["attention_mask"] == 0].sum() == 0
    assert model.encode([""]).shape == (1, model.get_embedding_dimension())


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_padding_on_either_side_gives_the_same(kind, request):
    backbone = request.getfixturevalue(kind)
    built = sentence_transformer(random_head(backbone), backbone)
    wanted = built.encode(TEXTS)
    built.tokenizer.padding_side = "left"
    features = built.preprocess(TEXTS)
    assert (features["attention_mask"][:, 0] == 0).any()
    # BERT numbers its positions from the left, padding or not: only what does not pad is the same.
    rows = slice(None) if kind == "llama" else (features["attention_mask"][:, 0] == 1).numpy()
    np.testing.assert_allclose(built.encode(TEXTS)[rows], wanted[rows], atol=1e-4)


def test_prompts(model):
    prompted = model.encode(TEXTS, prompt="keys but ")
    wanted = model.encode([f"keys but {text}" for text in TEXTS])
    np.testing.assert_allclose(prompted, wanted, atol=1e-5)
    model.set_pooling_include_prompt(False)
    assert model[1].include_prompt is False
    found = model.encode(TEXTS, prompt="keys but ")
    assert np.abs(found - wanted).max() > 1e-3
    # By hand: the states of the prompted text, without the prompt's.
    features = model.preprocess([TEXTS[0]], prompt="keys but ")
    length = int(features["prompt_length"])
    with torch.inference_mode():
        states = model[0](features)["token_embeddings"][:, length:]
        rest = model[1].pooler(states, torch.ones(states.shape[:2])).embedding
    np.testing.assert_allclose(found[0], rest[0].numpy(), atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_several_processes_give_the_same(model):
    texts, wanted = TEXTS * 3, model.encode(TEXTS * 3)
    pool = model.start_multi_process_pool(["cpu", "cpu"])
    try:
        np.testing.assert_allclose(model.encode(texts, pool=pool, chunk_size=4), wanted, atol=1e-5)
        found = model.encode_multi_process(texts, pool, chunk_size=4)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    finally:
        model.stop_multi_process_pool(pool)


def test_a_model_of_modules_is_built_as_the_library_does(bert):
    pooling = GlotPooling(bert.width, "adapool")
    built = SentenceTransformer(modules=[transformer(bert), pooling], device="cpu")
    assert built.encode(TEXTS).shape == (len(TEXTS), bert.width)


def test_half_precision(bert):
    built = sentence_transformer(random_head(bert), bert)
    wanted = built.encode(TEXTS)
    built.bfloat16()
    assert built[0].model.dtype is torch.bfloat16
    assert built[1].pooler.dtype is torch.float32
    tensor = built.encode(TEXTS, convert_to_tensor=True)
    assert tensor.dtype is torch.bfloat16
    assert cosines(tensor.float().numpy(), wanted).min() > 0.99


def test_other_weights_under_the_head_are_told(bert, tmp_path):
    pooling = GlotPooling.from_head(random_head(bert))
    other = transformer(bert)
    with torch.no_grad():
        other.model.embeddings.word_embeddings.weight.mul_(2)
    with pytest.warns(UserWarning, match="the weights here are others"):
        SentenceTransformer(modules=[other, pooling], device="cpu")
    with pytest.raises(GlotError, match=r"width 16.*takes width 12"):
        SentenceTransformer(modules=[other, GlotPooling(12)], device="cpu")
    trained = random_head(bert)
    foreign = TrainedHead(trained.head, replace(trained.card, fingerprint="0" * 64))
    with pytest.raises(GlotError, match="trained on backbone"):
        sentence_transformer(foreign, bert)


@pytest.mark.parametrize("kind", ["t5", "distilbert", "gpt2"])
def test_the_right_weights_are_known_in_every_architecture(kind, tmp_path):
    backbone = tiny_backbone(tmp_path, kind)
    trained = random_head(backbone)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        built = sentence_transformer(trained, backbone)
    np.testing.assert_allclose(built.encode(TEXTS), ours(trained, backbone), atol=1e-5)


def test_the_card_says_what_it_is_and_how_to_load_it(model, tmp_path):
    model.save(str(tmp_path))
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "(1): GlotPooling({'embedding_dimension': 16, 'pooler': {'name': 'glot'" in card
    assert "import load_sentence_transformer\n" in card
    assert 'model = load_sentence_transformer("sentence_transformers_model_id")' in card
    assert "glot-explorer" in card


def test_results_of_two_heads_are_not_filed_as_one(bert):
    models = [sentence_transformer(random_head(bert, "glot", n), bert) for n in (None, 1)]
    with torch.no_grad():
        models.append(sentence_transformer(random_head(bert), bert))
        models[-1][1].pooler.readout.score[0].bias.add_(1)
        mark(models[-1])
    told = {(m.model_card_data.model_name, m.model_card_data.base_model_revision) for m in models}
    assert len(told) == 3
    again = sentence_transformer(random_head(bert), bert).model_card_data
    assert again.base_model_revision == models[0].model_card_data.base_model_revision


def pairs():
    from datasets import Dataset

    subjects = ["file", "keys", "maps", "Wolken", "Nobody", "unbelievable", "said", "not"]
    return Dataset.from_dict(
        {
            "anchor": [f"The {word} has keys." for word in subjects],
            "positive": [f"{word} did they?" for word in subjects],
        }
    )


def test_the_librarys_trainer_trains_the_pooling_and_leaves_the_backbone(bert, tmp_path):
    torch.manual_seed(0)
    model = SentenceTransformer(
        modules=[transformer(bert), GlotPooling(bert.width, random_head(bert).card.pooler)],
        device="cpu",
    )
    before = {name: value.clone() for name, value in model.state_dict().items()}
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(tmp_path / "run"),
        max_steps=40,
        per_device_train_batch_size=8,
        learning_rate=1e-2,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
        seed=0,
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=pairs(),
        loss=MultipleNegativesRankingLoss(model),
    )
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    changed = {name for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert changed
    assert all(name.startswith("1.pooler.") for name in changed)
    model.save(str(tmp_path / "model"))
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "MultipleNegativesRankingLoss" in card
    again = load_sentence_transformer(tmp_path / "model", device="cpu")
    np.testing.assert_array_equal(again.encode(TEXTS), model.encode(TEXTS))


def test_the_module_asks_for_its_library():
    """Without it, a line says what to install."""
    code = """
from glot import extras
extras.find_spec = lambda name: None
try:
    import glot.integrations.glot_pooling
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("GlotError The package sentence-transformers is not installed.")
