"""What a client meets: answers, statuses and errors of a real process, on the real backbone."""

import http.client
import io
import json
import socket

import numpy as np
import pytest

from glot.attributions.readout import explain_text
from glot.attributions.report import as_record
from glot.errors import GlotError
from glot.heads.checkpoint import checkpoint_folder, load_head
from glot.heads.embed import embed_texts
from glot.heads.shelf import load_heads
from glot.serving.server import bind
from tests.unit.cli.run import glot, told
from tests.unit.serving.process import serving

TEXTS = ["The film is not bad at all.", "It is.", "a " * 300, "Ein Satz, 一 and 🙂.", "Nul\x00l."]


@pytest.fixture(scope="module")
def server():
    with serving("--task", "sst2", "--dtype", "float32", "--max-texts", "8") as running:
        yield running
        assert running.stop() == 0
        assert running.process.stderr.read() == ""


def embed(server, texts, **more):
    answer = server.ask("/embed", {"texts": texts, **more})
    assert answer.status == 200, answer.body
    return answer.json


def test_the_vectors_are_those_of_glot_embed(server, minilm):
    trained = load_head(checkpoint_folder("minilm", "sst2", "glot"), minilm)
    most = trained.card.max_tokens
    expected = np.concatenate(list(embed_texts(TEXTS, minilm, trained.head.pooler, most)))
    found = embed(server, TEXTS)
    np.testing.assert_allclose(found["vectors"], expected, atol=1e-5)
    assert (found["backbone"], found["pooler"], found["task"]) == ("minilm", "glot", "sst2")
    assert (found["tau"], found["width"]) == (0.6, expected.shape[1])
    assert found["n_cut"] == [0, 0, 302 - most, 0, 0]
    single = [embed(server, [text])["vectors"][0] for text in TEXTS]
    np.testing.assert_allclose(single, expected, atol=1e-5)


def test_vectors_as_a_numpy_file(server):
    answer = server.ask("/embed", {"texts": TEXTS}, Accept="application/x-npy")
    assert answer.headers["content-type"] == "application/x-npy"
    assert answer.headers["glot-texts-cut"] == "1"
    found = np.load(io.BytesIO(answer.body), allow_pickle=False)
    assert found.dtype == np.float32
    # The same numbers, whichever way they came.
    np.testing.assert_array_equal(found, np.float32(embed(server, TEXTS)["vectors"]))


def test_another_tau_gives_other_vectors(server):
    base, other = embed(server, TEXTS[:1]), embed(server, TEXTS[:1], tau=0.1)
    assert other["tau"] == 0.1
    assert not np.allclose(base["vectors"], other["vectors"], atol=1e-3)


def test_the_explanation_is_that_of_glot_explain(server, minilm):
    shelf = load_heads(minilm, "sst2")
    expected = as_record(explain_text(TEXTS[0], minilm, "sst2", shelf, [0.5], 512), 0.5)
    # As it is after a way through JSON.
    expected = json.loads(json.dumps(expected))
    answer = server.ask("/explain", {"text": TEXTS[0], "tau": 0.5})
    assert answer.status == 200
    found = answer.json
    for name, values in expected.pop("weights").items():
        np.testing.assert_allclose(found["weights"][name], values, atol=1e-5)
    for name, each in expected.pop("predictions").items():
        shares = each["probabilities"]
        assert found["predictions"][name]["label"] == each["label"]
        assert found["predictions"][name]["probabilities"] == pytest.approx(shares, abs=1e-5)
    assert {key: found[key] for key in expected} == expected


