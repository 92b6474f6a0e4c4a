"""A local stand-in for the Hugging Face hub, and calls of ``locate`` that talk to it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

REPOSITORY = Path(__file__).parents[2]


class Request(NamedTuple):
    """A request that reached the hub."""

    method: str
    url_path: str
    authorization: str | None


@dataclass
class StandInHub:
    """Serves models over HTTP as the hub does, takes new ones, and notes every request for one.

    Parameters
    ----------
    models : dict
        Repository -> revision -> file name -> content.
    gated : set of str
        Repositories whose files are refused, as before their terms are accepted.
    """

    models: dict[str, dict[str, dict[str, bytes]]]
    gated: set[str] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> StandInHub:
        hub = self

        class Handler(_Handler):
            standin = hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def commit(self, repo: str, revision: str) -> str:
        return hashlib.sha1(f"{repo}@{revision}".encode()).hexdigest()

    def files(self, repo: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """Return a revision's commit and files; a revision is a name or a commit."""
        for name, files in self.models[repo].items():
            commit = self.commit(repo, name)
            if revision in (name, commit):
                return commit, files
        return None

    def downloads(self) -> list[str]:
        """Return the names of the files that were fetched."""
        url_paths = [request.url_path for request in self.requests if request.method == "GET"]
        return sorted(name.rsplit("/", 1)[1] for name in url_paths if "/resolve/" in name)


class _Handler(BaseHTTPRequestHandler):
    standin: StandInHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url_path = unquote(urlsplit(self.path).path)
        self.standin.requests.append(Request("POST", url_path, self.headers.get("Authorization")))
        if url_path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if url_path == "/api/repos/create":
            new_repo = json.loads(body)
            repo = f"{new_repo['organization']}/{new_repo['name']}"
            self.standin.models.setdefault(repo, {"main": {}})
            return self._json({"url": f"{self.standin.endpoint}/{repo}"})
        parts = url_path.removeprefix("/api/models").strip("/").split("/")
        repo, action, revision = "/".join(parts[:2]), parts[2], parts[3]
        if action == "preupload":
            # Everything as a regular file: large file storage would be a server of its own.
            names = [file["path"] for file in json.loads(body)["files"]]
            modes = [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]
            return self._json({"files": modes})
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                content = base64.b64decode(entry["value"]["content"])
                self.standin.models[repo][revision][entry["value"]["path"]] = content
        commit = self.standin.commit(repo, revision)
        url = f"{self.standin.endpoint}/{repo}/commit/{commit}"
        self._json({"commitUrl": url, "commitOid": commit})

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        url_path = unquote(urlsplit(self.path).path)
        is_api = url_path.startswith("/api/models/")
        # huggingface_hub asks for other things too, depending on its version.
        if is_api or "/resolve/" in url_path:
            token = self.headers.get("Authorization")
            self.standin.requests.append(Request(self.command, url_path, token))
        parts = url_path.removeprefix("/api/models" if is_api else "").strip("/").split("/")
        repo, action = "/".join(parts[:2]), parts[2] if len(parts) > 2 else "revision"
        revision = parts[3] if len(parts) > 3 else "main"
        if repo not in self.standin.models:
            return self._refuse(401, "RepoNotFound")
        commit_and_files = self.standin.files(repo, revision)
        if commit_and_files is None:
            return self._refuse(404, "RevisionNotFound")
        commit, files = commit_and_files
        if action == "revision":
            siblings = [{"rfilename": name} for name in files]
            return self._json({"id": repo, "sha": commit, "siblings": siblings, "tags": []})
        if action == "tree":
            return self._json([self._entry(name, content) for name, content in files.items()])
        name = "/".join(parts[4:])
        if repo in self.standin.gated:
            return self._refuse(403, "GatedRepo")
        if name not in files:
            return self._refuse(404, "EntryNotFound")
        etag = hashlib.sha1(files[name]).hexdigest()
        self._send(200, files[name], {"X-Repo-Commit": commit, "ETag": f'"{etag}"'})

    def _entry(self, name: str, content: bytes) -> dict[str, object]:
        oid = hashlib.sha1(content).hexdigest()
        return {"type": "file", "path": name, "size": len(content), "oid": oid}

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Located(NamedTuple):
    """What ``locate`` returned or raised in another process."""

    location: Path | None
    error: str | None
    message: str


_CALLS = """
import json, sys
from sktime_lagllama.checkpoints.locate import locate
try:
    for checkpoint in sys.argv[1:]:
        location = locate(checkpoint)
    print(json.dumps([str(location), None, ""]))
except Exception as error:
    print(json.dumps([None, type(error).__name__, str(error)]))
"""


def locate_in_new_process(
    *checkpoints: str, endpoint: str, cache: Path, **environment: str
) -> Located:
    """Call ``locate`` where huggingface_hub reads its settings: in a process that starts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    settings = {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(cache),
        "NO_PROXY": "*",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), kept.get("PYTHONPATH", "")]),
    }
    process = subprocess.run(
        [sys.executable, "-c", _CALLS, *checkpoints],
        env={**kept, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    location, error, message = json.loads(process.stdout.splitlines()[-1])
    return Located(location and Path(location), error, message)
