"""A small Hugging Face hub on 127.0.0.1, for their own libraries to ask.

It speaks what ``huggingface_hub`` and ``datasets`` use: the info, tree, paths-info and refs of a
repository, ``resolve`` with the hub's headers, large files on a second server (the "CDN") behind a
redirect, byte ranges, branches, tags and commits, gated and private repositories. ``fail`` makes it
misbehave.
"""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from hubfiles import (
    Asked,
    Failure,
    Repository,
    entry,
    etag,
    files_of,
    folders_of,
    is_large,
    is_there,
)

TOKEN = "hf_known"
"""The one token that the hub knows; it opens private repositories, not gated ones."""
INSIDER = "hf_insider"
"""A token that opens all of them."""

_API = re.compile(
    r"/api/(models|datasets)/(.+?)(?:/(revision|tree|paths-info|refs|auth-check)(?:/(.*))?)?"
)
_RESOLVE = re.compile(r"/(datasets/)?(.+?)/resolve/([^/]+)/(.+)")
_PAGE = 5  # files a page of a listing, few so that there are several pages


def _reserve() -> socket.socket:
    """A port of this process's own, on which nothing listens."""
    placeholder = socket.socket()
    _share_port(placeholder)
    placeholder.bind(("127.0.0.1", 0))
    return placeholder


def _share_port(one: socket.socket) -> None:
    """Let a socket be bound where another is that does not listen."""
    option = getattr(socket, "SO_REUSEPORT", socket.SO_REUSEADDR)  # Windows has the latter alone
    one.setsockopt(socket.SOL_SOCKET, option, 1)


_placeholder = _reserve()
PORT = _placeholder.getsockname()[1]
ADDRESS = f"http://127.0.0.1:{PORT}"
"""Where a hub is while one is started, and nothing otherwise."""


class Hub:
    """The hub; ``started`` runs it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.cdn = ""
        self._failures: list[tuple[Failure, list[int]]] = []
        self._servers: list[_Server] = []

    def add(
        self,
        name: str,
        files: dict[str, bytes] | Path,
        kind: str = "models",
        *,
        gated: bool = False,
        private: bool = False,
    ) -> Repository:
        """A repository with one commit, its branch ``main``."""
        repository = Repository(gated=gated, private=private)
        repository.commit(files_of(files) if isinstance(files, Path) else files)
        self.repositories[kind, name] = repository
        return repository

    def fail(
        self,
        pattern: str,
        status: int = 0,
        *,
        times: int = 1_000_000,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        after: int | None = None,
        silence: float = 0.0,
    ) -> None:
        """Misbehave when ``METHOD path`` matches ``pattern``, so many times."""
        failure = Failure(pattern, status, headers or {}, body, after, silence)
        self._failures.append((failure, [times]))

    def recover(self) -> None:
        """Behave again."""
        self._failures.clear()

    def failure_of(self, request: str) -> Failure | None:
        """What to do instead of answering ``request``, if anything."""
        for failure, left in self._failures:
            if left[0] > 0 and re.search(failure.pattern, request):
                left[0] -= 1
                return failure
        return None

    def start(self) -> None:
        """Listen at ``ADDRESS``."""
        hub, cdn = _Server(self, PORT), _Server(self, 0)
        self.cdn = f"http://127.0.0.1:{cdn.server_address[1]}"
        self._servers = [hub, cdn]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Be gone: connections are refused, open ones closed."""
        for server in self._servers:
            server.stop()
        self._servers = []

    def paths(self, method: str = "GET") -> list[str]:
        """Paths that were asked for with ``method``, in order."""
        return [one.path for one in self.asked if one.method == method]


