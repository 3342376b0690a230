"""The commands of ``python -m itda_core``, one a file; ``main`` has the list, COMMANDS.

A file has ``HELP`` (a line), ``add(parser)`` and ``run(arguments)``. Heavy imports wait inside.
"""
