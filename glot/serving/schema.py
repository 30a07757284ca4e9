"""What requests and answers look like, for OpenAPI and for checking requests."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TEXT = "The film is not bad at all."


class EmbedRequest(BaseModel):
    """Texts whose sentence vectors are wanted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"texts": [TEXT, "A second text."]}]}
    )

    texts: list[str] = Field(
        min_length=1, description="As many and as long as `limits` of /health says; none blank."
    )
    tau: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="Threshold of the token graph, for a pooler that has one; without it, the one "
        "that the head was trained with.",
    )


class EmbedAnswer(BaseModel):
    """Sentence vectors."""

    backbone: str
    pooler: str
    task: str | None = Field(description="What the pooler was trained for; null: it has no weights")
    tau: float | None = Field(description="Threshold of the token graph; null: there is no graph.")
    width: int = Field(description="D, the width of a vector.")
    vectors: list[list[float]] = Field(description="(N, D), in the order of the texts.")
    n_cut: list[int] = Field(description="Per text, how many tokens did not fit.")


class ExplainRequest(BaseModel):
    """A text to be explained."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": TEXT, "tau": 0.6}]}
    )

    text: str
    tau: float = Field(0.6, ge=-1, le=1, description="Threshold of the token graph.")
    max_tokens: int = Field(512, ge=3, le=512, description="Cut the text to so many tokens.")


class ExplainAnswer(BaseModel):
    """Token graph, token weights and predictions, as `glot explain --json` prints them."""

    text: str
    backbone: str
    task: str
    tokens: list[str]
    offsets: list[tuple[int, int]] = Field(description="Of each token in the text, in characters.")
    tau: float
    training_tau: float | None = Field(description="τ that the GLOT head was trained with.")
    edges: int = Field(description="Number of undirected edges between different tokens.")
    density: float = Field(description="Share of all pairs that are joined.")
    components: int
    edge_list: list[tuple[int, int]] = Field(description="Pairs of tokens, strongest first.")
    weights: dict[str, list[float] | None] = Field(
        description="Per pooler, the token weights π; null where no head is trained."
    )
    predictions: dict[str, dict[str, Any] | None] = Field(
        description="Per pooler: `label` and `probabilities`, or `value`; null without a head."
    )
    n_cut: int = Field(description="How many tokens did not fit.")
    notes: list[str] = Field(description="What a reader must know.")


class Health(BaseModel):
    """How the server is, and what it accepts."""

    status: str = Field(description="`ready`, or `stopping`: then the status of HTTP is 503.")
    version: str
    backbone: str
    fingerprint: str = Field(description="sha256 of the backbone's weights.")
    device: str
    dtype: str
    pooler: str = Field(description="Of /embed.")
    task: str | None = Field(description="What that pooler was trained for.")
    explained: str = Field(description="The task whose heads /explain shows.")
    width: int = Field(description="D, the width of a vector.")
    queued: int = Field(description="Texts that wait.")
    limits: dict[str, float] = Field(description="What is accepted: see the documentation.")


class Problem(BaseModel):
    """Why a request was not answered."""

    given: str
    accepted: str
    remedy: str
