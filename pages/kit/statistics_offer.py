"""What a page lacks without statistics, and the way to compute them in the background."""

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.jobs.orders import HELD_OUT, StatisticsOrder
from itda_core.jobs.queue import Job
from pages.kit import how_computed, jobs, text_source
from pages.shell import frame, resources
from pages.shell.formats import plain, sentence
from pages.shell.limits import limits


def show(head: DictionaryHead) -> None:
    """Progress where they are being computed, else what is missing and a button.

    ``frame.rerun_when_dictionaries_change`` runs the page again once they are there.
    """
    if head.note:
        st.caption(plain(head.note))
    st.info(
        "This needs statistics of the dictionary: what its atoms do on text. They are computed "
        "once, in the background; this page then shows them.",
        icon=":material/query_stats:",
    )
    if _pending_job(head, fresh=True):
        _progress(head)
        return
    if limits().build:
        with frame.errors():
            _form(head)
    with st.popover("In a terminal", type="tertiary", icon=":material/terminal:"):
        how_computed.code(how_computed.statistics_command(head))


def _form(head: DictionaryHead) -> None:
    """On which text, and the button."""
    failures = [job for job in _jobs(head) if job.status == "failed"]
    if failures:
        st.error(plain(sentence(failures[-1].state.message)))
    text = text_source.show(
        "On which text?",
        "2,500 bundled documents that no bundled model or dictionary has seen.",
        HELD_OUT,
        "held_out",
    )
    is_pressed = st.button(
        "Compute them",
        type="primary",
        icon=":material/play_arrow:",
        key="compute_statistics",
        disabled=text is None,
    )
    if is_pressed and text is not None:
        for job in failures:
            jobs.change("remove", job.id)
        jobs.ask(text, lambda corpus: StatisticsOrder((head.name,), corpus, text.field))
        st.rerun()


def _jobs(head: DictionaryHead, fresh: bool = False) -> list[Job]:
    """The jobs that compute statistics of this dictionary."""
    jobs = (job for job in resources.job_list(fresh) if head.name in job.order.dictionaries)
    return [job for job in jobs if job.work.steps[-1].command[0] == "statistics"]


def _pending_job(head: DictionaryHead, fresh: bool = False) -> Job | None:
    return next((job for job in _jobs(head, fresh) if job.pending), None)


@st.fragment(run_every=jobs.POLL_SECONDS)
def _progress(head: DictionaryHead) -> None:
    jobs.refusal()
    job = _pending_job(head)
    if job is None:
        st.rerun()
    elif job.status == "waiting":
        st.caption("Waits until what was asked for before is done.")
    else:
        jobs.progress(job)
    if limits().build:
        cancel = ("cancel", job.id)
        st.button("Cancel", key="cancel_statistics", on_click=jobs.change, args=cancel)
