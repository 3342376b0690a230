"""The view in the address bar: what an address says, what it leaves out, and which one counts."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pytest
from streamlit.testing.v1 import AppTest

from pages.shell import address


def page() -> None:
    """A page with parts of every kind; as a script of its own, it imports what it needs."""
    import streamlit as st

    from pages.shell import address, parameters

    state = st.session_state
    name = state.get("shown_page", "demo")
    way = parameters.choice(name, "way", "fast", ("fast", "slow"), what="way", omit_default=True)
    parts = [
        parameters.integer(name, "size", 20, 1, 100, what="Size"),
        way,
        parameters.text(name, "prompt", "hello", 10**6, keeps_empty=True, is_long=True),
        parameters.text(name, "search"),
        parameters.integer(name, "token", None, 0, 9, what="token", is_long=True),
        parameters.integers(name, "marked", 10, what="Places"),
        parameters.between(name, "density", (0, 0.1, 5), what="Density", omit_default=True),
    ]
    state.is_first = address.is_first_visit(name)
    state.notes = address.read(name, parts)
    state.given = [part.name for part in parts if address.was_given(part.name)]
    st.segmented_control("Way", ["fast", "slow"], required=True, **way.widget())
    address.write()
    state.is_complete = address.is_complete()


def visit(**parts: str) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in parts.items():
        app.query_params[name] = value
    return checked(app)


def checked(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def change(app: AppTest, **values: object) -> AppTest:
    """What a visitor does to the view, by its keys in session state."""
    for key, value in values.items():
        app.session_state[key] = value
    return checked(app)


def said(app: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in dict(app.query_params).items()}


FIRST = {"size": "20", "prompt": "hello"}
"""What the address of a first visit says: defaults, but for those that it leaves unsaid."""


def test_defaults_said_and_unsaid():
    app = visit()
    assert said(app) == FIRST
    assert app.session_state["demo_way"] == "fast"  # the view has it all the same
    assert app.session_state["demo_density"] == (0, 5)
    app.segmented_control(key="demo_way").set_value("slow")
    assert said(checked(app)) == FIRST | {"way": "slow"}
    app.segmented_control(key="demo_way").set_value("fast")
    assert said(checked(app)) == FIRST


def test_what_values_are_written_as():
    app = change(
        visit(),
        demo_token=0,
        demo_marked=[2, 4],
        demo_density=(0.1, 5),
        demo_search="a b&c=é🪁",
        demo_size=7,
    )
    assert said(app) == {
        "size": "7",
        "prompt": "hello",
        "search": "a b&c=é🪁",
        "token": "0",
        "marked": "2,4",
        "density": "0.1-5",
    }
    again = visit(**said(app))
    assert again.session_state["notes"] == [] and said(again) == said(app)
    for key in ("demo_token", "demo_marked", "demo_density", "demo_search", "demo_size"):
        assert again.session_state[key] == app.session_state[key]


def test_empty_parts_are_unsaid_but_for_an_empty_prompt():
    app = change(visit(), demo_prompt="", demo_search="", demo_marked=[], demo_token=None)
    assert said(app) == {"size": "20", "prompt": ""}


def test_what_is_wrong_is_noted_once_and_mended():
    app = visit(size="0", way="sideways", nobody="x")
    assert app.session_state["notes"] == [
        "Size '0' is not a whole number from 1 to 100; showing 20.",
        "The way 'sideways' is none of fast, slow; showing fast.",
    ]
    assert said(app) == FIRST
    assert checked(app).session_state["notes"] == []


def test_a_very_long_prompt_leaves_the_address_and_its_token_with_it():
    app = change(visit(), demo_prompt="kite " * 2000, demo_token=3, demo_size=9)
    assert said(app) == {"size": "9"} and not app.session_state["is_complete"]
    assert app.session_state["demo_prompt"] == "kite " * 2000  # the view keeps it
    assert said(checked(app)) == {"size": "9"}
    assert app.session_state["demo_prompt"] == "kite " * 2000
    change(app, demo_prompt="kite")
    assert said(app) == {"size": "9", "prompt": "kite", "token": "3"}
    assert app.session_state["is_complete"]


def test_how_long_is_very_long():
    rest = len(urlencode({"size": "20", "prompt": ""}))
    app = change(visit(), demo_prompt="x" * (address.LONGEST - rest))
    assert len(urlencode(said(app))) == address.LONGEST and app.session_state["is_complete"]
    change(app, demo_prompt="x" * (address.LONGEST - rest + 1))
    assert "prompt" not in said(app) and not app.session_state["is_complete"]
    # Encoded: a letter of another alphabet takes six characters.
    change(app, demo_prompt="é" * (address.LONGEST // 6))
    assert "prompt" not in said(app)


def test_a_click_counts_against_the_address_from_before_it():
    app = visit(size="5")
    assert app.session_state["given"] == ["size"]
    change(app, demo_size=6)
    assert said(app)["size"] == "6" and app.session_state["given"] == []
    # The browser may still report the address from before the click.
    app.query_params["size"] = "5"
    change(app, demo_size=7)
    assert said(app)["size"] == "7"


def test_going_back_in_the_browser_shows_the_view_from_before():
    app = change(visit(size="5"), demo_size=6, demo_search="kite")
    app.query_params.clear()
    for name, value in {"size": "5", "prompt": "hello"}.items():
        app.query_params[name] = value
    assert said(checked(app)) == {"size": "5", "prompt": "hello"}
    assert app.session_state["demo_search"] == ""
    assert sorted(app.session_state["given"]) == ["prompt", "size"]


def test_by_the_menu_a_page_shows_what_it_showed():
    app = change(visit(), demo_size=6, demo_search="kite")
    assert not app.session_state["is_first"]
    app.query_params.clear()
    change(app, shown_page="other")
    assert app.session_state["is_first"] and said(app) == FIRST
    app.query_params.clear()
    change(app, shown_page="demo")
    assert app.session_state["is_first"]
    assert said(app) == {"size": "6", "prompt": "hello", "search": "kite"}


def test_by_a_link_a_page_shows_what_the_link_says():
    app = change(visit(), demo_size=6, demo_search="kite")
    app.query_params.clear()
    change(app, shown_page="other")
    app.query_params.clear()
    app.query_params["search"] = "river"
    change(app, shown_page="demo")
    assert said(app) == FIRST | {"search": "river"}
    assert app.session_state["given"] == ["search"]


def page_of_dictionary() -> None:
    """A page about one of two dictionaries, which were built with other L0."""
    from types import SimpleNamespace

    import streamlit as st

    from pages.shell import address, parameters

    heads = [SimpleNamespace(name="first", l0=3), SimpleNamespace(name="second", l0=8)]
    state = st.session_state
    state.notes = address.read_dictionary(
        "demo",
        heads,
        lambda heads: heads[0],
        lambda head: [parameters.integer("demo", "l0", head.l0, 1, 10, what="L0")],
    )
    address.write()


def visit_dictionary(**parts: str) -> AppTest:
    app = AppTest.from_function(page_of_dictionary)
    for name, value in parts.items():
        app.query_params[name] = value
    return checked(app)


def test_a_default_that_depends_on_the_dictionary_is_said():
    assert said(visit_dictionary()) == {"dictionary": "first", "l0": "3"}
    app = visit_dictionary(dictionary="second")
    assert app.session_state["notes"] == []
    assert said(app) == {"dictionary": "second", "l0": "8"}


def test_a_choice_stays_when_the_dictionary_changes():
    app = visit_dictionary(dictionary="second", l0="5")
    change(app, dictionary="first")
    assert said(app) == {"dictionary": "first", "l0": "5"}


@pytest.mark.parametrize("name", ["third", "", "../../etc", "<b>" * 100])
def test_a_dictionary_that_is_not_there(name):
    app = visit_dictionary(dictionary=name, l0="2")
    (note,) = app.session_state["notes"]
    assert note == f"There is no dictionary {name[:80]!r} here; showing another."
    assert said(app) == {"dictionary": "first", "l0": "2"}


def test_links_are_relative_and_encoded():
    link = address.link("atoms", dictionary="a&b=c d", atom=7)
    assert link.startswith("atoms?") and link.isascii() and " " not in link
    assert parse_qs(link.partition("?")[2]) == {"dictionary": ["a&b=c d"], "atom": ["7"]}


def test_within_another_page_a_link_stays_there(monkeypatch):
    monkeypatch.setattr(address, "st", SimpleNamespace(context=SimpleNamespace(is_embedded=True)))
    assert address.link("atoms", atom=7) == "atoms?atom=7&embed=true"
