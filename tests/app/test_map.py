"""The embedding map without a browser: what it opens with, what it draws, links and jobs."""

import io
import json

import numpy as np
import pytest

from app.components.embedding.payload import View, number, payload
from app.components.embedding.tints import tint
from app.services import embedding, jobs
from app.services.embedding import OPENING
from app.services.embedding_atlas import Atlas
from app.state import map as state
from glot.projection.bundle import stored_map
from glot.projection.rows import MapRows
from glot.projection.vectors import Vectors
from tests.app.map_page import MapPage


def test_it_opens_with_the_stored_map_and_its_numbers():
    page = MapPage().healthy()
    assert len(page.charts()) == 4
    assert "PCA map of 300 texts by GLOT, coloured by label" in page.charts()[3]
    shown = page.told()
    for part in stored_map().parts.values():
        assert number("probe", part.quality.probe) in shown
        assert number("trust", part.trust[2]) in shown
    (table,) = page.app.dataframe
    assert len(table.value) == 300
    assert table.value["Text"][0] == stored_map().rows.texts[0][:300]


def test_every_map_colour_and_number_of_dimensions_of_the_stored_texts():
    page = MapPage()
    for colour in state.COLOURS:
        for dimensions in ("3", "2"):
            page.set(map_colour=colour, map_dims=dimensions).healthy()
            assert len(page.charts()) == 4
    assert page.link("map_colour") == "ratio"


def test_a_link_brings_everything_back():
    link = {
        "map_source": "stress",
        "map_protocol": "strict",
        "map_ratios": "0.9",
        "backbone": "minilm",
        "poolers": "mean,glot",
        "map_rows": "300",
        "map_projection": "pca",
        "map_dims": "3",
        "map_colour": "error",
        "map_drag": "lasso",
    }
    page = MapPage(**link).healthy()
    assert page.warnings() == ""
    assert {name: page.link(name) for name in link} == link
    assert len(page.charts()) == 2


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("map_source", "web"),
        ("map_ratios", "0.77"),
        ("map_ratios", "much"),
        ("map_rows", "7"),
        ("map_projection", "isomap"),
        ("map_dims", "4"),
        ("map_colour", "mood"),
        ("map_drag", "orbit"),
    ],
)
def test_nonsense_in_a_link_is_told(name, nonsense):
    page = MapPage(**{name: nonsense}).healthy()
    assert f"The link's {name} {nonsense!r} was not understood" in page.warnings()
    assert len(page.charts()) == 4


def test_a_ratio_that_the_protocol_lacks_is_told():
    page = MapPage(map_protocol="paper", map_ratios="0.99", poolers="mean")
    assert "The protocol paper has the distractor ratios" in page.warnings()


def test_chosen_rows_are_the_tables_and_one_of_them_opens_on_explore():
    page = MapPage()
    text = stored_map().rows.texts[7]
    page.take(11, 3, 7, 3, 300, -1).healthy()
    assert page.app.dataframe[0].value["Row"].tolist() == [3, 7, 11]
    assert "3 of 300 rows chosen" in page.told()
    # What the browser is sent back is newer than what it has seen, and the same rows.
    assert page.meta["turn"] == 1
    assert page.array("chosen").tolist() == [3, 7, 11]
    page.take(7).healthy()
    assert text[:100] in page.told()
    (link,) = [link for link in page.app.get("page_link") if link.proto.label == "Open on Explore"]
    assert "task=stress-strict-0.9" in link.proto.query_string
    page.click("map_none")
    assert len(page.app.dataframe[0].value) == 300


def test_what_the_browser_is_sent_is_the_librarys_map():
    page = MapPage(poolers="mean,glot", map_colour="prediction").healthy()
    part = stored_map().parts["glot"]
    places = (part.vectors.values - part.principal.mean) @ part.principal.axes[:2].T
    assert page.array("places_glot").reshape(-1, 2) == pytest.approx(places, abs=1e-4)
    glot = page.tint(page.panels()[1])
    assert page.array(glot["array"]).tolist() == part.vectors.predictions.tolist()
    assert [each["name"] for each in glot["classes"]] == ["animal", "object"]
    # What all poolers share is sent once: labels, lengths and ratios.
    labels = {panel["tints"]["label"]["array"] for panel in page.panels()}
    assert len(labels) == 1
    assert len([name for name in page.arrays() if name.startswith("values_")]) == 3 + 2 * 2
    length = page.panels()[1]["tints"]["length"]
    assert length["classes"] == []
    assert length["high"] == part.vectors.lengths.max()
    before = page.meta["map"]
    assert page.set(map_dims="3").meta["map"] != before


