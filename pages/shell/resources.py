"""Models, dictionaries and codes: loaded once a process, shared by all sessions.

Everything is keyed by fingerprints. Arrays are never hashed: Streamlit looks only at a sample
of a large one and would serve a stale result.
"""

import atexit
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from itda_core import Dictionary, InputError, Store, load_model
from itda_core.atoms.statistics.files import Statistics, load_statistics
from itda_core.atoms.table import AtomTable
from itda_core.comparison.alike import first_to_show
from itda_core.dictionary import DictionaryHead
from itda_core.jobs import Queue, Runner
from itda_core.models import LanguageModel
from itda_core.models.of_dictionary import find_model
from itda_core.prompt.decomposition import Decomposition, decompose
from pages.shell.formats import short_name

FIRST_MODEL = "tinyworld-small-seed0"
_RETRY_SECONDS = 60.0
_loading = threading.Lock()
"""transformers imports as it goes; two threads that do can meet in half-made modules."""


def data_dir() -> Path:
    """Where models and dictionaries lie: $ITDA_DATA, else the folder data beside app.py."""
    return Path(os.environ.get("ITDA_DATA") or Path(__file__).parents[2] / "data")


def store() -> Store:
    """The index of dictionaries."""
    return _store(str(data_dir()))


@st.cache_resource(show_spinner=False)
def _store(folder: str) -> Store:
    opened = Store(folder)
    atexit.register(opened.close)
    return opened


def may_build() -> bool:
    """Whether visitors may build: $ITDA_BUILD=off keeps a public server to reading."""
    return os.environ.get("ITDA_BUILD", "on").lower() not in ("off", "0", "no", "false")


def jobs() -> Queue:
    """What is built in the background; the first call sets it going."""
    return _jobs(str(data_dir()), may_build())


@st.cache_resource(show_spinner=False)
def _jobs(folder: str, work: bool) -> Queue:
    queue = Queue(Path(folder) / "jobs")
    if work:
        runner = Runner(queue)
        runner.start()
        atexit.register(runner.stop)
    return queue


def default(rows: Sequence[DictionaryHead]) -> DictionaryHead:
    """What a first visit shows, whatever was added: the bundled model, else one that is here."""
    here = [row for row in rows if Path(_place(row)).is_dir()] or list(rows)
    return first_to_show(here, FIRST_MODEL)


def _place(row: DictionaryHead) -> str:
    """Where the model of a dictionary is: a folder, or else a hub id; "" if nobody knows."""
    return find_model(row.recipe, store().folder / row.name) if row.recipe.model_id else ""


def dictionary(row: DictionaryHead) -> Dictionary:
    """The dictionary behind a row of the store. InputError if its folder is damaged."""
    try:
        return _dictionary(str(store().folder / row.name), row.fingerprint)
    except InputError:
        store().fill([row.name])  # it leaves the pickers: pages look every few seconds
        raise


@st.cache_resource(max_entries=8, show_spinner="Reading the dictionary …")
def _dictionary(path: str, fingerprint: str) -> Dictionary:
    return Dictionary.load(path)


def model(row: DictionaryHead) -> LanguageModel:
    """The model a dictionary was built from, as ``locate.find_model`` finds it.

    Raises:
        InputError: it cannot be had; the same answer for a minute, as asking takes seconds.
    """
    place = _place(row)
    if not place:
        raise InputError(f"dictionary {row.name} does not say which model it is of; build it again")
    refused = _refusals().get(place)
    if refused and time.monotonic() - refused[0] < _RETRY_SECONDS:
        raise InputError(refused[1])
    try:
        return _load(place, _written(Path(place)), row.recipe.model_revision, row.recipe.dtype)
    except InputError as error:
        beside = data_dir() / "models" / short_name(row.recipe.model_id)
        message = (
            f"The model of this dictionary cannot be used: {error}. Put its folder at {beside}, "
            "or choose another dictionary"
        )
        _refusals()[place] = (time.monotonic(), message)
        raise InputError(message) from None


def loaded(place: str) -> LanguageModel:
    """The model in a folder or of a hub id, in the precision that suits this machine.

    Raises:
        InputError: it cannot be loaded.
    """
    return _load(place, _written(Path(place)), None, None)


@st.cache_resource(show_spinner=False)
def _refusals() -> dict[str, tuple[float, str]]:
    """Place of a model -> when it was refused, and why."""
    return {}


def _written(folder: Path) -> int:
    """When a model folder was last written to, so that a new one is read anew."""
    weights = folder / "model.safetensors"
    return weights.stat().st_mtime_ns if weights.is_file() else 0


@st.cache_resource(max_entries=3, show_spinner="Loading the model …")
def _load(place: str, written: int, revision: str | None, dtype: str | None) -> LanguageModel:
    with _loading:
        return load_model(place, revision=revision, dtype=dtype)


def decomposition(row: DictionaryHead, prompt: str, l0: int, method: str) -> Decomposition:
    """``decompose`` with its answer kept. InputError as there."""
    return _decomposition(row.fingerprint, prompt, l0, method, model(row), dictionary(row))


@st.cache_resource(max_entries=64, show_spinner=False)
def _decomposition(
    fingerprint: str,
    prompt: str,
    l0: int,
    method: str,
    _model: LanguageModel,
    _dictionary: Dictionary,
) -> Decomposition:
    return decompose(_model, _dictionary, prompt, l0, method)


def atom_table(row: DictionaryHead) -> AtomTable:
    """All atoms of a dictionary, ready to be searched; empty where it has no labels."""
    return _atom_table(row.name, row.version)


@st.cache_resource(max_entries=4, show_spinner="Reading the atoms …")
def _atom_table(name: str, version: str) -> AtomTable:
    return AtomTable(store().atoms(name))


def statistics(row: DictionaryHead) -> Statistics | None:
    """What a dictionary's atoms do on held-out text; None where nobody has computed it.

    Raises:
        InputError: they are damaged or of another dictionary.
    """
    return _statistics(str(store().folder / row.name), row.fingerprint, row.version)


@st.cache_resource(max_entries=4, show_spinner="Reading the statistics …")
def _statistics(path: str, fingerprint: str, version: str) -> Statistics | None:
    return load_statistics(path, fingerprint)
