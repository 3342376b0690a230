"""What an error of the hub's libraries means, in the words of this program."""

import errno
from collections.abc import Iterator

from itda_core.hub.reach import endpoint

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LOG_IN = "log in (hf auth login, or HF_TOKEN)"

_BAD_TOKEN = f"cannot be had: your token cannot be sent, it holds odd characters; {_LOG_IN} anew"


class HubError(Exception):
    """The hub gives no usable answer: the end of a sentence that says why.

    Derived from nothing that a library of theirs takes for a reason to try again.
    """


def reason_of(error: BaseException) -> str:
    """What went wrong and what to do, to stand behind the name of a model or a dataset.

    The errors that caused it are asked as well: theirs often say less than those.
    """
    for one in _chain(error):
        reason = _reason(one)
        if reason is not None:
            return reason
    return f"cannot be read from {endpoint()} ({brief(error)}): try again, or choose another"


def brief(error: BaseException) -> str:
    """An error's own text as one line of at most 160 characters."""
    return " ".join(str(error).split())[:160].rstrip(" .") or type(error).__name__


def what_failed(error: Exception) -> str:
    """What a server does whose request ended with this error of the HTTP library."""
    from huggingface_hub.utils import httpx

    text = " ".join(str(error).split())[:100].rstrip(". ")
    reason = f" ({text})" if text else ""
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.ConnectTimeout):
        return f"is out of reach{reason}"
    if isinstance(error, httpx.TimeoutException):
        return "gives no answer in time"
    return f"breaks off{reason}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, what caused that."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        yield one
        one = one.__cause__ or one.__context__


def _reason(error: BaseException) -> str | None:
    """As ``reason_of``, of one error; None for one that says nothing by itself."""
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx

    if isinstance(error, HubError):
        return str(error)
    if isinstance(error, errors.HfHubHTTPError):
        return _reason_of_status(error)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "cannot be had: HF_HUB_OFFLINE is set"
    if isinstance(error, errors.FileMetadataError):
        return (
            f"cannot be had: {endpoint()} does not answer as a hub does: check HF_ENDPOINT, and "
            "that no login page or proxy stands between"
        )
    if isinstance(error, UnicodeEncodeError | httpx.LocalProtocolError):
        return _BAD_TOKEN  # their words would show it
    if isinstance(error, httpx.TransportError):
        return f"cannot be had: {endpoint()} {what_failed(error)}: try again later"
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return _reason_of_disk(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return _reason_of_disk(error)
    return None


def _reason_of_status(error: OSError) -> str | None:
    """What the server's refusal means."""
    from huggingface_hub import errors

    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    if isinstance(error, errors.GatedRepoError):
        if status == 401:
            return f"is gated: accept its terms on its page at {endpoint()}, then {_LOG_IN}"
        return f"is gated and your token is not let in: ask for access on its page at {endpoint()}"
    if isinstance(error, errors.RevisionNotFoundError):
        return "has no such revision: give a branch, a tag or a commit of it"
    if isinstance(error, errors.DisabledRepoError):
        return "is disabled on the hub: choose another"
    if isinstance(error, errors.RemoteEntryNotFoundError):
        name = str(getattr(response, "url", "")).rpartition("/")[2]
        return f"lacks a file on the hub that its list names ({name}): choose another revision"
    if response is None:
        return None
    message = " ".join(response.headers.get("X-Error-Message", "").split())[:120]
    if status == 401 and "credentials" in message.lower():
        return f"cannot be had: the hub does not take your token; {_LOG_IN} anew"
    is_question = response.request.url.path.startswith("/api/")
    is_unknown = is_question and status in (401, 404)  # a stranger is not told which of the two
    if isinstance(error, errors.RepositoryNotFoundError) or is_unknown:
        return f"is not on the hub at {endpoint()}: check the name; for a private one {_LOG_IN}"
    if status == 403:
        return (
            f"is refused by {endpoint()} (403 {message or 'Forbidden'}): check your token's rights"
        )
    return f"cannot be had: {endpoint()} answers {status}: try again later"


def _reason_of_disk(error: OSError) -> str:
    """What keeps the hub's cache from being written."""
    from huggingface_hub import constants

    cache = constants.HF_HUB_CACHE
    if error.errno in _FULL:
        return f"cannot be kept: the disk of the hub's cache ({cache}) is full; free some space"
    return (
        f"cannot be kept: {error.filename} in the hub's cache cannot be used "
        f"({error.strerror}); set HF_HOME to a folder that can be written"
    )
