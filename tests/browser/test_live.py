"""τ moves, and everything moves with it: what stands on the screen is what the library says."""

import networkx as nx
import pytest
from playwright.sync_api import expect

from glot.graph.words import RULE
from tests.browser.library import expect_library, explained

TEXT = "The acting is wooden, but I could not look away from any of its unforgettable scenes."


@pytest.fixture
def live(explore):
    """The page with a text of the test's own."""
    explore.open().ready().show(TEXT)
    return explore


def test_numbers_follow_a_drag_before_it_ends_and_no_message_is_sent(live, tmp_path):
    explanation = explained(TEXT)
    expect_library(live, explanation, 0.6)
    bars = live.inked("bars")
    before = len(live.frames)
    live.drag_tau(0.3, release=False)
    # The slider gives hundredths; where the hand stopped is told by the page itself.
    tau = live.tau()
    assert tau == pytest.approx(0.3, abs=0.02)
    expect_library(live, explanation, tau)
    assert live.inked("bars") != bars
    assert live.frames[before:] == []
    live.page.mouse.up()
    live.expect_link(tau=f"{tau:.2f}")
    live.idle()
    record = live.record(tmp_path)
    assert record["tau"] == tau
    assert record["edge_list"] == explanation.edges(tau).tolist()
    for pooler, table in explanation.weights.items():
        assert record["weights"][pooler] == pytest.approx(table[explanation.row(tau)], abs=1e-6)


def test_a_release_is_one_small_message(live):
    before = len(live.frames)
    live.press_tau("ArrowLeft")
    live.expect_link(tau="0.59")
    live.idle()
    sent = [size for who, size in live.frames[before:] if who == "browser"]
    received = [size for who, size in live.frames[before:] if who == "server"]
    assert len(sent) == 1
    # The text's tables are not sent again: the whole answer is far smaller than they are.
    assert sum(received) < 20_000


def test_the_slider_by_keyboard_and_its_ends(live):
    explanation = explained(TEXT)
    live.press_tau("ArrowLeft", 20)
    assert live.tau() == pytest.approx(0.4)
    expect_library(live, explanation, 0.4)
    live.press_tau("End")
    expect_library(live, explanation, 1.0)
    live.press_tau("Home")
    expect_library(live, explanation, 0.0)


def test_the_warning_comes_when_the_heads_tau_is_left(live):
    warning = live.component().locator(".threshold .warning")
    expect(warning).to_have_text("")
    live.press_tau("ArrowRight")
    expect(warning).to_contain_text("trained at τ = 0.6")
    live.button("GLOT was trained at τ = 0.6").click()
    assert live.tau() == pytest.approx(0.6)
    expect(warning).to_have_text("")


def test_a_density_gives_its_tau(live):
    explanation = explained(TEXT)
    box = live.component().get_by_label("τ for a density of")
    box.fill("20")
    box.press("Enter")
    tau = explanation.timeline.tau_for_density(0.2, explanation.taus)
    live.expect_link(tau=f"{tau:.2f}")
    expect_library(live, explanation, tau)
    spoken = f"τ {tau:.2f}: {explanation.statistics(tau).edges} edges"
    expect(live.component().locator(".threshold .sr")).to_contain_text(spoken)
    box.fill("120")
    box.press("Enter")
    assert live.tau() == pytest.approx(tau)
    assert box.evaluate("box => box.validationMessage").startswith("A share")


def test_a_token_lights_up_everywhere(live):
    explanation = explained(TEXT)
    token = explanation.tokens.index("wooden")
    live.press_tau("ArrowLeft", 25)
    joined = {int(end) for edge in explanation.edges(0.35) for end in edge if token in edge} - {
        token
    }
    graph = live.inked("graph")
    for reach in ("hover", "focus"):
        getattr(live.token(token), reach)()
        near = (
            live.component()
            .locator(".token.near")
            .evaluate_all("spans => spans.map(span => Number(span.dataset.token))")
        )
        assert set(near) == joined
        assert live.inked("graph") > graph
        expect(live.component().locator(".cross").first).to_be_visible()
        expect(live.component().locator(".band")).to_be_visible()
        live.component().get_by_label("τ for a density of").focus()
        live.page.mouse.move(5, 5)
        expect(live.component().locator(".band")).to_be_hidden()


def test_the_arrow_keys_move_from_token_to_token(live):
    live.token(0).focus()
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("ArrowRight")
    expect(live.token(2)).to_be_focused()
    live.page.keyboard.press("End")
    expect(live.token(len(explained(TEXT).tokens) - 1)).to_be_focused()


