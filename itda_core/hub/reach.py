"""Whether the hub answers, found within seconds and before any library of theirs is asked."""

import os
import ssl
import threading
import urllib.error
import urllib.request

HUB_SECONDS = 3.0
"""How long the hub may take to answer."""

_TRUE = ("1", "ON", "YES", "TRUE")


def endpoint() -> str:
    """The address of the hub, without a slash at its end."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def offline_reason() -> str | None:
    """Why the hub cannot be used now, as the end of a sentence, or None when it answers.

    Honours HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_ENDPOINT and the proxy variables. Any answer
    of the server itself below 500 counts: what it says of a model is for the caller to hear.
    Takes at most three seconds, name resolution included.
    """
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(variable, "").upper() in _TRUE:
            return f"{variable} is set"
    address = endpoint()
    if not address.startswith(("http://", "https://")):
        return f"HF_ENDPOINT is {address!r}, which is no address of a hub (https://...)"
    answers: list[str | None] = []
    # A thread, because the timeout of a socket does not bound the look-up of its name.
    thread = threading.Thread(target=lambda: answers.append(_ask(address)), daemon=True)
    thread.start()
    thread.join(HUB_SECONDS + 0.2)
    return answers[0] if answers else f"{address} gave no answer in {HUB_SECONDS:.0f} s"


def _ask(address: str) -> str | None:
    """As ``offline_reason``, of the server at ``address``."""
    try:
        request = urllib.request.Request(address, method="HEAD")
        with urllib.request.urlopen(request, timeout=HUB_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return f"{address} answers {error.code}" if error.code >= 500 else None
    except Exception as error:  # besides OSError whatever http.client makes of odd answers
        reason = getattr(error, "reason", error)
        # A certificate we cannot check is still an answer: their client has its own roots.
        if isinstance(reason, ssl.SSLError):
            return None
        return f"{address} is out of reach ({' '.join(str(reason).split())[:120]})"
