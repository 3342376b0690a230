"""Asking the hub through its own libraries, with an end to their patience and without their noise.

``huggingface_hub`` tries a failed request again for 23 seconds, ``datasets`` for minutes, both for
as long as a server tells them to; some requests have no time limit at all. All of them go through
one HTTP client, so the end is set there, once: ``PATIENCE`` seconds after a request first failed
without getting further it raises ``HubError``, which nobody takes for a reason to try again.
"""

import os
import re
import time
import warnings
from collections.abc import Iterator
from threading import Lock
from typing import Any

from itda_core.hub.reasons import HubError, what_failed

PATIENCE = 6.0
"""Seconds for which a failing request is tried again."""
DOWNLOAD_PATIENCE = 30.0
"""The same for the body of a file: what has come is lost when we give up."""
ANSWER_SECONDS = 10.0
"""How long a server may be silent."""

_BUSY = (408, 429, 500, 502, 503, 504)
"""Answers that are worth another try."""
_FORGET_SECONDS = 60.0


def limit_patience() -> None:
    """From now on whatever asks the hub gives up in time, and says so by raising alone."""
    global _is_limited
    if _is_limited:
        return
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import logging
    from huggingface_hub.utils._http import default_client_factory

    def make() -> Any:
        client = default_client_factory()
        send = client.send
        client.__dict__["send"] = lambda request, **options: _send(send, request, options)
        return client

    set_client_factory(make)
    if "HF_HUB_VERBOSITY" not in os.environ:
        logging.set_verbosity_error()
    warnings.filterwarnings("ignore", message="Not enough free disk space")
    _is_limited = True


class Failures:
    """Since when requests have failed without getting any further."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, float, int]] = {}
        self._lock = Lock()

    def add(self, request: str, began: float, position: int = 0) -> float:
        """Note a failure at byte ``position`` of a request that got no further since ``began``.

        Gives the seconds for which it and those like it before have got no further.
        """
        now = time.monotonic()
        with self._lock:
            first, last, furthest = self._since.get(request, (began, now, position))
            if position > furthest or now - last > _FORGET_SECONDS:
                first, furthest = began, position
            self._since[request] = (first, now, furthest)
        return now - first

    def forget(self, request: str) -> None:
        """It has succeeded, or is given up."""
        with self._lock:
            self._since.pop(request, None)


_failures = Failures()
_is_limited = False


def _send(send: Any, request: Any, options: dict[str, Any]) -> Any:
    """``Client.send``, with a limit to every wait and to the number of tries."""
    from huggingface_hub.utils import httpx

    limits = request.extensions.get("timeout") or {}
    request.extensions["timeout"] = {
        kind: min(limits.get(kind) or ANSWER_SECONDS, ANSWER_SECONDS)
        for kind in ("connect", "read", "write", "pool")
    }
    name = f"{request.method} {request.url} {request.headers.get('Range', '')}"
    began = time.monotonic()
    try:
        response = send(request, **options)
    except httpx.LocalProtocolError:  # nothing was sent: no answer to wait for
        raise
    except httpx.TransportError as error:
        _give_up_in_time(name, began, request, _words(error), error)
        raise
    if response.status_code in _BUSY:
        wait = _seconds_asked_for(response.headers)
        again = f"in {wait} s" if wait else "later"
        what = f"answers {response.status_code} ({response.reason_phrase})"
        if wait > PATIENCE:
            response.close()
            raise HubError(f"cannot be had: {_host(request)} {what}: try again {again}")
        _give_up_in_time(name, began, request, what, None)
    elif options.get("stream") and response.status_code in (200, 206):
        response.stream = _watched(response, request)
    else:
        _failures.forget(name)
        _refuse_other_than_json(request, response)
    return response


def _give_up_in_time(
    name: str, began: float, request: Any, what: str, error: Exception | None
) -> None:
    """Raise HubError once a request has failed for long enough."""
    if _is_hopeless(error) or _failures.add(name, began) >= PATIENCE:
        _failures.forget(name)
        raise HubError(f"cannot be had: {_host(request)} {what}: try again later") from error


def _is_hopeless(error: BaseException | None) -> bool:
    """Whether another try cannot help: a certificate is as wrong the second time."""
    import ssl

    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _watched(response: Any, request: Any) -> Any:
    """The body of an answer, with an end to the tries that get no further."""
    from huggingface_hub.utils import httpx

    inner = response.stream
    name = f"body {request.url.copy_with(query=None)}"
    position = _start(response)

    class Watched(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            nonlocal position
            began = time.monotonic()
            try:
                for chunk in inner:
                    position += len(chunk)
                    yield chunk
                    began = time.monotonic()
            except httpx.TransportError as error:
                if _failures.add(name, began, position) >= DOWNLOAD_PATIENCE:
                    _failures.forget(name)
                    raise HubError(
                        f"cannot be had: {_host(request)} {_words(error)} at byte "
                        f"{position:,} of {request.url.path.rpartition('/')[2][-40:]}: try again "
                        "later"
                    ) from error
                raise
            _failures.forget(name)

        def close(self) -> None:
            inner.close()

    return Watched()


def _start(response: Any) -> int:
    """The byte of the file at which a body starts."""
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else 0


def _seconds_asked_for(headers: Any) -> int:
    """How long a busy server asks to wait; 0 where it does not say."""
    match = re.search(r"r=0;t=(\d+)", headers.get("RateLimit", "").replace(" ", ""))
    asked = match[1] if match else headers.get("Retry-After", "").strip()
    return int(asked) if asked.isdigit() else 0


def _refuse_other_than_json(request: Any, response: Any) -> None:
    """Raise HubError for a page that stands where the hub answers with JSON."""
    kind = response.headers.get("Content-Type", "nothing").partition(";")[0][:40]
    is_question = request.url.path.startswith("/api/")
    if is_question and response.status_code == 200 and "json" not in kind:
        raise HubError(
            f"cannot be had: {_host(request)} does not answer as a hub does ({kind}): "
            "check HF_ENDPOINT, and that no login page stands between"
        )


def _words(error: Exception) -> str:
    """What a server does whose request ended with this error."""
    from huggingface_hub.utils import httpx

    is_silent = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout | httpx.PoolTimeout)
    return f"gives no answer in {ANSWER_SECONDS:g} s" if is_silent else what_failed(error)


def _host(request: Any) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
