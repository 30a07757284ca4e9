"""A hub on this machine: the few addresses of the Hugging Face hub that a head passes through."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit


class FakeHub(ThreadingHTTPServer):
    """Keeps what is committed, and gives it back.

    Attributes:
        repositories: `owner/name` → file → bytes.
        private: names of those that were made private.
        asked: (method, path) of every request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def revision(self, name: str) -> str:
        digest = hashlib.sha1(repr(sorted(self.repositories[name].items())).encode())
        return digest.hexdigest()


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    hub = FakeHub()
    thread = Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self._path()
        if self.headers.get("Authorization") != "Bearer right":
            self._json({"error": "Invalid username or password."}, 401)
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        else:
            owner, repository, action, *_ = path.removeprefix("/api/models/").split("/")
            {"preupload": self._plan, "commit": self._commit}[action](f"{owner}/{repository}", body)

    def do_GET(self) -> None:
        path = self._path()
        if path.startswith("/api/models/"):
            self._describe(path.removeprefix("/api/models/"))
        elif "/resolve/" in path:
            self._file(path.strip("/"))
        else:
            self._missing("NotFound")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _plan(self, name: str, body: bytes) -> None:
        """Every file comes with the commit itself."""
        paths = [file["path"] for file in json.loads(body)["files"]]
        plan = {"uploadMode": "regular", "shouldIgnore": False}
        self._json({"files": [{"path": path, **plan} for path in paths]})

    def _create(self, asked: dict) -> None:
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        self.server.repositories.setdefault(name, {})
        if asked.get("visibility") == "private":
            self.server.private.add(name)
        self._json({"url": f"{self.server.address}/{name}", "id": name, "name": name})

    def _commit(self, name: str, body: bytes) -> None:
        files = self.server.repositories[name]
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
        revision = self.server.revision(name)
        address = f"{self.server.address}/{name}/commit/{revision}"
        self._json({"success": True, "commitOid": revision, "commitUrl": address})

    def _describe(self, rest: str) -> None:
        name = "/".join(rest.split("/")[:2])
        if name not in self.server.repositories:
            self._missing("RepoNotFound")
            return
        files = self.server.repositories[name]
        entries = [
            {"type": "file", "path": path, "size": len(held), "oid": hashlib.sha1(held).hexdigest()}
            for path, held in files.items()
        ]
        if "/tree/" in rest:
            self._json(entries)
            return
        siblings = [{"rfilename": path} for path in files]
        self._json(
            {"id": name, "sha": self.server.revision(name), "siblings": siblings, "tags": []}
        )

    def _file(self, path: str) -> None:
        owner, repository, _, _, *inner = path.split("/")
        held = self.server.repositories.get(f"{owner}/{repository}", {}).get("/".join(inner))
        if held is None:
            self._missing("EntryNotFound")
            return
        revision = self.server.revision(f"{owner}/{repository}")
        etag = f'"{hashlib.sha1(held).hexdigest()}"'
        self._answer(held, 200, {"ETag": etag, "X-Repo-Commit": revision})

    def _missing(self, code: str) -> None:
        self._answer(b"{}", 404, {"X-Error-Code": code, "X-Error-Message": "not found"})

    def _json(self, values: object, status: int = 200) -> None:
        self._answer(json.dumps(values).encode(), status, {"Content-Type": "application/json"})

    def _answer(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _path(self) -> str:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path))
        return path
