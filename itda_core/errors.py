"""The one exception a user's input can cause, and the one line that is said of it."""

from __future__ import annotations

import errno
import re

_LONGEST = 1_000  # characters of a message; what stands in the middle of a longer one is left out
_LINE_ENDS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_JOINERS = "\u200c\u200d"  # invisible, but part of how words and emoji are written


class InputError(ValueError):
    """Unusable input: one line that says what came, what was expected, what to do.

    The command line prints it on stderr and exits with status 2; a page shows it
    in place of the result. Anything else that is raised is a fault of ours.
    Messages quote what came from outside, so each is made fit to be shown: see ``one_line``.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """``text`` as it may be printed anywhere: one line of valid Unicode, not too long.

    Characters that cannot be seen, which a terminal might obey or which make two names look the
    same, are written as their codes, and so are halves of surrogate pairs.
    """
    text = _LINE_ENDS.sub(" ", text).strip()
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST * 2 // 3]} … {text[-_LONGEST // 3 :]}"
    return visible(text)


def visible(text: str) -> str:
    """``text`` with what cannot be seen as its code, and so halves of surrogate pairs."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in _JOINERS else c.encode("unicode_escape").decode() for c in text
    )


def refusal_of(error: OSError) -> str | None:
    """What to say of a folder, file or disk that cannot be used; None for what is no fault of it.

    For whoever catches an OSError in place of an InputError.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    if error.errno is None:
        return None
    name = error.filename if error.filename is not None else "what was asked for"
    return one_line(f"cannot use {name} ({error.strerror}); choose another place")


def line_of(error: Exception) -> str:
    """What is said of an error in one line, where there is no command to end with it."""
    line = refusal_of(error) if isinstance(error, OSError) else None
    return line or one_line(str(error)) or type(error).__name__