@contextmanager
def started() -> Iterator[Hub]:
    """A hub at ``ADDRESS``, empty at first."""
    hub = Hub()
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, hub: Hub, port: int) -> None:
        self.hub = hub
        self.open: set[socket.socket] = set()
        self.is_over = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        _share_port(self.socket)
        super().server_bind()

    def handle_error(self, request, client_address) -> None:
        """Clients that go away are what is tested here."""

    def stop(self) -> None:
        self.is_over.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_arguments) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self.form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer()

    def _answer(self) -> None:
        self.url = urlsplit(self.path)
        path = unquote(self.url.path)
        first = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.server.hub.asked.append(Asked(self.command, path, int(first[1]) if first else 0))
        self.failure = self.server.hub.failure_of(f"{self.command} {path}")
        if self.failure is not None:
            if self.failure.silence and self.server.is_over.wait(self.failure.silence):
                self.close_connection = True
                return
            if self.failure.status:
                self._send(self.failure.status, self.failure.body, self.failure.headers)
                return
        if match := re.fullmatch(r"/cdn/([0-9a-f]+)", path):
            self._send_file(self.server.hub.blobs[match[1]], {"ETag": f'"cdn-{match[1][:8]}"'})
        elif match := _RESOLVE.fullmatch(path):
            self._resolve("datasets" if match[1] else "models", *match.groups()[1:])
        elif match := _API.fullmatch(path):
            self._tell(*match.groups())
        elif path == "/":
            self._send(200, b"<html>a hub</html>", {"Content-Type": "text/html"})
        else:
            self._refuse(404, "", "Not found")

    do_HEAD = do_GET = _answer

    def _send(self, status: int, body: bytes, headers: dict[str, str], length: int = -1) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        after = self.failure.after if self.failure is not None else None
        self.wfile.write(body if after is None else body[:after])
        if after is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _send_json(self, document: object, headers: dict[str, str] | None = None) -> None:
        kind = {"Content-Type": "application/json; charset=utf-8"}
        self._send(200, json.dumps(document).encode(), kind | (headers or {}))

    def _send_file(self, data: bytes, headers: dict[str, str]) -> None:
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"} | headers
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if match is None:
            self._send(200, data, headers)
            return
        first = int(match[1])
        last = min(int(match[2] or len(data)), len(data) - 1)
        if first > last:
            self._send(416, b"", headers | {"Content-Range": f"bytes */{len(data)}"})
            return
        part = data[first : last + 1]
        self._send(206, part, headers | {"Content-Range": f"bytes {first}-{last}/{len(data)}"})

    def _refuse(self, status: int, code: str, message: str, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if code:
            named["X-Error-Code"] = code
        self._send(status, b"", named | {"X-Error-Message": message})

    def _find(self, kind: str, name: str, revision: str) -> tuple[Repository, str] | None:
        """The repository and the commit, or None once the request is refused."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in (TOKEN, INSIDER):
            self._refuse(401, "", "Invalid credentials in Authorization header")
            return None
        repository = self.server.hub.repositories.get((kind, name))
        if repository is None or (repository.private and not token):
            status = 404 if token else 401  # as the hub: a stranger is not told what there is
            self._refuse(status, "RepoNotFound" if token else "", "Repository not found")
            return None
        commit = repository.names.get(revision, revision)
        if commit not in repository.commits:
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repository, commit

    def _resolve(self, kind: str, name: str, revision: str, path: str) -> None:
        found = self._find(kind, name, revision)
        if found is None:
            return
        repository, commit = found
        if self._is_shut(repository, name):
            return
        data = repository.commits[commit].get(path)
        if data is None:
            self._refuse(404, "EntryNotFound", "Entry not found", X_Repo_Commit=commit)
            return
        digest = etag(path, data)
        headers = {"X-Repo-Commit": commit, "ETag": f'"{digest}"'}
        if not is_large(path):
            self._send_file(data, headers)
            return
        self.server.hub.blobs.setdefault(digest, data)
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        self._send(302, b"", headers | {"Location": f"{self.server.hub.cdn}/cdn/{digest}"})

    def _is_shut(self, repository: Repository, name: str) -> bool:
        """Whether the repository is gated, and the request therefore refused."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if repository.gated and token != INSIDER:
            self._refuse(403 if token else 401, "GatedRepo", f"Access to {name} is restricted")
            return True
        return False

    def _tell(self, kind: str, name: str, what: str | None, rest: str | None) -> None:
        """What the API says of a repository."""
        revision, _, folder = (rest or "main").partition("/")
        if what == "revision":  # which may be refs/pr/1
            revision = rest or ""
        found = self._find(kind, name, revision)
        if found is None:
            return
        repository, commit = found
        files = repository.commits[commit]
        if what == "refs":
            branches = [
                {"name": name, "ref": f"refs/heads/{name}", "targetCommit": at}
                for name, at in repository.names.items()
            ]
            self._send_json({"branches": branches, "tags": [], "converts": []})
        elif what == "auth-check":
            if not self._is_shut(repository, name):
                self._send_json({})
        elif what == "paths-info":
            asked = parse_qs(self.form).get("paths") or json.loads(self.form)["paths"]
            self._send_json([entry(path, files) for path in asked if is_there(path, files)])
        elif what == "tree":
            self._tell_tree(files, folder)
        else:
            siblings = [{"rfilename": path} for path in files]
            about = {"id": name, "sha": commit, "siblings": siblings, "tags": [], "downloads": 0}
            self._send_json(about | {"gated": repository.gated, "private": repository.private})

    def _tell_tree(self, files: dict[str, bytes], folder: str) -> None:
        query = parse_qs(self.url.query)
        start = f"{folder}/" if folder else ""
        is_deep = query.get("recursive", [""])[0].lower() in ("1", "true")
        paths = {path for path in files if path.startswith(start)}
        paths |= folders_of(list(files), start)
        listed = sorted(p for p in paths if is_deep or "/" not in p.removeprefix(start))
        if folder and not listed:
            self._refuse(404, "EntryNotFound", f"{folder} does not exist")
            return
        first = int(query.get("cursor", ["0"])[0])
        headers = {}
        if first + _PAGE < len(listed):
            rest = {name: values[0] for name, values in query.items()} | {"cursor": first + _PAGE}
            asked = "&".join(f"{name}={value}" for name, value in rest.items())
            headers["Link"] = f'<{ADDRESS}{self.url.path}?{asked}>; rel="next"'
        self._send_json([entry(p, files) for p in listed[first : first + _PAGE]], headers)
