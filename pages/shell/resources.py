"""Models, dictionaries and codes: loaded once a process, shared by all sessions.

Everything is keyed by fingerprints. Arrays are never hashed: Streamlit looks only at a sample
of a large one and would serve a stale result.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from itda_core import Dictionary, InputError, Store, load_model
from itda_core.atoms.statistics.files import Statistics, load_statistics
from itda_core.atoms.table import AtomTable
from itda_core.comparison.alike import first_to_show
from itda_core.dictionary import DictionaryHead
from itda_core.errors import line_of
from itda_core.files import expand_safely, is_file_safely, is_folder_safely
from itda_core.jobs.queue import Job, Queue
from itda_core.jobs.runner import Runner
from itda_core.models import LanguageModel
from itda_core.models.of_dictionary import find_model
from itda_core.prompt.decomposition import Decomposition, decompose
from itda_core.store import SyncReport
from pages.shell.formats import short_name
from pages.shell.limits import limits

Seen = TypeVar("Seen")

FIRST_MODEL = "tinyworld-small-seed0"
_RETRY_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_loading = threading.Lock()
"""transformers imports as it goes; two threads that do can meet in half-made modules."""


def data_dir() -> Path:
    """Where models and dictionaries lie: $ITDA_DATA, else the folder data beside app.py.

    Absolute, because commands that the app starts work elsewhere.
    """
    given = os.environ.get("ITDA_DATA", "").strip()
    return expand_safely(given or Path(__file__).parents[2] / "data").absolute()


def store() -> Store:
    """The index of dictionaries."""
    return _store(str(data_dir()))


@st.cache_resource(show_spinner=False)
def _store(folder: str) -> Store:
    opened = Store(folder)
    atexit.register(opened.close)
    return opened


def sync(fresh: bool = False) -> SyncReport:
    """What the folders of dictionaries hold, by their heads; see ``_Look`` for ``fresh``."""
    return _look_at_folders(str(data_dir())).now(fresh)


@st.cache_resource(show_spinner=False)
def _look_at_folders(folder: str) -> "_Look[SyncReport]":
    return _Look(lambda: _store(folder).sync(with_tables=False))


def jobs() -> Queue:
    """What is built in the background; the first call sets it going."""
    return _runner(str(data_dir()), limits().build).queue


def jobs_problem() -> str:
    """Why no job can be worked off now, in one line; empty when all is well."""
    return _runner(str(data_dir()), limits().build).problem


def job_list(fresh: bool = False) -> list[Job]:
    """Every job, in the order asked for; see ``_Look`` for ``fresh``."""
    return _look_at_jobs(str(data_dir()), limits().build).now(fresh)


@st.cache_resource(show_spinner=False)
def _look_at_jobs(folder: str, work: bool) -> "_Look[list[Job]]":
    return _Look(_runner(folder, work).queue.all)


@st.cache_resource(show_spinner=False)
def _runner(folder: str, work: bool) -> Runner:
    runner = Runner(Queue(Path(folder) / "jobs"))
    if work:
        runner.start()
        atexit.register(runner.stop)
    return runner


class _Look(Generic[Seen]):
    """What is seen on the disk, looked at once a second for all tabs of all visitors together.

    A page that somebody asks for is to be given a ``fresh`` look; one that only waits for a change
    takes what the last look saw, if that was less than a second ago or another is on its way.
    """

    def __init__(self, look: Callable[[], Seen]):
        self._look = look
        self._looking = threading.Lock()
        self._seen: tuple[float, Seen] | None = None

    def now(self, fresh: bool) -> Seen:
        seen = self._seen
        is_new = seen and (time.monotonic() - seen[0] < _LOOK_SECONDS or self._looking.locked())
        if seen is not None and is_new and not fresh:
            return seen[1]
        with self._looking:
            if self._seen is not None and self._seen is not seen and not fresh:
                return self._seen[1]  # somebody else looked while we waited
            answer = self._look()
            self._seen = time.monotonic(), answer
            return answer


def default(heads: Sequence[DictionaryHead]) -> DictionaryHead:
    """What a first visit shows, whatever was added: the bundled model, else one that is here."""
    here = [head for head in heads if is_folder_safely(_place(head))] or list(heads)
    return first_to_show(here, FIRST_MODEL)


def _place(head: DictionaryHead) -> str:
    """Where the model of a dictionary is: a folder, or else a hub id; "" if nobody knows."""
    return find_model(head.recipe, store().folder / head.name) if head.recipe.model_id else ""


def dictionary(head: DictionaryHead) -> Dictionary:
    """The dictionary that a head is of. InputError if its folder is damaged."""
    try:
        return _dictionary(str(store().folder / head.name), head.fingerprint)
    except InputError:
        store().fill([head.name])  # it leaves the pickers: pages look every few seconds
        raise


@st.cache_resource(max_entries=8, show_spinner="Reading the dictionary …")
def _dictionary(path: str, fingerprint: str) -> Dictionary:
    return Dictionary.load(path)


def public(text: str) -> str:
    """``text`` as visitors may read it: a public server does not say where its files lie."""
    try:
        is_private = limits().build
    except InputError:  # of a limit that cannot be read
        is_private = False
    return text if is_private else text.replace(str(data_dir()), "data")


def model(head: DictionaryHead) -> LanguageModel:
    """The model a dictionary was built from, as ``find_model`` finds it.

    Raises:
        InputError: it cannot be had; the same answer for a minute, as asking takes seconds.
    """
    place = _place(head)
    if not place:
        raise InputError(
            f"dictionary {head.name} does not say which model it is of; build it again"
        )
    # One dictionary may ask for what another of the same model does not.
    asked = (place, _written(Path(place)), head.recipe.model_revision, head.recipe.dtype)
    refused = _refusals().get(asked)
    if refused and time.monotonic() - refused[0] < _RETRY_SECONDS:
        raise InputError(refused[1])
    try:
        return _load(*asked)
    except (InputError, OSError) as error:
        beside = data_dir() / "models" / short_name(head.recipe.model_id)
        message = (
            f"The model of this dictionary cannot be used: {line_of(error)}. Put its folder at "
            f"{beside}, or choose another dictionary"
        )
        _refusals()[asked] = (time.monotonic(), message)
        raise InputError(message) from None


def loaded(place: str) -> LanguageModel:
    """The model in a folder or of a hub id, in the precision that suits this machine.

    Raises:
        InputError: it cannot be loaded.
    """
    return _load(place, _written(Path(place)), None, None)


@st.cache_resource(show_spinner=False)
def _refusals() -> dict[tuple[Any, ...], tuple[float, str]]:
    """What was asked of ``_load`` -> when it was refused, and why."""
    return {}


def _written(folder: Path) -> int:
    """When a model folder was last written to, so that a new one is read anew."""
    weights = folder / "model.safetensors"
    return weights.stat().st_mtime_ns if is_file_safely(weights) else 0


@st.cache_resource(max_entries=3, show_spinner="Loading the model …")
def _load(place: str, written: int, revision: str | None, dtype: str | None) -> LanguageModel:
    with _loading:
        return load_model(place, revision=revision, dtype=dtype)


def decomposition(head: DictionaryHead, prompt: str, l0: int, method: str) -> Decomposition:
    """``decompose`` with its answer kept. InputError as there, and beyond the limit of visitors."""
    most = limits().prompt_characters
    if len(prompt) > most:
        raise InputError(
            f"the prompt has {len(prompt):,} characters; at most {most:,} are read. "
            "Shorten it, or use `evaluate` for whole texts"
        )
    return _decomposition(head.fingerprint, prompt, l0, method, model(head), dictionary(head))


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


def atom_table(head: DictionaryHead) -> AtomTable:
    """All atoms of a dictionary, ready to be searched; empty where it has no labels."""
    return _atom_table(head.name, head.version)


@st.cache_resource(max_entries=4, show_spinner="Reading the atoms …")
def _atom_table(name: str, version: str) -> AtomTable:
    return AtomTable(store().atoms(name))


def statistics(head: DictionaryHead) -> Statistics | None:
    """What a dictionary's atoms do on held-out text; None where nobody has computed it.

    Raises:
        InputError: they are damaged or of another dictionary.
    """
    return _statistics(str(store().folder / head.name), head.fingerprint, head.version)


@st.cache_resource(max_entries=4, show_spinner="Reading the statistics …")
def _statistics(path: str, fingerprint: str, version: str) -> Statistics | None:
    return load_statistics(path, fingerprint)
