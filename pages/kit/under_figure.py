"""What stands under a figure: how to read it, how it is computed, its numbers as files."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import downloads, how_computed


def show(
    key: str,
    caption: str,
    definition: str,
    table: Callable[[], pd.DataFrame] | None = None,
    *,
    command: str = "",
    about: dict[str, Any] | None = None,
) -> None:
    """The caption, and in a row "How computed?" and the downloads.

    Args:
        key: names the widgets and the files.
        caption: a line that says how to read the figure.
        definition: Markdown; nothing of a prompt or a corpus may be in it.
        table: what the figure shows; only made when somebody asks for it. None: no downloads.
        command: what makes the numbers in a terminal.
        about: what the table is of.
    """
    st.caption(caption)
    with st.container(horizontal=True, gap="small"):
        how_computed.show(key, definition, command)
        if table is not None:
            with st.popover(
                "Numbers", type="tertiary", icon=":material/download:", key=f"numbers_{key}"
            ):
                downloads.buttons(key, key, table, about or {})
