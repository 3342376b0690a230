"""Work in the background: a queue on disk, and the one thread that works it off.

A job is an order; what comes of it are commands (``jobs.steps``), each run as a process of its own:
it outlives the page that asked for it, can be stopped at any time, and gives its memory back.
"""
