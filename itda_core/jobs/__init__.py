"""Work in the background: a queue on disk, and the one thread that works it off.

A job is a list of commands (``jobs.steps``), each run as a process of its own: it outlives the page
that asked for it, can be stopped at any time, and gives its memory back.
"""

from itda_core.jobs.queue import Job, Queue
from itda_core.jobs.runner import Runner

__all__ = ["Job", "Queue", "Runner"]
