"""The codes of the prompt as files, and the link to the view."""

import json
from functools import partial
from io import BytesIO
from typing import Any

import streamlit as st

from itda_core.dictionary import Dictionary
from itda_core.prompt.decomposition import Decomposition
from pages.shell import address


def show(decomposition: Decomposition, dictionary: Dictionary, l0: int, method: str) -> None:
    """Two buttons; a file is only made when somebody asks for it."""
    with st.container(horizontal=True, gap="small"):
        with st.popover("Download", icon=":material/download:"):
            st.caption("One row per token and atom, strongest first.")
            for name, (mime, make) in FORMATS.items():
                st.download_button(
                    name,
                    partial(make, decomposition, dictionary, l0, method),
                    file_name=f"codes.{name.lower()}",
                    mime=mime,
                    key=f"download_{name}",
                    on_click="ignore",
                    width="stretch",
                )
        with st.popover("Share", icon=":material/link:"):
            if address.is_whole():
                st.caption("The address bar is a link to exactly this view: copy it.")
            else:
                st.caption(
                    "This prompt is too long for a link. The address bar holds the settings; "
                    "send the text along with it."
                )


def as_csv(decomposition: Decomposition, dictionary: Dictionary, l0: int, method: str) -> bytes:
    """CSV with a header, UTF-8."""
    return decomposition.rows(dictionary).to_csv(index=False).encode("utf-8", "replace")


def as_json(decomposition: Decomposition, dictionary: Dictionary, l0: int, method: str) -> bytes:
    """How the codes were made, and the rows."""
    recipe = dictionary.recipe
    document: dict[str, Any] = {
        "prompt": decomposition.prompt,
        "truncated": decomposition.truncated,
        "model": recipe.model_id,
        "layer": recipe.layer,
        "dictionary": dictionary.name,
        "fingerprint": dictionary.fingerprint,
        "tau": decomposition.tau,
        "loss": decomposition.loss_name,
        "l0": l0,
        "method": method,
        "codes": decomposition.rows(dictionary).to_dict("records"),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_parquet(decomposition: Decomposition, dictionary: Dictionary, l0: int, method: str) -> bytes:
    """Parquet, the same rows."""
    buffer = BytesIO()
    decomposition.rows(dictionary).to_parquet(buffer, index=False)
    return buffer.getvalue()


FORMATS = {
    "CSV": ("text/csv", as_csv),
    "JSON": ("application/json", as_json),
    "Parquet": ("application/vnd.apache.parquet", as_parquet),
}
