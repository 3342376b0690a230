"""A table of a page as files: one set of formats, one shape of JSON."""

import csv
import json
import re
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from itda_core.dictionary import DictionaryHead

_FORMULA = re.compile(r"'*(?:[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]\s*\S)")
"""How a text begins that a spreadsheet takes for a formula, or one made safe; four of the signs
are =, +, - and @ of full width."""
_LONGEST = 200
"""Characters of a text that CSV repeats in every row."""


class Format(NamedTuple):
    """One way to write a table."""

    mime: str
    write: Callable[[pd.DataFrame, dict[str, Any]], bytes]
    """``write(table, about)``; ``about`` is what the table is of."""


def show(key: str, stem: str, caption: str, make: Callable[[], pd.DataFrame], **about: Any) -> None:
    """A popover with a button a format; see ``buttons``.

    Args:
        key: of the widgets on their page.
        stem: of the files' names.
        caption: what a row is.
        make: the table; only made when somebody asks for it.
        about: what the table is of, for the formats that can say it.
    """
    with st.popover("Download", icon=":material/download:", key=f"{key}_popover"):
        st.caption(f"{caption} In CSV, a text that begins like a formula has ' before it.")
        buttons(key, stem, make, about)


def buttons(key: str, stem: str, make: Callable[[], pd.DataFrame], about: dict[str, Any]) -> None:
    """A button a format; a file is only made when somebody asks for it."""
    stem = "-".join([stem, *([about["dictionary"]] if "dictionary" in about else [])])
    for name, format in FORMATS.items():
        st.download_button(
            name,
            partial(_file, format, make, about),
            mime=format.mime,
            file_name=f"{stem}.{name.lower()}",
            key=f"{key}_{name}",
            on_click="ignore",
            width="stretch",
        )


def about_dictionary(head: DictionaryHead) -> dict[str, Any]:
    """What a file of a dictionary's numbers says of it."""
    recipe = head.recipe
    return {
        "model": recipe.model_id,
        "layer": recipe.layer,
        "dictionary": head.name,
        "fingerprint": head.fingerprint,
        "tau": recipe.tau,
        "loss": recipe.loss,
        "l0": recipe.l0,
    }


def _file(format: Format, make: Callable[[], pd.DataFrame], about: dict[str, Any]) -> bytes:
    return format.write(make(), about)


def as_csv(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """CSV with a header, UTF-8, all texts in quotes; what a spreadsheet would run is made text.

    CSV has no place for what the table is of but its rows: each part is a column, the same in all.
    Quoted always, because readers end a row at a bare carriage return, which the writer only
    quotes where it is the end of its own rows. A text that begins like a formula gets an
    apostrophe before it; whoever wants the text itself takes one away, or JSON or Parquet.
    """
    table = _with_about(table, about)
    for name in table.select_dtypes(exclude=["number", "bool", "datetime"]):
        table[name] = table[name].map(_as_text, na_action="ignore")
    table.columns = [_as_text(str(name)) for name in table.columns]
    return table.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8", "replace")


def _as_text(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _with_about(table: pd.DataFrame, about: dict[str, Any]) -> pd.DataFrame:
    """A copy with a column for each part; long texts are cut, as they stand in every row."""
    columns = {}
    for name, value in about.items():
        if isinstance(value, str) and len(value) > _LONGEST:
            value = value[: _LONGEST - 1] + "…"
        columns[f"dictionary_{name}" if name in table else name] = value
    return table.assign(**columns)


def as_json(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """What the table is of, and under ``rows`` its rows; NaN becomes null."""
    text = table.to_json(orient="records", force_ascii=False, double_precision=15)
    document = about | {"rows": json.loads(text)}
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_parquet(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """Parquet, the same rows; what they are of is in its metadata, which pandas reads as attrs."""
    buffer = BytesIO()
    table = table.copy(deep=False)
    table.attrs = about
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


FORMATS = {
    "CSV": Format("text/csv", as_csv),
    "JSON": Format("application/json", as_json),
    "Parquet": Format("application/vnd.apache.parquet", as_parquet),
}