def test_health_tells_what_is_served(server):
    health = server.health()
    assert (health["status"], health["queued"]) == ("ready", 0)
    assert (health["backbone"], health["pooler"], health["explained"]) == ("minilm", "glot", "sst2")
    assert (health["device"], health["dtype"]) == ("cpu", "float32")
    assert (health["limits"]["texts"], health["limits"]["queue"]) == (8, 2048)


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/embed", {"texts": ["a"] * 9}, 413, "9 texts in one request"),
        ("/embed", {"texts": ["a" * 100_001]}, 413, "100,001 characters"),
        ("/embed", {"texts": []}, 422, "texts is []"),
        ("/embed", {"texts": ["a", "\n "]}, 422, "Text 2 of 2 is empty"),
        ("/embed", {"texts": ["a", "[CLS][SEP]"]}, 422, "Text 2 of 2, '[CLS][SEP]'"),
        ("/embed", {"texts": ["\ud800"]}, 422, "not valid Unicode"),
        ("/embed", {"texts": "one"}, 422, "texts is 'one'"),
        ("/embed", {"texts": ["a", 1]}, 422, "texts.1 is 1"),
        ("/embed", {"texts": ["a"], "tau": float("nan")}, 422, "tau is nan"),
        ("/embed", {"texts": ["a"], "taus": 0.5}, 422, "taus is 0.5"),
        ("/embed", {"tau": 0.5}, 422, "texts is not there"),
        ("/embed", [], 422, "The body is []"),
        ("/embed", b"{", 400, "not JSON"),
        ("/embed", b"\xff\xfe", 400, "not JSON"),
        ("/embed", b"[" * 100_000, 400, "parsing the body"),
        ("/explain", {"text": " "}, 422, "The text is empty"),
        ("/explain", {"text": "a", "tau": 1.5}, 422, "tau is 1.5"),
        ("/explain", {"text": "a", "max_tokens": 2}, 422, "max_tokens is 2"),
        ("/train", {}, 404, "POST /train"),
        ("/embed", None, 405, "GET /embed"),
    ],
)
def test_a_wrong_request_is_told_in_one_form(server, path, body, status, words):
    answer = server.ask(path, body)
    assert answer.status == status, answer.body
    assert set(answer.json) == {"given", "accepted", "remedy"}
    assert words in answer.json["given"]
    assert answer.json["accepted"]
    assert server.health()["status"] == "ready"


def test_a_body_that_is_not_said_to_be_json_is_told(server):
    # What a page of another site could send without being asked.
    answer = server.ask("/embed", {"texts": ["a"]}, Content_Type="text/plain")
    assert answer.status == 415
    assert "text/plain" in answer.json["given"]


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("Content-Length", "1000000000", 413), ("Transfer-Encoding", "chunked", 411)],
)
def test_the_length_of_a_request_is_judged_before_it_is_read(server, header, value, status):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/embed")
    connection.putheader("Content-Type", "application/json")
    connection.putheader(header, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


def test_openapi_names_everything_and_no_page_asks_other_machines(server):
    told = server.ask("/openapi.json").json
    assert set(told["paths"]) == {"/embed", "/explain", "/health"}
    answers = told["paths"]["/embed"]["post"]["responses"]
    assert {"200", "400", "413", "422", "429", "503"} <= set(answers)
    assert set(answers["200"]["content"]) == {"application/json", "application/x-npy"}
    problem = answers["429"]["content"]["application/json"]["schema"]["$ref"]
    assert problem == "#/components/schemas/Problem"
    fields = told["components"]["schemas"]["ExplainAnswer"]["properties"]
    assert set(server.ask("/explain", {"text": "A text."}).json) == set(fields)
    example = told["components"]["schemas"]["EmbedRequest"]["examples"][0]
    assert len(embed(server, **example)["vectors"]) == len(example["texts"])
    assert [server.ask(path).status for path in ("/docs", "/redoc", "/")] == [404] * 3


def test_an_address_that_cannot_be_had_is_told_before_anything_is_loaded():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told(glot("serve", "--port", port, "--backbone", "none"), f"127.0.0.1:{port}", "--port")
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(GlotError, match=f"{host}:0 cannot be listened at"):
            bind(host, 0)
