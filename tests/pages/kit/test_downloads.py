"""A table as files: what the formats hold, and that they are read back as they were."""

import csv
import json
from io import BytesIO, StringIO

import pandas as pd
import pytest

from pages.kit.downloads import FORMATS

TEXTS = ["plain", "a,b", "the “kite” 🪁", 'said "no"', "one\ntwo", " ↵ ", "", None]
NUMBERS = [0.5, float("nan"), 1e-12, -3.25, 12345678.9, 0.1, 2.0, 0.0]


def table(texts: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "atom": range(len(texts)),
            "text": texts,
            "density": NUMBERS[: len(texts)],
            "used": [i % 2 == 0 for i in range(len(texts))],
        }
    )


def written(name: str, rows: pd.DataFrame, **about: object) -> bytes:
    return FORMATS[name].write(rows, about)


def read_csv(file: bytes) -> pd.DataFrame:
    return pd.read_csv(BytesIO(file))


def test_downloads_hold_the_table():
    table = pd.DataFrame({"atom": [0, 1], "tag": ["a,b", None], "density": [0.5, float("nan")]})
    made = {name: write(table, {"dictionary": "d"}) for name, (_, write) in FORMATS.items()}
    assert len(pd.read_csv(BytesIO(made["CSV"]))) == len(pd.read_parquet(BytesIO(made["Parquet"])))
    document = json.loads(made["JSON"])
    assert document["dictionary"] == "d" and document["rows"][1]["density"] is None


@pytest.mark.parametrize("texts", [TEXTS, [*TEXTS[:5], "one\rtwo", "\r", "a\r\nb"]])
def test_csv_is_read_back_equal(texts):
    rows = table(texts)
    file = written("CSV", rows)
    expected = rows.assign(text=[text or None for text in texts])  # CSV knows no empty text
    pd.testing.assert_frame_equal(read_csv(file), expected, rtol=0, atol=0)
    cells = list(csv.reader(StringIO(file.decode(), newline="")))
    assert cells[0] == ["atom", "text", "density", "used"] and len(cells) == len(rows) + 1
    assert [line[1] for line in cells[1:]] == [text or "" for text in texts]


def test_all_texts_are_quoted_and_no_numbers():
    lines = written("CSV", table(TEXTS)[["atom", "text", "density"]]).decode().split("\n")
    assert lines[:3] == ['"atom","text","density"', '0,"plain",0.5', '1,"a,b",""']


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "'=1",
    "-",
]


def test_what_a_spreadsheet_would_run_is_made_text_in_csv_alone():
    rows = pd.DataFrame({"=name": FORMULAS, "x": [-1.5] * len(FORMULAS)})
    lines = list(csv.reader(StringIO(written("CSV", rows).decode(), newline="")))
    assert lines[0] == ["'=name", "x"]
    assert [line[0] for line in lines[1:]] == [f"'{text}" for text in FORMULAS]
    assert {line[1] for line in lines[1:]} == {"-1.5"}
    pd.testing.assert_frame_equal(pd.read_parquet(BytesIO(written("Parquet", rows))), rows)
    assert [row["=name"] for row in json.loads(written("JSON", rows))["rows"]] == FORMULAS


def test_other_texts_are_in_csv_as_they_are():
    texts = ["a=b", " =1", "'quoted'", "1-2", "(=1)", "é", "\u200b=1"]
    rows = pd.DataFrame({"text": texts, "kind": pd.Categorical(texts)})
    lines = list(csv.reader(StringIO(written("CSV", rows).decode(), newline="")))
    assert lines[1:] == [[text, text] for text in texts]


def test_a_carriage_return_in_a_name_is_quoted_too():
    assert list(read_csv(written("CSV", pd.DataFrame({"a\rb": [1], "c": [2]})))) == ["a\rb", "c"]


def test_json_says_what_the_table_is_of_and_its_rows():
    texts = [*TEXTS[:5], "one\rtwo", "", None]
    document = json.loads(written("JSON", table(texts), dictionary="d", layer=3, tau=0.2))
    assert list(document) == ["dictionary", "layer", "tau", "rows"]
    assert document["layer"] == 3 and document["tau"] == 0.2
    assert [row["text"] for row in document["rows"]] == texts
    assert [row["density"] for row in document["rows"]] == [0.5, None, *NUMBERS[2:]]
    assert document["rows"][0] == {"atom": 0, "text": "plain", "density": 0.5, "used": True}


def test_parquet_is_read_back_equal():
    rows = table([*TEXTS[:5], "one\rtwo", "", None])
    pd.testing.assert_frame_equal(pd.read_parquet(BytesIO(written("Parquet", rows))), rows)


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_table_keeps_its_columns(name):
    file = written(name, table([]))
    if name == "JSON":
        assert json.loads(file) == {"rows": []}
    else:
        read = read_csv if name == "CSV" else lambda file: pd.read_parquet(BytesIO(file))
        assert list(read(file)) == ["atom", "text", "density", "used"] and not len(read(file))
