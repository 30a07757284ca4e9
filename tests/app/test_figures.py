"""Figures that are made once for what they show."""

import pandas as pd
import plotly.graph_objects as go

from app.services.figures import kept_figure, painted


def test_a_figure_is_made_again_for_other_data_or_another_theme_alone():
    made = []

    def draw(frame: pd.DataFrame, title: str) -> go.Figure:
        made.append(title)
        return go.Figure(go.Scatter(x=frame["x"], y=frame["x"]))

    def shown(values, title="a", dark=False):
        return kept_figure("draw", (pd.DataFrame({"x": values}), title), dark, draw)

    first = shown([1, 2])
    assert shown([1, 2]) is first
    assert made == ["a"]
    for other in (shown([1, 3]), shown([1, 2], "b"), shown([1, 2], dark=True)):
        assert other is not first
    assert made == ["a", "a", "b", "a"]
    kept_figure.clear()


def test_text_can_be_read_on_either_page():
    light, dark = (painted(go.Figure(), dark).layout for dark in (False, True))
    assert light.font.color == light.xaxis.tickfont.color == "#31333F"
    assert dark.font.color == dark.yaxis.title.font.color == "#FAFAFA"