def test_why_two_tokens_are_connected(live):
    explanation = explained(TEXT)
    first, second = (explanation.tokens.index(name) for name in ("wooden", "scenes"))
    for token in (first, second):
        live.token(token).focus()
        live.page.keyboard.press("Enter")
    n = len(explanation.tokens)
    similarity = explanation.upper[first * n - first * (first + 1) // 2 + second - first - 1]
    assert f"“wooden” and “scenes”: similarity {similarity:.4f}" in live.relation()
    for tau in (0.6, 0.0):
        live.drag_tau(tau)
        graph = nx.Graph(explanation.edges(live.tau()).tolist())
        graph.add_nodes_from(range(n))
        if not nx.has_path(graph, first, second):
            assert "No chain of edges" in live.relation()
            continue
        steps = nx.shortest_path_length(graph, first, second)
        told_steps = "Joined by an edge" if steps == 1 else f"connected over {steps} edges"
        assert told_steps in live.relation()
    live.page.keyboard.press("Escape")


def test_a_frame_around_tokens_shows_only_them(live):
    box = live.component().get_by_role("group", name="Token graph").bounding_box()
    corner = (box["x"] + 4, box["y"] + 4)
    live.page.mouse.move(*corner)
    live.page.mouse.down()
    live.page.mouse.move(corner[0] + box["width"] / 2, corner[1] + box["height"] / 2, steps=5)
    live.page.mouse.up()
    outside = live.component().locator(".token.out")
    assert 0 < outside.count() < len(explained(TEXT).tokens)
    assert "Only a part is shown" in live.relation()
    # The numbers are still those of the whole graph.
    expect_library(live, explained(TEXT), 0.6)
    live.button("Let all go").click()
    expect(outside).to_have_count(0)


def test_words_hold_their_tokens(live):
    explanation = explained(TEXT)
    assert explanation.tokens.count("##gett") + explanation.tokens.count("##table") > 0
    live.component().get_by_label("Words").check()
    live.expect_link(words="1")
    expect(live.component().get_by_text(RULE)).to_be_visible()
    live.open_part("The same as tables")
    rows = {row["word"]: row for row in live.table("Tokens")}
    pieces = [
        i
        for i, (a, b) in enumerate(explanation.offsets)
        if "unforgettable" in TEXT[a:b]
        or (TEXT.index("unforgettable") <= a < TEXT.index("unforgettable") + len("unforgettable"))
    ]
    assert len(pieces) > 1
    weight = explanation.weights["glot"][explanation.row(0.6)][pieces].sum()
    assert float(rows["unforgettable"]["π GLOT"]) == pytest.approx(weight, abs=1e-4)


def test_layouts_differ_and_tau_moves_no_token(live):
    pictures = set()
    for layout in ("force", "arc", "circle", "components", "principal"):
        live.component().get_by_label("Layout").select_option(layout)
        live.page.wait_for_timeout(200)
        names = "canvas => canvas.toDataURL()"
        labels = live.component().locator(".graph canvas").nth(2)
        before = labels.evaluate(names)
        live.drag_tau(0.2 if live.tau() > 0.4 else 0.7)
        assert labels.evaluate(names) == before
        pictures.add(before)
    live.expect_link(layout="principal")
    assert len(pictures) == 5
    live.button("Lay out anew").click()
    assert labels.evaluate(names) != before


def test_up_to_four_poolers_are_compared_and_stand_in_the_link(live):
    assert live.compared() == ["mean", "adapool", "deepsets", "glot"]
    expect(live.chip("max")).to_be_disabled()
    live.chip("mean").click()
    live.chip("mlp").click()
    assert live.compared() == ["adapool", "mlp", "deepsets", "glot"]
    live.expect_link(poolers="adapool,mlp,deepsets,glot")
    live.component().get_by_label("Tint and size by π of").select_option("mlp")
    live.expect_link(tint="mlp")
    live.page.reload()
    live.ready()
    assert live.compared() == ["adapool", "mlp", "deepsets", "glot"]
    assert live.component().get_by_label("Tint and size by π of").input_value() == "mlp"


@pytest.mark.parametrize(
    ("query", "options", "note"),
    [
        ("layer=3", {"layer": 3}, "layer 3"),
        ("similarity=centred", {"similarity": "centred"}, "cosine"),
        ("special=0", {"special_tokens": False}, "pecial tokens"),
    ],
)
def test_other_graphs_of_the_text(explore, query, options, note):
    explore.open(f"?text=A+small+and+quiet+film.&{query}&tau=0.30").ready()
    explanation = explained("A small and quiet film.", **options)
    expect_library(explore, explanation, 0.3)
    assert note in explore.page.inner_text("[data-testid='stMain']")


def test_the_layer_slider_keeps_the_places(live):
    names = live.component().locator(".graph canvas").nth(2)
    before, view = names.evaluate("canvas => canvas.toDataURL()"), live.view()
    thumb = live.page.get_by_role("slider", name="Layer of the graph")
    thumb.focus()
    thumb.press("ArrowLeft")
    live.changed(view)
    live.expect_link(layer="5")
    expect_library(live, explained(TEXT, layer=5), 0.6)
    assert names.evaluate("canvas => canvas.toDataURL()") == before


def test_a_lost_server_is_told_and_the_view_goes_on(browser):
    from tests.browser.explore import ExplorePage
    from tests.browser.server import running

    explanation = None
    with running(HF_HUB_OFFLINE="1") as address:
        page = browser.new_page()
        explore = ExplorePage(page, address).open().ready()
        explanation = explained(explore.text())
    explore.press_tau("ArrowLeft", 10)
    expect(explore.component().get_by_text("The server does not answer.")).to_be_visible(
        timeout=30_000
    )
    explore.expect_number("edges", str(explanation.statistics(0.5).edges))
    page.close()


def test_pinned_tokens_are_shown_alone_by_keyboard(live):
    for token in (2, 4, 5):
        live.token(token).focus()
        live.page.keyboard.press("Enter")
    live.button("Show only these").press("Enter")
    outside = live.component().locator(".token.out")
    expect(outside).to_have_count(len(explained(TEXT).tokens) - 3)
    live.open_part("The same as tables")
    assert len(live.table("Tokens")) == 3
    live.button("Let all go").press("Enter")
    expect(outside).to_have_count(0)


def test_the_drawing_follows_the_theme(live):
    labels = live.component().locator(".graph canvas").nth(2)
    light = labels.evaluate("canvas => canvas.toDataURL()")
    live.page.emulate_media(color_scheme="dark")
    live.page.wait_for_function(
        """light => {
            const host = [...document.querySelectorAll('*')].find(
                each => each.shadowRoot?.querySelector('.glot'));
            const canvas = host.shadowRoot.querySelectorAll('.graph canvas')[2];
            return canvas.toDataURL() !== light;
        }""",
        arg=light,
    )
    expect_library(live, explained(TEXT), 0.6)
