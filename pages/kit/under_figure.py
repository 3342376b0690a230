"""What stands under a figure: how to read it, how it is computed, its numbers as files."""

from collections.abc import Callable
from functools import partial
from io import BytesIO

import pandas as pd
import streamlit as st

FORMATS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "CSV": ("text/csv", lambda frame: frame.to_csv(index=False).encode("utf-8", "replace")),
    "JSON": (
        "application/json",
        lambda frame: frame.to_json(
            orient="records", force_ascii=False, indent=1, double_precision=8
        ).encode("utf-8", "replace"),
    ),
    "Parquet": ("application/vnd.apache.parquet", lambda frame: _parquet(frame)),
}


def show(key: str, caption: str, how: str, table: Callable[[], pd.DataFrame]) -> None:
    """One row: caption, "How computed?" and downloads.

    Args:
        key: names the widgets and the files.
        caption: a line that says how to read the figure.
        how: Markdown; nothing of a prompt or a corpus may be in it.
        table: what the figure shows; only made when somebody asks for it.
    """
    st.caption(caption)
    with st.container(horizontal=True, gap="small"):
        with st.popover("How computed?", type="tertiary", icon=":material/help:", key=f"how_{key}"):
            st.markdown(how)
        with st.popover(
            "Numbers", type="tertiary", icon=":material/download:", key=f"numbers_{key}"
        ):
            for name, (mime, make) in FORMATS.items():
                st.download_button(
                    name,
                    partial(_made, table, make),
                    file_name=f"{key}.{name.lower()}",
                    mime=mime,
                    key=f"{key}_{name}",
                    on_click="ignore",
                    width="stretch",
                )


def _made(table: Callable[[], pd.DataFrame], make: Callable[[pd.DataFrame], bytes]) -> bytes:
    return make(table())


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
