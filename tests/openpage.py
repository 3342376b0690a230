"""A page without a browser: opening one by its address, and what stands on it."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from itda_core import Dictionary
from itda_core.dictionary import DictionaryHead
from itda_core.prompt.decomposition import Decomposition
from pages.shell import resources

APP = Path(__file__).parents[1] / "app.py"


def open_page(page: str = "explore", **address: str) -> AppTest:
    """A visit to ``page`` by a link that says ``address``."""
    app = AppTest.from_file(str(APP), default_timeout=240)
    if page != "explore":
        # As a browser's first visit does; before a run ``switch_page`` only knows names of files.
        app._page_hash = calc_hash(page)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def lines(app: AppTest) -> list[str]:
    """What the page says is wrong or otherwise than asked."""
    assert not app.exception, app.exception
    return [e.value.replace("\\", "") for e in [*app.info, *app.error]]


def written(app: AppTest) -> str:
    """Its plain text."""
    return " ".join(m.value for m in app.markdown).replace("\\", "")


def captions(app: AppTest) -> str:
    return " ".join(e.value for e in app.caption).replace("\\", "")


def component(app: AppTest, name: str) -> dict | None:
    """What a component of ours was given, by its name or key; None where it is not shown."""
    for found in app.get("bidi_component"):
        key = f"-{found.proto.id}-"
        if found.proto.component_name == name or f"-{name}-" in key:
            return json.loads(found.proto.json)
    return None


def shown(app: AppTest, name: str) -> dict:
    """``component`` of a page that must show it."""
    data = component(app, name)
    assert data is not None, lines(app)
    return data


def strip(app: AppTest) -> dict:
    """The token strip."""
    return shown(app, "itda_token_strip")


def row_of(app: AppTest) -> DictionaryHead:
    """The dictionary that the page shows."""
    rows = resources.store().dictionaries()
    return next(row for row in rows if row.name == app.session_state["dictionary"])


def dictionary_of(app: AppTest) -> Dictionary:
    return resources.dictionary(row_of(app))


def decomposition_of(app: AppTest) -> Decomposition:
    """The prompt that the page shows, taken apart."""
    state = app.session_state
    return resources.decomposition(
        row_of(app), state["explore_prompt"], state["explore_l0"], state["explore_method"]
    )
