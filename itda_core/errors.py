"""The one exception a user's input can cause, and the line for what the system refuses."""

from __future__ import annotations

import errno


class InputError(ValueError):
    """Unusable input: one line that says what came, what was expected, what to do.

    The command line prints it on stderr and exits with status 2; a page shows it
    in place of the result. Anything else that is raised is a fault of ours.
    """


def refusal_of(error: OSError) -> str | None:
    """What to say of a folder, file or disk that cannot be used; None for what is no fault of it.

    For whoever catches an OSError in place of an InputError.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    if error.errno is None:
        return None
    name = error.filename if error.filename is not None else "what was asked for"
    return f"cannot use {name} ({error.strerror}); choose another place"


def line_of(error: Exception) -> str:
    """What is said of an error in one line, where there is no command to end with it."""
    line = refusal_of(error) if isinstance(error, OSError) else None
    return line or " ".join(str(error).split())[:500] or type(error).__name__
