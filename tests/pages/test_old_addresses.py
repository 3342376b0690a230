"""Links that people have: each still opens the view that it opened before pages were redrawn.

``old_addresses.json`` was recorded on the data that ships, with the program as it was at commit
d4f5a32: what was asked for, the address that the page then had, its notes, titles and headings, how
many charts it showed, and the titles of its components.

One was changed since, on purpose: filters without an atom open the first that they find, no longer
an atom that they leave out.
"""

import json
from pathlib import Path

import pytest
from openpage import lines, open_page

DATA = Path(__file__).parents[2] / "data"
RECORDS = json.loads(Path(__file__).with_name("old_addresses.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(DATA))


def test_there_are_twenty_and_of_every_page():
    from pages.shell.pages import PAGES

    assert len(RECORDS) >= 20 and {record["page"] for record in RECORDS} >= {"explore", "add"}
    assert {record["page"] for record in RECORDS} <= set(PAGES)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r['page']}-{len(str(r['asked']))}")
def test_an_old_address_opens_the_same_view(record):
    app = open_page(record["page"], **record["asked"])
    assert lines(app) == record["notes"]
    assert {k: "".join(v) for k, v in dict(app.query_params).items()} == record["address"]
    assert [title.value for title in app.title] == record["titles"]
    assert [heading.value for heading in app.subheader] == record["headings"]
    assert len(app.get("plotly_chart")) == record["charts"]
    components = {}
    for found in app.get("bidi_component"):
        data = json.loads(found.proto.json) if found.proto.json else {}
        components[found.proto.component_name] = data.get("headline") or data.get("title") or ""
    components.pop("itda_waiting", None)
    assert components == record["components"]
