"""The one exception a user's input can cause, and the line for what the system refuses."""

import errno


class InputError(ValueError):
    """Unusable input: one line that says what came, what was expected, what to do.

    The command line prints it on stderr and exits with status 2; a page shows it
    in place of the result. Anything else that is raised is a fault of ours.
    """


def refusal(error: OSError) -> str:
    """The line for what the operating system refused: a disk, a permission, a path."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    if error.filename is None:
        reason = error.strerror or " ".join(str(error).split())[:200] or type(error).__name__
        return f"a file cannot be used ({reason}); check the disk and try again"
    return f"cannot use {error.filename} ({error.strerror}); check it, or choose another place"