def test_colour_and_mouse_are_chosen_in_the_browser_and_kept_in_the_link():
    page = MapPage(poolers="glot")
    page.reported["view"] = json.dumps({"colour": "error", "drag": "lasso", "heard": 3})
    page.run().healthy()
    assert (page.link("map_colour"), page.link("map_drag")) == ("error", "lasso")
    told = {name: page.meta[name] for name in ("colour", "drag", "heard")}
    assert told == {"colour": "error", "drag": "lasso", "heard": 3}
    page.reported["view"] = json.dumps({"colour": "mood", "drag": "lasso", "heard": 4})
    page.run().healthy()
    assert page.meta["colour"] == "error"


def test_a_front_end_that_is_missing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("app.components.embedding.panels.BUNDLE", tmp_path / "embedding_map.js")
    page = MapPage()
    assert "front end is missing" in page.errors()
    assert len(page.app.dataframe[0].value) == 300


def test_many_texts_are_cut_and_too_many_are_left_out():
    atlas = embedding.atlas(OPENING)
    view = View(OPENING, ("glot",), "pca", 2, "label", "")

    def texts(n):
        many = MapRows(("a long text " * 40,) * n, (0.0,) * n, ("animal", "object"), "test")
        made = vectors([0.0] * n, ("animal", "object"))
        other = Atlas(0, many, {"glot": made}, {}, dict(atlas.quality))
        return json.loads(payload(view, other, {})["meta"])["texts"]

    assert {len(text) for text in texts(100)} == {240}
    assert {len(text) for text in texts(40_000)} == {50}
    assert texts(60_000) == []


def test_a_choice_among_other_texts_chooses_nothing_here():
    page = MapPage().set(map_chosen=("others", (3, 7)))
    assert len(page.healthy().app.dataframe[0].value) == 300


def test_tsne_is_a_job_and_pca_stands_in_for_it():
    page = MapPage(poolers="glot").set(map_projection="tsne").healthy()
    assert "t-SNE is not ready: PCA is shown." in page.told()
    assert "PCA map" in page.charts()[0]
    page.waited().healthy()
    assert "t-SNE map" in page.charts()[0]
    assert embedding.mapping(OPENING, ("glot",), "tsne", 2) is None


def test_a_cancelled_job_is_not_started_again_by_itself():
    page = MapPage(poolers="adapool", map_projection="tsne", map_dims="3")
    job = next(j for j in jobs._jobs.values() if j.key.endswith("tsne 3 adapool"))
    job.cancel()
    page.waited()
    assert job.state == "cancelled"
    assert "was cancelled" in page.notes()
    assert jobs.find(job.key) is job
    page.click(f"again {job.key}").waited().healthy()
    assert "t-SNE map" in page.charts()[0]


def test_a_sentence_finds_its_place_on_the_map():
    sentence = "the box has wolves but not ropes"
    page = MapPage(poolers="mean,glot").set(map_sentence=sentence).waited().healthy()
    job = embedding.placing(OPENING, ("mean", "glot"), "pca", 2, sentence)
    assert set(job.result) == {"mean", "glot"}
    assert job.result["glot"].shape == (2,)
    assert page.link("map_sentence") == sentence
    page.set(map_sentence="   ").healthy()


def test_the_stored_map_is_not_used_with_other_heads(monkeypatch, tmp_path):
    monkeypatch.setenv("GLOT_CHECKPOINTS", str(tmp_path))
    embedding._atlas.clear()
    try:
        assert embedding.atlas(OPENING).rows is None
    finally:
        embedding._atlas.clear()


def test_the_parquet_file_is_what_is_drawn():
    import pyarrow.parquet as pq

    MapPage().healthy()
    table = pq.read_table(io.BytesIO(embedding.parquet(OPENING, ("mean", "glot"), "pca", 2)))
    places = embedding.atlas(OPENING).map("glot", "pca", 2).coordinates
    assert np.array_equal(table["glot_x"].to_numpy(), places[:, 0])
    assert table.schema.metadata[b"glot.task"] == b"stress-strict-0.9"


def vectors(predictions, classes):
    n = np.zeros(len(predictions), np.int32)
    values = np.eye(len(predictions), 3, dtype=np.float32)
    return Vectors("glot", values, True, np.array(predictions, float), classes, n, n, 8)


def test_errors_are_found_by_the_names_of_classes():
    rows = MapRows(("a", "b", "c"), (0.0, 1.0, 1.0), ("cat", "dog"), "test")
    found = tint(rows, vectors([1, 0, 1], ("dog", "cat")), "error")
    # The head numbers its classes the other way round: cat is 1.
    assert found.values.tolist() == [0.0, 0.0, 1.0]
    numbers = MapRows(("a", "b"), (0.5, 2.0), (), "test")
    assert tint(numbers, vectors([1.0, 2.0], ()), "error").values.tolist() == [0.5, 0.0]
