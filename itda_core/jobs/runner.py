"""Working off the queue: one job at a time, each step a process of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from itda_core.jobs.progress import PROGRESS_FILE
from itda_core.jobs.queue import LOG, PROGRESS, Job, Queue, State, is_cancelled, remove_leftovers

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_SECONDS = 0.3
"""Between two looks at the queue; at the process at work three times as often."""
STOP_SECONDS = 20.0
"""What a command has to write its checkpoint and end, before it is ended."""
NICENESS = 10
"""Priority given up to the pages, which somebody is waiting for."""


class Runner:
    """A thread that runs what waits in ``queue``, oldest first.

    Several programs may share a folder: a lock lets one of them work at a time. What a program
    that has gone left unfinished is resumed by the next, from its checkpoint.
    """

    def __init__(self, queue: Queue):
        self.queue = queue
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Interrupt the command at work, which keeps what it has; its job waits for the next."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 5)

    def _loop(self) -> None:
        lock: BaseFileLock | None = None
        while not self._ending.wait(POLL_SECONDS):
            try:
                if lock is None:
                    lock = self._lock()
                    if lock is not None:
                        self._resume()
                if lock is not None:
                    self._run_next()
            except Exception:  # a full disk, say: told where a server tells such things
                logging.getLogger(__name__).exception("the queue of jobs stumbled")
                self._ending.wait(5)
        if lock is not None:
            lock.release()

    def _lock(self) -> BaseFileLock | None:
        """The lock of the queue; None while another program has it or there is no queue yet."""
        if not self.queue.folder.is_dir():
            return None
        from filelock import FileLock, Timeout

        lock = FileLock(self.queue.folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock

    def _resume(self) -> None:
        """Jobs whose runner has gone wait again."""
        for job in self.queue.all():
            if job.status in ("running", "stopping"):
                self.queue.write(job, replace(job.state, status="waiting"))

    def _run_next(self) -> None:
        for job in self.queue.all():
            if job.state.status == "cancelled" and not job.state.ended:
                self._cancel(job)
            elif job.status == "waiting":
                self._run(job)
                return

    def _run(self, job: Job) -> None:
        state = replace(job.state, status="running", began=job.state.began or time.time())
        for number in range(state.step, len(job.work.steps)):
            step = job.work.steps[number]
            state = replace(state, step=number)
            self.queue.write(job, state)
            (job.folder / PROGRESS).unlink(missing_ok=True)
            if step.done:
                continue
            status, output = self._run_command(job, step.command)
            if is_cancelled(job):
                self._cancel(job, state)
                return
            if self._ending.is_set():
                self.queue.write(job, replace(state, status="waiting"))
                return
            if status != 0 or (step.makes and not step.done):
                end = replace(state, status="failed", message=_reason(output, status))
                self.queue.write(job, replace(end, ended=time.time()))
                return
        self.queue.write(job, replace(state, status="done", ended=time.time()))

    def _cancel(self, job: Job, state: State | None = None) -> None:
        """End a job that was cancelled."""
        remove_leftovers(job)
        end = replace(state or job.state, status="cancelled", ended=time.time())
        self.queue.write(job, end)

    def _run_command(self, job: Job, command: tuple[str, ...]) -> tuple[int, str]:
        """Run one command to its end, or until it is to stop; (exit status, what it printed)."""
        log = job.folder / LOG
        with log.open("ab") as out:
            start = out.tell()
            process = subprocess.Popen(
                [sys.executable, "-m", "itda_core", *command],
                env=os.environ | {PROGRESS_FILE: str(job.folder / PROGRESS)},
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
            with suppress(OSError, AttributeError):  # not every system has priorities
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            while process.poll() is None:
                if is_cancelled(job) or self._ending.is_set():
                    _stop(process)
                time.sleep(POLL_SECONDS / 3)
        with log.open("rb") as file:
            file.seek(start)
            return process.returncode, file.read().decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a command to stop, which writes its checkpoint; insist after a while."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _reason(output: str, status: int) -> str:
    """The command's last line: its own errors are one line."""
    lines = [line for line in output.splitlines() if line.strip()]
    if status < 0:
        cause = "out of memory, most likely" if status == -9 else f"signal {-status}"
        return f"the command was ended from outside ({cause})"
    return lines[-1].strip()[:500] if lines else f"the command ended with status {status}"
