"""Undo, redo and the list of texts, without a page."""

from app.state.past import MAX_STEPS, MAX_TEXTS, Past


def test_steps_and_texts_are_bounded():
    past = Past()
    for number in range(MAX_STEPS + 20):
        past.keep({"text": f"text {number}", "tau": 0.6})
    assert len(past.steps) == MAX_STEPS
    assert past.now == {"text": f"text {MAX_STEPS + 19}", "tau": 0.6}
    assert len(past.texts) == MAX_TEXTS
    assert past.texts[0] == past.now
    assert past.can_go(-(MAX_STEPS - 1))
    assert not past.can_go(-MAX_STEPS)


def test_equal_settings_are_no_step():
    past = Past()
    for _ in range(3):
        past.keep({"text": "a", "tau": 0.6})
    assert len(past.steps) == 1
    assert not past.can_go(-1)
    assert not past.can_go(1)


def test_a_text_is_in_the_list_once_with_its_last_settings():
    past = Past()
    for text, tau in (("a", 0.1), ("b", 0.2), ("a", 0.3), (" ", 0.3)):
        past.keep({"text": text, "tau": tau})
    assert past.texts == [{"text": "a", "tau": 0.3}, {"text": "b", "tau": 0.2}]


def test_steps_with_one_text_share_it():
    past = Past()
    for tau in (0.1, 0.2, 0.3):
        past.keep({"text": "".join(["long ", "text"]), "tau": tau})
    assert len({id(step["text"]) for step in past.steps}) == 1


def test_what_was_undone_ends_with_a_new_step():
    past = Past()
    for tau in (0.1, 0.2, 0.3):
        past.keep({"text": "a", "tau": tau})
    assert past.go(-2)["tau"] == 0.1
    past.keep({"text": "a", "tau": 0.9})
    assert [step["tau"] for step in past.steps] == [0.1, 0.9]
    assert not past.can_go(1)
