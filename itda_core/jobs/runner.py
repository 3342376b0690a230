"""Working off the queue: one job at a time, each step a process of its own."""

from __future__ import annotations

import errno
import logging
import os
import stat
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from itda_core.errors import line_of
from itda_core.files import is_folder_safely, printable
from itda_core.jobs.progress import PROGRESS_FILE
from itda_core.jobs.queue import LOG, PROGRESS, Job, Queue, is_cancelled, remove_leftovers
from itda_core.jobs.states import State

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_SECONDS = 0.3
"""Between two looks at the queue; at the process at work three times as often."""
STOP_SECONDS = 20.0
"""What a command has to write its checkpoint and end, before it is ended."""
TROUBLE_SECONDS = 5.0
"""Before another try, once a try has failed."""
NICENESS = 10
"""Priority given up to the pages, which somebody is waiting for."""

_TAIL = 1 << 16
"""Bytes of a log that are read for the reason of a failure."""
_ALL_JOBS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What is wrong with the disk and no single job."""
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Runner:
    """A thread that runs what waits in ``queue``, oldest first.

    Several programs may share a folder: a lock lets one of them work at a time. What a program
    that has gone left unfinished is resumed by the next, from its checkpoint.
    """

    def __init__(self, queue: Queue):
        self.queue = queue
        self._set_aside: set[str] = set()
        """Jobs whose folders can be neither worked in nor written to."""
        self.problem = ""
        """Why nothing can be worked off now, in one line; empty when all is well."""
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
        is_resumed = False
        while not self._ending.wait(POLL_SECONDS):
            try:
                lock = lock or self._lock()
                if lock is not None:
                    if not is_resumed:
                        self._resume()
                        is_resumed = True
                    self._run_next()
                self.problem = ""
            except Exception as error:  # a full disk, say, in the middle of a job
                is_resumed = False
                self._tell(error)
                self._ending.wait(TROUBLE_SECONDS)
        if lock is not None:
            lock.release()

    def _tell(self, error: Exception) -> None:
        """Say what is wrong where a server says such things: once, while it stays the same."""
        is_refusal = isinstance(error, OSError)
        line = line_of(error)
        if line != self.problem:
            logger = logging.getLogger(__name__)
            logger.error("jobs wait: %s", printable(line), exc_info=None if is_refusal else error)
        self.problem = line

    def _lock(self) -> BaseFileLock | None:
        """The lock of the queue; None while another program has it or there is nothing to do.

        Where a file system has no locks, a file that names this process takes their place; one of
        a process that is gone counts for nothing.
        """
        if not is_folder_safely(self.queue.folder) or not self._has_work():
            return None
        from filelock import FileLock, SoftFileLock, Timeout

        lock: BaseFileLock = FileLock(self.queue.folder / ".lock", timeout=0)
        try:
            try:
                with warnings.catch_warnings():  # it does the same by itself for one of the errors
                    warnings.simplefilter("ignore")
                    lock.acquire()
            except OSError as error:
                if isinstance(error, Timeout) or error.errno not in _NO_LOCKS:
                    raise
                lock = SoftFileLock(self.queue.folder / ".lock-of-process", timeout=0)
                lock.acquire()
        except Timeout:
            return None
        return lock

    def _has_work(self) -> bool:
        return any(job.pending or not job.state.ended for job in self.queue.all())

    def _resume(self) -> None:
        """Jobs whose runner has gone wait again."""
        for job in self.queue.all():
            if job.status in ("running", "stopping"):
                self.queue.write(job, job.state._replace(status="waiting"))

    def _run_next(self) -> None:
        for job in self.queue.all():
            if job.id in self._set_aside:
                continue
            try:
                if job.state.status == "cancelled" and not job.state.ended:
                    self._cancel(job)
                elif job.status == "waiting":
                    self._run(job)
                    return
            except OSError as error:
                if error.errno in _ALL_JOBS:
                    raise
                self._give_up(job, error)

    def _give_up(self, job: Job, error: OSError) -> None:
        """End a job whose own folder is in the way, so that it keeps no other from its turn."""
        failed = job.state._replace(status="failed", message=line_of(error), ended=time.time())
        try:
            self.queue.write(job, failed)
        except OSError:
            self._set_aside.add(job.id)

    def _run(self, job: Job) -> None:
        state = job.state._replace(status="running", began=job.state.began or time.time())
        for number in range(state.step, len(job.work.steps)):
            step = job.work.steps[number]
            state = state._replace(step=number)
            self.queue.write(job, state)
            (job.folder / PROGRESS).unlink(missing_ok=True)
            if step.done:
                continue
            status, output = self._run_command(job, step.command)
            if is_cancelled(job):
                self._cancel(job, state)
                return
            if self._ending.is_set():
                self.queue.write(job, state._replace(status="waiting"))
                return
            if status != 0 or (step.makes and not step.done):
                end = state._replace(status="failed", message=_reason(output, status))
                self.queue.write(job, end._replace(ended=time.time()))
                return
        self.queue.write(job, state._replace(status="done", ended=time.time()))

    def _cancel(self, job: Job, state: State | None = None) -> None:
        """End a job that was cancelled."""
        remove_leftovers(job)
        end = (state or job.state)._replace(status="cancelled", ended=time.time())
        self.queue.write(job, end)

    def _run_command(self, job: Job, command: tuple[str, ...]) -> tuple[int, str]:
        """Run one command to its end, or until it is to stop; (exit status, what it printed)."""
        with _open_log(job.folder / LOG) as out:
            start = out.seek(0, os.SEEK_END)
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
            out.seek(max(start, out.seek(0, os.SEEK_END) - _TAIL))
            return process.returncode, out.read().decode("utf-8", "replace")


def _open_log(path: Path) -> BinaryIO:
    """The log of a job, to be added to and read; a link in its place is not followed."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    log = os.fdopen(os.open(path, flags, 0o644), "ab+", buffering=0)
    if not stat.S_ISREG(os.fstat(log.fileno()).st_mode):
        log.close()
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return log


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
