"""How a new dictionary is built: tau, L0, tokens, its name."""

from dataclasses import dataclass

import streamlit as st

from itda_core.construction.checkpoint import Checkpoint
from itda_core.jobs.orders import dictionary_names
from pages.add import model as add_model
from pages.kit.text_source import Text
from pages.shell import parameters, resources
from pages.shell.formats import tau as written
from pages.shell.pickers import MAX_L0

MAX_TOKENS = 10_000_000
_LEAST_TAU = 0.001
_TAU, _L0, _TOKENS = 0.2, 20, 100_000


@dataclass(frozen=True)
class Settings:
    """What was chosen."""

    tau: float
    l0: int
    max_tokens: int
    name: str
    statistics: bool
    """Whether statistics are to be computed after the build."""


def parts() -> dict[str, parameters.Reader]:
    """What a link says of the settings."""
    return {
        "add_tau": parameters.decimal(_TAU, _LEAST_TAU, 1, "tau"),
        "add_l0": parameters.integer(_L0, 1, MAX_L0, "L0"),
        "add_tokens": parameters.integer(_TOKENS, 1000, MAX_TOKENS, "number of tokens"),
    }


def show(model: add_model.Chosen, text: Text | None) -> Settings:
    """The fields."""
    st.markdown("**Settings**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tau = st.number_input(
            "tau",
            _LEAST_TAU,
            1.0,
            step=0.05,
            format="%.3g",
            key="add_tau",
            persist_state="session",
            help="An activation becomes an atom if the atoms before it leave more than this share "
            "of it unexplained (|x − x̂|² / |x|²). Lower: more atoms, smaller errors.",
        )
        l0 = st.number_input(
            "L0",
            1,
            MAX_L0,
            key="add_l0",
            persist_state="session",
            help="At most so many atoms may explain a token.",
        )
        tokens = st.number_input(
            "Tokens at most",
            1000,
            MAX_TOKENS,
            step=10_000,
            key="add_tokens",
            persist_state="session",
            help="Where reading ends, unless the text ends before.",
        )
    if st.session_state.pop("add_name_used", False):
        st.session_state.add_name = ""
    usual = _free_name(model, text, tau)
    name = st.text_input(
        "Name",
        key="add_name",
        placeholder=usual,
        persist_state="session",
        help="Of the folder in data/dictionaries; several layers add -layer0, -layer1, ...",
    )
    statistics = st.checkbox(
        "Then find out what each atom does",
        True,
        key="add_statistics",
        persist_state="session",
        help="Statistics for the pages Atoms and Atlas: uses, contexts, predictions, map. On "
        "bundled text they are computed on documents not built on, on your own on the same text.",
    )
    return Settings(tau, int(l0), int(tokens), (name or "").strip() or usual, statistics)


def forget_name() -> None:
    """The name typed is used up; the field is emptied before it is drawn the next time."""
    st.session_state.add_name_used = True


def _free_name(model: add_model.Chosen, text: Text | None, tau: float) -> str:
    """A name that says what it is and that nothing has yet."""
    folder = resources.data_dir() / "dictionaries"
    stem = f"{add_model.title(model.place)}-{text.name if text else 'text'}-tau{written(tau)}"
    if len(model.layers) == 1:
        stem += f"-layer{model.layers[0]}"
    busy = {n for job in resources.jobs().all() if job.pending for n in job.work.dictionaries}

    def taken(name: str) -> bool:
        names = dictionary_names(name, model.layers)
        return bool(
            busy & set(names)
            or any((folder / made).exists() for made in names)
            or Checkpoint(folder / name).folder.exists()
        )

    number = 1
    while taken(stem if number == 1 else f"{stem}-{number}"):
        number += 1
    return stem if number == 1 else f"{stem}-{number}"
