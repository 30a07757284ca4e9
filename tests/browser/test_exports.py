"""What is taken away from the page is what stands on it."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import networkx as nx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.library import explained

# Marks, a quote, a line break and an emoji: what spoils careless files.
TEXT = 'She said "<b>not</b> bad & not good", \n=1+1; 🙂 fine.'


@pytest.fixture
def taken(explore):
    explore.open().ready().show(TEXT)
    explore.open_part("Take it with you")
    return explore


def test_json_is_what_the_command_line_tells(taken, tmp_path):
    explanation = explained(TEXT)
    record = taken.record(tmp_path)
    assert record["text"] == TEXT
    assert record["tokens"] == list(explanation.tokens)
    assert record["offsets"] == [list(span) for span in explanation.offsets]
    statistics = explanation.statistics(0.6)
    assert (record["edges"], record["components"]) == (statistics.edges, statistics.components)
    assert record["density"] == pytest.approx(statistics.density)
    answer = explanation.prediction("glot", 0.6)
    assert record["predictions"]["glot"]["label"] == answer.label
    assert record["predictions"]["glot"]["probabilities"] == pytest.approx(
        answer.probabilities, abs=1e-5
    )


def test_csv_holds_every_token_and_edge(taken, tmp_path):
    explanation = explained(TEXT)

    def rows(name):
        content = taken.take(name, tmp_path).read_bytes().decode("utf-8")
        return list(csv.DictReader(io.StringIO(content, newline="")))

    tokens, edges = rows("Tokens (CSV)"), rows("Edges (CSV)")
    assert [row["text"] for row in tokens] == list(explanation.tokens)
    glot = explanation.weights["glot"][explanation.row(0.6)]
    assert [float(row["pi_glot"]) for row in tokens] == pytest.approx(glot, abs=1e-6)
    pairs = [[int(row["source"]), int(row["target"])] for row in edges]
    assert pairs == explanation.edges(0.6).tolist()
    components = {row["component"] for row in tokens}
    assert len(components) == explanation.statistics(0.6).components


def test_graphml_is_read_by_networkx(taken, tmp_path):
    explanation = explained(TEXT)
    graph = nx.read_graphml(taken.take("GraphML", tmp_path), node_type=int)
    assert graph.number_of_nodes() == len(explanation.tokens)
    assert {tuple(sorted(edge)) for edge in graph.edges} == {
        tuple(edge) for edge in explanation.edges(0.6).tolist()
    }
    assert [graph.nodes[i]["token"] for i in range(len(graph))] == list(explanation.tokens)
    assert nx.number_connected_components(graph) == explanation.statistics(0.6).components


def test_svg_and_png_draw_every_edge_and_token(taken, tmp_path):
    explanation = explained(TEXT)
    root = ET.parse(taken.take("SVG", tmp_path)).getroot()
    space = "{http://www.w3.org/2000/svg}"
    lines = sum(path.get("d").count("M") for path in root.iter(f"{space}path"))
    assert lines == explanation.statistics(0.6).edges
    assert len(list(root.iter(f"{space}circle"))) == len(explanation.tokens)
    with Image.open(taken.take("PNG", tmp_path)) as picture:
        assert picture.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
        assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000)) > 20


def test_the_page_of_its_own_works_offline(taken, browser, tmp_path):
    taken.press_tau("ArrowLeft", 10)
    path = taken.take("HTML, works offline", tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    faults, requests = [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    edges = page.locator("[data-number='edges']")
    expect(edges).to_have_text(str(explained(TEXT).statistics(0.5).edges))
    page.get_by_label("Similarity threshold τ").press("Home")
    expect(edges).to_have_text(str(explained(TEXT).statistics(0.0).edges))
    assert page.get_by_role("button", name="Copy link").count() == 0
    assert faults == []
    assert requests == [path.as_uri()]
    context.close()


def test_a_page_with_all_tokens_alike_is_drawn(taken, browser, tmp_path):
    path = taken.take("HTML, works offline", tmp_path)
    html = path.read_text(encoding="utf-8")
    start = html.index('id="data">') + len('id="data">')
    data = json.loads(html[start : html.index("</script>", start)])
    import base64

    import numpy as np

    pairs = np.frombuffer(base64.b64decode(data["upper"]), np.float32).size
    data["upper"] = base64.b64encode(np.ones(pairs, np.float32).tobytes()).decode()
    changed = json.dumps(data).replace("<", "\\u003c")
    path.write_text(html[:start] + changed + html[html.index("</script>", start) :], "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    expect(page.locator("[data-number='density']")).to_have_text("100.0 %")
    expect(page.locator("[data-number='components']")).to_have_text("1")
    page.get_by_label("Similarity threshold τ").press("End")
    expect(page.locator("[data-number='edges']")).to_have_text("0")
    page.close()


def test_python_computes_the_view_again(taken, capsys, monkeypatch):
    import plotly.graph_objects as go

    shown = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: shown.append(figure))
    taken.button("Copy as Python").click()
    code = taken.component().get_by_label("Python that computes this view again").input_value()
    exec(compile(code, "copied", "exec"), {})
    assert f"edges={taken.number('edges')}," in capsys.readouterr().out
    assert len(shown) == 2
    assert len(shown[1].data) == len(taken.compared())


def test_the_link_opens_the_same_view(taken, browser, address):
    taken.drag_tau(0.25, release=False)
    taken.page.evaluate(
        "() => { navigator.clipboard.writeText = text => { window.copied = text; "
        "return Promise.resolve(); }; }"
    )
    taken.page.mouse.up()
    taken.button("Copy link").click()
    link = taken.page.evaluate("() => window.copied")
    page = browser.new_page()
    from tests.browser.explore import ExplorePage

    again = ExplorePage(page, address)
    page.goto(link)
    again.ready()
    assert again.text() == TEXT
    assert again.tau() == taken.tau()
    assert again.shown("edges") == taken.shown("edges")
    page.close()
