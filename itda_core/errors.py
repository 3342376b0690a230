"""The one exception a user's input can cause."""


class InputError(ValueError):
    """Unusable input: one line that says what came, what was expected, what to do.

    The command line prints it on stderr and exits with status 2; a page shows it
    in place of the result. Anything else that is raised is a fault of ours.
    """
