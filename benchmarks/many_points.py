"""The embedding map with 100,000 made-up points in each of two panels, in the plane or in space."""

import json

import numpy as np
import streamlit as st

from app.components.embedding.panels import BUNDLE
from app.components.embedding.payload import View, payload
from app.components.front_end import front_end
from app.services.embedding_atlas import Asked, Atlas
from glot.projection.maps import principal_axes
from glot.projection.quality import Measure, Quality
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors

N, WIDTH = 100_000, 16
NOT_MEASURED = Measure(None, "made up")


@st.cache_resource
def atlas() -> Atlas:
    """Five overlapping clouds, seen by two poolers."""
    random = np.random.default_rng(42)
    labels = random.integers(0, 5, N)
    centres = random.normal(size=(5, WIDTH)) * 1.5
    names = tuple(f"cloud {i}" for i in range(5))
    rows = MapRows(tuple(f"text {i}" for i in range(N)), tuple(labels.astype(float)), names, "test")
    made = Atlas(0, rows)
    lengths, uncut = np.full(N, 8, np.int32), np.zeros(N, np.int32)
    for pooler in ("mean", "glot"):
        values = (centres[labels] + random.normal(size=(N, WIDTH))).astype(np.float32)
        made.vectors[pooler] = Vectors(pooler, values, False, None, (), lengths, uncut, 512)
        made.principal[pooler] = principal_axes(values)
        made.quality[pooler] = Quality(NOT_MEASURED, NOT_MEASURED, NOT_MEASURED)
    return made


dimensions = int(st.query_params.get("dims", "2"))
asked = Asked("minilm", "sst2", "task", 0)
data = payload(View(asked, ("mean", "glot"), "pca", dimensions, "label", ""), atlas(), {})
assert json.loads(data["meta"])["rows"] == N
front_end("glot_embedding_map", BUNDLE)(data=data, key="map")
