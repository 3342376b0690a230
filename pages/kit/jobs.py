"""What is being built, waits to be, or was: progress, and what came of it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from itda_core.errors import InputError, line_of
from itda_core.files import printable
from itda_core.jobs.orders import AnyOrder, as_typed, asks_the_same
from itda_core.jobs.progress import duration
from itda_core.jobs.queue import Job
from pages.kit.text_source import Text
from pages.shell import pages, resources
from pages.shell.formats import plain, sentence, tau
from pages.shell.limits import limits

POLL_SECONDS = 1.0
"""Between two looks at a job under way."""
_MOST_SHOWN = 12
_ORDINALS = ("next", "second", "third")
_REFUSED = "jobs_refused"
"""In session state: why what a button was pressed for could not be done."""
_asking = threading.Lock()
"""Of two that ask for the same at once, one comes first."""


def ask(text: Text, order: Callable[[str], AnyOrder]) -> str:
    """Queue an order on a text, made of what an order calls it. InputError if it is refused.

    What is under way already, asked for of the same text, is not queued again: then a line says
    where it is.
    """
    _check_allowed()
    queue = resources.jobs()
    asked = replace(order(text.in_order), text_key=text.key)
    with _asking:
        for job, place in _pending(resources.job_list(fresh=True)):
            if asks_the_same(job.order, asked) and job.status != "stopping":
                where = "is under way" if place is None else f"waits, {_in_line(place)}"
                return f"This was asked for before: {job.work.title} {where}."
        folder = queue.new_folder()
        try:
            text.put(folder)
            queue.submit(folder, asked)
        except BaseException:
            queue.discard(folder)
            raise
        resources.job_list(fresh=True)
    return ""


def change(action: str, job: str) -> None:
    """Cancel, retry or remove a job, for a button; ``refusal`` then says what was in the way."""
    st.session_state.pop(_REFUSED, None)
    try:
        _check_allowed()
        getattr(resources.jobs(), action)(job)
    except (InputError, OSError) as error:
        st.session_state[_REFUSED] = line_of(error)
    resources.job_list(fresh=True)


def refusal() -> None:
    """What was in the way of the last change, and of all jobs."""
    refused, problem = st.session_state.get(_REFUSED), resources.jobs_problem()
    for line in (refused, problem and f"jobs wait: {problem}"):
        if line:
            st.error(plain(sentence(line)), icon=":material/error:")


def _check_allowed() -> None:
    if not limits().build:
        raise InputError("building is turned off on this server; run the app yourself to build")


def _pending(jobs: Sequence[Job]) -> list[tuple[Job, int | None]]:
    """The jobs that are not over; those that wait with their place in the line, from 0."""
    jobs = [job for job in jobs if job.pending]
    waiting = [job.id for job in jobs if job.status == "waiting"]
    return [(job, waiting.index(job.id) if job.id in waiting else None) for job in jobs]


def _in_line(place: int) -> str:
    which = _ORDINALS[place] if place < len(_ORDINALS) else f"number {place + 1}"
    return f"{which} in line"


def show() -> None:
    """List all jobs, newest first; looks again every second while one is under way."""
    if any(job.pending for job in resources.job_list(fresh=True)):
        _watched()
    else:
        _list()


@st.fragment(run_every=POLL_SECONDS)
def _watched() -> None:
    if not any(job.pending for job in resources.job_list()):
        st.rerun()  # the last has ended: no more looking
    _list()


def _list() -> None:
    refusal()
    jobs = resources.job_list()
    if passed_over := resources.jobs().passed_over:
        folders = "folder" if passed_over == 1 else "folders"
        st.caption(
            f"Passed over: {passed_over} {folders} in data/jobs that hold no job of this version."
        )
    if not jobs:
        return
    resources.sync()
    st.markdown("**Under way and done**")
    places = {job.id: place for job, place in _pending(jobs)}
    for job in jobs[::-1][:_MOST_SHOWN]:
        with st.container(border=True, key=f"job_{job.id}", gap="small"):
            _job(job, places.get(job.id))


def _job(job: Job, place: int | None) -> None:
    """One job; ``place`` is that in the line, from 0, of one that waits."""
    title, buttons = st.columns([5, 2], vertical_alignment="center")
    title.markdown(f"**{plain(job.work.title)}**")
    may_build = limits().build
    if may_build:
        with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            _buttons(job)
    if job.status == "running":
        progress(job)
    elif place is not None:
        st.caption(f"Waits: {_in_line(place)}.")
    elif job.status == "failed":
        st.error(plain(sentence(resources.public(job.state.message))))
    elif job.status == "done":
        _dictionaries(job)
    else:
        st.caption("Cancelled." if job.status == "cancelled" else "Stopping …")
    about, command = st.columns([5, 2], vertical_alignment="center")
    about.caption(plain(job.work.about))
    if not may_build:
        return  # where the files of a public server lie is nobody's business
    with (
        command,
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover("Command", type="tertiary", key=f"command_{job.id}"),
    ):
        for step in job.work.steps:
            st.code(printable(as_typed(step.command)), language="bash", wrap_lines=True)


def _buttons(job: Job) -> None:
    if job.status in ("waiting", "running"):
        st.button("Cancel", key=f"cancel_{job.id}", on_click=change, args=("cancel", job.id))
    if job.status == "failed":
        st.button("Try again", key=f"retry_{job.id}", on_click=change, args=("retry", job.id))
    if not job.pending:
        st.button(
            "Remove",
            key=f"remove_{job.id}",
            on_click=change,
            args=("remove", job.id),
            help="From this list; what was built stays",
            type="tertiary",
            icon=":material/close:",
        )


def progress(job: Job) -> None:
    """How far the step at work is."""
    report = job.progress
    if "n_atoms" in report:
        atoms = " + ".join(f"{n:,}" for n in report["n_atoms"])
        line = (
            f"{atoms} atoms · {report['tokens_seen']:,} tokens · "
            f"{report['tokens_per_second']:,.0f} tokens/s"
        )
        if report["seconds_left"] is not None:
            line += f" · {duration(report['seconds_left'])} left"
    else:
        activity = plain(report.get("doing", "starting"))
        line = activity[:1].upper() + activity[1:] + " …"
    n_steps = len(job.work.steps)
    step = f"Step {job.state.step + 1} of {n_steps}: " if n_steps > 1 else ""
    st.progress(report.get("done", 0.0), text=step + line)


def _dictionaries(job: Job) -> None:
    """Those that a job made, and the ways to look at them."""
    heads = {head.name: head for head in resources.store().dictionaries()}
    for name in job.order.dictionaries:
        head = heads.get(name)
        if head is None:
            st.caption(f"{plain(name)} is no longer there.")
            continue
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            recipe = head.recipe
            st.caption(
                f"{plain(name)}: {recipe.n_atoms:,} atoms from {recipe.tokens_seen:,} tokens, "
                f"layer {recipe.layer}, tau {tau(recipe.tau)}",
                width="content",
            )
            pages.link("explore", "Explore", dictionary=name)
            pages.link("atoms", "Atoms", dictionary=name)
            if head.has_statistics:
                pages.link("atlas", "Atlas", dictionary=name)
