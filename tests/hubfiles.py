"""What a hub keeps: repositories of files, and how it lists them."""

import hashlib
from pathlib import Path
from typing import NamedTuple

_LARGE = (".safetensors", ".parquet", ".bin")


class Repository:
    """Commits of files, and the branches and tags that name them."""

    def __init__(self, *, gated: bool, private: bool) -> None:
        self.gated, self.private = gated, private
        self.commits: dict[str, dict[str, bytes]] = {}
        self.names: dict[str, str] = {}

    def commit(self, files: dict[str, bytes], name: str = "main") -> str:
        """Let ``name`` be a commit of exactly these files; its hash."""
        listing = "".join(f"{path} {etag(path, data)}\n" for path, data in sorted(files.items()))
        commit = hashlib.sha1(f"{len(self.commits)} {listing}".encode()).hexdigest()
        self.commits[commit] = files
        self.names[name] = commit
        return commit


class Asked(NamedTuple):
    """One request that was received."""

    method: str
    path: str
    first_byte: int


class Failure(NamedTuple):
    """What to do instead of answering a request whose ``METHOD path`` matches."""

    pattern: str
    status: int
    headers: dict[str, str]
    body: bytes
    after: int | None
    """Bytes of the true answer after which the connection breaks off."""
    silence: float
    """Seconds of silence before the answer."""


def files_of(folder: Path) -> dict[str, bytes]:
    """All files below ``folder``, by their paths in it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def etag(path: str, data: bytes) -> str:
    """The hash that git, or for large files git-lfs, names a file by."""
    if is_large(path):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def is_large(path: str) -> bool:
    """Whether a file is kept as the hub keeps large ones: elsewhere, named by its sha256."""
    return path.endswith(_LARGE)


def folders_of(paths: list[str], start: str) -> set[str]:
    """The folders below ``start`` ("" or one that ends with a slash) that hold these files."""
    parts = [path.removeprefix(start).split("/")[:-1] for path in paths if path.startswith(start)]
    return {start + "/".join(part[: i + 1]) for part in parts for i in range(len(part))}


def is_there(path: str, files: dict[str, bytes]) -> bool:
    return path in files or any(other.startswith(f"{path}/") for other in files)


def entry(path: str, files: dict[str, bytes]) -> dict[str, object]:
    """A line of a listing."""
    if path not in files:
        return {"type": "directory", "path": path, "oid": "0" * 40, "size": 0}
    data = files[path]
    pointer = hashlib.sha1(path.encode()).hexdigest()
    if not is_large(path):
        return {"type": "file", "path": path, "oid": etag(path, data), "size": len(data)}
    large = {"oid": etag(path, data), "size": len(data), "pointerSize": 130}
    return {"type": "file", "path": path, "oid": pointer, "size": len(data), "lfs": large}
