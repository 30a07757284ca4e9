"""Links that somebody has written by hand, cut short or made to hurt: every page, every setting.

`GLOT_EXAMPLES=500 pytest tests/app/test_bad_links.py` looks longer.
"""

import os
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.navigation import PAGES
from tests.app.page import Page, script_of

EXAMPLES = int(os.environ.get("GLOT_EXAMPLES", "5"))
HOSTILE = (
    *("", " ", "\0", "0", "1", "-1", "1.5", "-0", "1e999", "-1e999", "nan", "inf", "9" * 5000),
    *("١", "½", "1_000", "0x10", "+1", " 1", "1 ", "1,1", "1-2,2-3", "5-1", "_", ",", "a,b"),
    *("None", "[]", "{}", "true", "../../etc/passwd", "/", "/etc", "/etc/passwd", "..", ".", "~"),
    *("//x/y", "a/b", "a/b/c", "C:\\x", "x.csv", "x.gguf", "model.safetensors", "\ufeff", "\u202e"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "$\\frac$", ":red[a]", "`a`"),
    *("[a](javascript:alert(1))", "{0}", "%s", "%00", "&amp;", "🙂", "e\u0301" * 50, "x" * 2001),
)


def settings_of(page):
    return import_module(f"app.state.{page}").SETTINGS


def values(setting):
    """What a link could say of a setting: nonsense, what is near to sense, sense."""
    shown = setting.show(setting.default)
    near = st.builds(
        lambda at, put: shown[:at] + put + shown[at:],
        st.integers(0, len(shown)),
        st.sampled_from((",", "-", "_", ".", "0", "9", "e9", "\0", " ", "/", "é")),
    )
    written = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
    return st.one_of(st.sampled_from(HOSTILE), near, written)


def links(page):
    known = settings_of(page)
    return st.fixed_dictionaries({}, optional={each.key: values(each) for each in known}).filter(
        bool
    )


@pytest.mark.parametrize("name", list(PAGES))
def test_any_link_opens_its_page(name, cache, monkeypatch):
    monkeypatch.setenv("GLOT_RESULTS", str(cache / "results"))

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(links(name))
    def opens(link):
        page = Page(script_of(name), **link)
        # What the page wrote into its link is understood when it is opened.
        again = {key: page.link(key) for key in page.app.query_params}
        assert "was not understood" not in Page(script_of(name), **again).warnings()

    opens()
