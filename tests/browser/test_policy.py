"""The content policy in a real browser: what stands on a page by mistake does nothing."""

import pytest


@pytest.fixture
def page(browser, address):
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(address)
    opened.get_by_role("heading", name="GLOT Explorer").wait_for()
    yield opened
    context.close()


ATTEMPTS = {
    "script": "e => { e = document.createElement('script'); e.textContent = 'window.hit = 1'; "
    "document.body.append(e) }",
    "handler": "() => { document.body.insertAdjacentHTML('beforeend', "
    "'<img src=x onerror=\"window.hit = 1\">') }",
    "frame": "() => { const f = document.createElement('iframe'); "
    "f.srcdoc = '<script>parent.hit = 1</script>'; document.body.append(f) }",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_markup_that_got_into_a_page_runs_nothing(page, attempt):
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.evaluate(ATTEMPTS[attempt])
    assert page.evaluate("window.hit") is None


def test_nothing_is_sent_to_another_machine(page):
    asked = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    told = page.evaluate("fetch('http://other.example/').then(() => 'sent', e => e.name)")
    assert told == "TypeError"
    assert not any("other.example" in url for url in asked)
