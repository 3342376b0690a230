"""How a new dictionary is built: tau, L0, tokens, its name."""

from typing import NamedTuple

import streamlit as st

from itda_core.construction.checkpoint import Checkpoint
from itda_core.evaluation.metrics import SINK_FACTOR
from itda_core.files import exists_safely
from itda_core.jobs.orders import dictionary_names
from pages.add import model as add_model
from pages.add.model import ChosenModel
from pages.kit.text_source import Text
from pages.shell import formats, parameters, resources
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

_LEAST_TAU, _LEAST_TOKENS = 0.001, 1000
_L0, _TOKENS = 20, 100_000
_NAME, _NAME_IS_USED = "add_name", "add_name_is_used"

TAU = parameters.decimal("add", "add_tau", 0.2, _LEAST_TAU, 1, what="tau")
SKIP_SINKS = parameters.flag("add", "add_skip_sinks", what="choice of sinks", omit_default=True)


class Settings(NamedTuple):
    """What was chosen."""

    tau: float
    l0: int
    max_tokens: int
    skip_sinks: bool
    """Whether attention sinks are left out."""
    name: str
    statistics: bool
    """Whether statistics are to be computed after the build."""


def parameters_of() -> list[Parameter]:
    """What a link says of the settings."""
    return [TAU, _l0(), _tokens(), SKIP_SINKS]


def _l0() -> Parameter:
    most = limits().l0
    return parameters.integer("add", "add_l0", min(_L0, most), 1, most, what="L0")


def _tokens() -> Parameter:
    most = limits().build_tokens
    default = min(_TOKENS, most)
    return parameters.integer(
        "add", "add_tokens", default, min(_LEAST_TOKENS, most), most, what="number of tokens"
    )


def show(model: ChosenModel, text: Text | None) -> Settings:
    """The fields."""
    st.markdown("**Settings**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tau = st.number_input(
            "tau",
            _LEAST_TAU,
            1.0,
            step=0.05,
            format="%.3g",
            help="An activation becomes an atom if the atoms before it leave more than this share "
            "of it unexplained (|x − x̂|² / |x|²). Lower: more atoms, smaller errors.",
            **TAU.widget(),
        )
        l0 = st.number_input(
            "L0",
            1,
            limits().l0,
            help="At most so many atoms may explain a token.",
            **_l0().widget(),
        )
        most = limits().build_tokens
        tokens = st.number_input(
            "Tokens at most",
            min(_LEAST_TOKENS, most),
            most,
            step=10_000,
            help="Where reading ends, unless the text ends before.",
            **_tokens().widget(),
        )
    skip_sinks = st.checkbox(
        "Leave attention sinks out",
        help=f"Activations of more than {SINK_FACTOR} times the median norm, such as that of the "
        "first token in GPT-2: neither atoms nor coded while building.",
        **SKIP_SINKS.widget(),
    )
    name = _name(_free_name(model, text, tau))
    statistics = st.checkbox(
        "Then find out what each atom does",
        True,
        key="add_statistics",
        persist_state="session",
        help="Statistics for the pages Atoms and Atlas: uses, contexts, predictions, map. On "
        "bundled text they are computed on documents not built on, on your own on the same text.",
    )
    return Settings(tau, int(l0), int(tokens), skip_sinks, name, statistics)


def _name(free: str) -> str:
    """The name typed, or else the ``free`` one."""
    if st.session_state.pop(_NAME_IS_USED, False):
        st.session_state[_NAME] = ""
    name = st.text_input(
        "Name",
        key=_NAME,
        placeholder=free,
        persist_state="session",
        help="Of the folder in data/dictionaries; several layers add -layer0, -layer1, ...",
    )
    return (name or "").strip() or free


def forget_name() -> None:
    """The name typed is used up; the field is emptied before it is drawn the next time."""
    st.session_state[_NAME_IS_USED] = True


def _free_name(model: ChosenModel, text: Text | None, tau: float) -> str:
    """A name that says what it is and that nothing has yet."""
    source = text.name if text else "text"
    stem = f"{add_model.title(model.place)}-{source}-tau{formats.tau(tau)}"
    if len(model.layers) == 1:
        stem += f"-layer{model.layers[0]}"
    pending = [job for job in resources.job_list() if job.pending]
    queued = {name for job in pending for name in job.order.dictionaries}
    number, name = 1, stem
    while _is_used(name, model.layers, queued):
        number += 1
        name = f"{stem}-{number}"
    return name


def _is_used(name: str, layers: tuple[int, ...], queued: set[str]) -> bool:
    """Whether a dictionary of this name exists, is under way or is queued."""
    folder = resources.data_dir() / "dictionaries"
    names = dictionary_names(name, layers)
    return bool(
        queued.intersection(names)
        or any(exists_safely(folder / name) for name in names)
        or exists_safely(Checkpoint(folder / name).folder)
    )
