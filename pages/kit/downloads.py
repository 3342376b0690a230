"""A table of a page as files."""

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import pandas as pd
import streamlit as st


def show(key: str, stem: str, caption: str, make: Callable[[], pd.DataFrame], **about: Any) -> None:
    """A popover with three buttons; a file is only made when somebody asks for it.

    Args:
        key: of the widgets on their page.
        stem: of the files' names.
        caption: what a row is.
        make: the table.
        about: what JSON says beside the rows.
    """
    with st.popover("Download", icon=":material/download:", key=f"{key}_popover"):
        st.caption(caption)
        for name, (mime, write) in FORMATS.items():
            st.download_button(
                name,
                partial(lambda write: write(make(), about), write),
                mime=mime,
                file_name=f"{stem}.{name.lower()}",
                key=f"{key}_{name}",
                on_click="ignore",
                width="stretch",
            )


def as_csv(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """CSV with a header, UTF-8."""
    return table.to_csv(index=False).encode("utf-8", "replace")


def as_json(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """What the table is of, and its rows."""
    rows = json.loads(table.to_json(orient="records", force_ascii=False))  # NaN becomes null
    return json.dumps(about | {"rows": rows}, ensure_ascii=False, indent=1).encode(
        "utf-8", "replace"
    )


def as_parquet(table: pd.DataFrame, about: dict[str, Any]) -> bytes:
    """Parquet, the same rows."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


FORMATS: dict[str, tuple[str, Callable[[pd.DataFrame, dict[str, Any]], bytes]]] = {
    "CSV": ("text/csv", as_csv),
    "JSON": ("application/json", as_json),
    "Parquet": ("application/vnd.apache.parquet", as_parquet),
}
