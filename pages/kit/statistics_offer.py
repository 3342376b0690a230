"""What a page lacks without statistics, and the way to compute them in the background."""

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.errors import InputError
from itda_core.jobs import Job
from itda_core.jobs.orders import HELD_OUT, statistics_work
from pages.kit import how_computed, jobs, text_source
from pages.shell import frame, resources
from pages.shell.formats import plain, sentence


def show(row: DictionaryHead) -> None:
    """Progress where they are being computed, else what is missing and a button.

    The page's own eye on the dictionaries (``frame.watch``) runs it again once they are there.
    """
    if row.note:
        st.caption(plain(row.note))
    st.info(
        "This needs statistics of the dictionary: what its atoms do on text. They are computed "
        "once, in the background; this page then shows them.",
        icon=":material/query_stats:",
    )
    if _job(row):
        _watched(row)
        return
    if resources.may_build():
        try:
            _ask(row)
        except InputError as error:
            frame.refuse(error)
    with st.popover("In a terminal", type="tertiary", icon=":material/terminal:"):
        how_computed.command(row)


def _ask(row: DictionaryHead) -> None:
    failed = [job for job in _jobs(row) if job.status == "failed"]
    if failed:
        st.error(plain(sentence(failed[-1].state.message)))
    text = text_source.show(
        "On which text?",
        "2,500 bundled documents that no bundled model or dictionary has seen.",
        HELD_OUT,
        "held_out",
    )
    pressed = st.button(
        "Compute them",
        type="primary",
        icon=":material/play_arrow:",
        key="compute_statistics",
        disabled=text is None,
    )
    if pressed and text is not None:
        for job in failed:
            resources.jobs().remove(job.id)
        data = resources.data_dir()
        jobs.ask(text, lambda c: statistics_work([row.name], data, c, text.field))
        st.rerun()


def _jobs(row: DictionaryHead) -> list[Job]:
    """The jobs that compute statistics of this dictionary."""
    jobs = (job for job in resources.jobs().all() if row.name in job.work.dictionaries)
    return [job for job in jobs if job.work.steps[-1].command[0] == "statistics"]


def _job(row: DictionaryHead) -> Job | None:
    return next((job for job in _jobs(row) if job.pending), None)


@st.fragment(run_every=1.0)
def _watched(row: DictionaryHead) -> None:
    job = _job(row)
    if job is None:
        st.rerun()
    elif job.status == "waiting":
        st.caption("Waits until what was asked for before is done.")
    else:
        jobs.progress(job)
    st.button("Cancel", key="cancel_statistics", on_click=lambda: resources.jobs().cancel(job.id))
