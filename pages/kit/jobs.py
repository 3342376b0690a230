"""What is being built, waits to be, or was: progress, and what came of it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from itda_core.jobs import Job, Work
from itda_core.jobs.orders import as_typed
from itda_core.jobs.progress import duration
from itda_core.jobs.queue import Queue
from pages.kit.text_source import Text
from pages.shell import pages, resources
from pages.shell.formats import plain, sentence, tau

POLL_SECONDS = 1.0
"""Between two looks at a job under way."""
_MOST_SHOWN = 12
_ORDINALS = ("next", "second", "third")
_asking = threading.Lock()
"""Of two that ask for the same at once, one comes first."""


def ask(text: Text, work: Callable[[str], Work], recipe: tuple[Any, ...]) -> str:
    """Queue ``work`` on a text, given what ``open_corpus`` takes for it. InputError if refused.

    What is under way already, asked for with the same ``recipe`` of the same text, is not queued
    again: then a line says where it is.
    """
    queue = resources.jobs()
    key = repr((*recipe, text.key))
    with _asking:
        for job, place in _pending(queue):
            if job.work.recipe == key and job.status != "stopping":
                where = "is under way" if place is None else f"waits, {_in_line(place)}"
                return f"This was asked for before: {job.work.title} {where}."
        folder = queue.new_folder()
        try:
            queue.submit(folder, replace(work(text.put(folder)), recipe=key))
        except BaseException:
            queue.discard(folder)
            raise
    return ""


def _pending(queue: Queue) -> list[tuple[Job, int | None]]:
    """The jobs that are not over; those that wait with their place in the line, from 0."""
    jobs = [job for job in queue.all() if job.pending]
    waiting = [job.id for job in jobs if job.status == "waiting"]
    return [(job, waiting.index(job.id) if job.id in waiting else None) for job in jobs]


def _in_line(place: int) -> str:
    which = _ORDINALS[place] if place < len(_ORDINALS) else f"number {place + 1}"
    return f"{which} in line"


def show() -> None:
    """List all jobs, newest first; looks again every second while one is under way."""
    if any(job.pending for job in resources.jobs().all()):
        _watched()
    else:
        _list()


@st.fragment(run_every=POLL_SECONDS)
def _watched() -> None:
    if not any(job.pending for job in resources.jobs().all()):
        st.rerun()  # the last has ended: no more looking
    _list()


def _list() -> None:
    queue = resources.jobs()
    jobs = queue.all()
    if not jobs:
        return
    resources.store().sync(with_tables=False)
    st.markdown("**Under way and done**")
    places = {job.id: place for job, place in _pending(queue)}
    for job in jobs[::-1][:_MOST_SHOWN]:
        with st.container(border=True, key=f"job_{job.id}", gap="small"):
            _job(queue, job, places.get(job.id))


def _job(queue: Queue, job: Job, place: int | None) -> None:
    """One job; ``place`` is that in the line, from 0, of one that waits."""
    title, buttons = st.columns([5, 2], vertical_alignment="center")
    title.markdown(f"**{plain(job.work.title)}**")
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        _buttons(queue, job)
    if job.status == "running":
        progress(job)
    elif place is not None:
        st.caption(f"Waits: {_in_line(place)}.")
    elif job.status == "failed":
        st.error(plain(sentence(job.state.message)))
    elif job.status == "done":
        _dictionaries(job)
    else:
        st.caption("Cancelled." if job.status == "cancelled" else "Stopping …")
    about, command = st.columns([5, 2], vertical_alignment="center")
    about.caption(plain(job.work.about))
    with (
        command,
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover("Command", type="tertiary", key=f"command_{job.id}"),
    ):
        for step in job.work.steps:
            st.code(as_typed(step.command), language="bash", wrap_lines=True)


def _buttons(queue: Queue, job: Job) -> None:
    if job.status in ("waiting", "running"):
        st.button("Cancel", key=f"cancel_{job.id}", on_click=queue.cancel, args=(job.id,))
    if job.status == "failed":
        st.button("Try again", key=f"retry_{job.id}", on_click=queue.retry, args=(job.id,))
    if not job.pending:
        st.button(
            "Remove",
            key=f"remove_{job.id}",
            on_click=queue.remove,
            args=(job.id,),
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
        activity = str(report.get("doing", "starting"))
        line = activity[:1].upper() + activity[1:] + " …"
    n_steps = len(job.work.steps)
    step = f"Step {job.state.step + 1} of {n_steps}: " if n_steps > 1 else ""
    st.progress(min(max(float(report.get("done") or 0.0), 0.0), 1.0), text=step + line)


def _dictionaries(job: Job) -> None:
    """Those that a job made, and the ways to look at them."""
    heads = {head.name: head for head in resources.store().dictionaries()}
    for name in job.work.dictionaries:
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
