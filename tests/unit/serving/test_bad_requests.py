"""Requests that no client of ours sends: always JSON in one form, and the server goes on."""

import json
import math

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glot.serving.app import build_app
from tests.unit.serving.gated import batching

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.text(st.characters(codec=None), max_size=4),
    st.sampled_from(("a b", " ", "\0", "9" * 5000, 10**400)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("texts", "text", "tau", "a")), inner, max_size=3)
    ),
    max_leaves=5,
)
BODIES = st.one_of(
    VALUES,
    st.fixed_dictionaries({"texts": VALUES}, optional={"tau": VALUES, "more": LEAVES}),
    st.fixed_dictionaries({"text": VALUES}, optional={"tau": VALUES, "max_tokens": VALUES}),
    st.fixed_dictionaries({"texts": st.lists(st.text(max_size=5), max_size=4)}),
)
TYPES = st.sampled_from(("application/json", "text/plain", "application/json; charset=x", "", "é"))
PATHS = st.sampled_from(("/embed", "/explain", "/health", "/", "/embed/", "/../embed", "/%00"))


def written(body):
    return json.dumps(body).encode()


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(PATHS, BODIES.map(written) | st.binary(max_size=30), TYPES)
def asked(client, path, body, kind):
    headers = {"content-type": kind.encode("latin-1")} if kind else {}
    answer = client.post(path, content=body, headers=headers, follow_redirects=False)
    assert answer.status_code in (200, 307, 400, 404, 405, 413, 415, 422), answer.text
    if answer.status_code == 307:
        return
    told = answer.json()
    if answer.status_code != 200:
        assert set(told) == {"given", "accepted", "remedy"}
        assert len(answer.text) < 2000
    elif "vectors" in told:
        assert all(math.isfinite(x) for vector in told["vectors"] for x in vector)


def test_any_request_is_answered_in_words():
    with batching(pooler="glot") as (batcher, backbone):
        backbone.gate.set()
        client = TestClient(build_app(batcher))
        asked(client)
        assert client.get("/health").json()["status"] == "ready"
        assert client.post("/embed", json={"texts": ["a b c"]}).status_code == 200
