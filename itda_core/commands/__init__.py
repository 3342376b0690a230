"""The commands of ``python -m itda_core``, one a file; ``cli`` holds their arguments."""
