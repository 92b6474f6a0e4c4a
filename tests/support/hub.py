"""A local stand-in for the Hugging Face hub, and calls of ``locate`` that talk to it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
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
class Fault:
    """What goes wrong with some of the requests for models.

    Parameters
    ----------
    step : str
        "list" (what is in a revision), "head" (what a file is), "get" (its content), "token" (for
        Xet's storage) or "xet" (that storage, which holds nothing).
    behave : callable
        Answers in the hub's place: it gets the handler, the status, the body and the headers.
    times : int, optional
        How many requests it meets. None: all.
    name : str
        The file that it is about. "": any.
    """

    step: str
    behave: Callable[[Handler, int, bytes, dict[str, str]], None]
    times: int | None = None
    name: str = ""


@dataclass
class StandInHub:
    """Serves models over HTTP as the hub does, takes new ones, and notes every request for one.

    Weights are what the hub stores as large files: they are named by their SHA-256 and served
    behind a redirect. Other files are named as git names them.

    Parameters
    ----------
    models : dict
        Repository -> revision -> file name -> content.
    gated : set of str
        Repositories whose files are refused, as before their terms are accepted.
    faults : list of Fault
        What goes wrong; the first that fits a request and is not used up.
    """

    models: dict[str, dict[str, dict[str, bytes]]]
    gated: set[str] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    closing: Event = field(default_factory=Event)

    def __enter__(self) -> StandInHub:
        hub = self

        class HandlerOfThisHub(Handler):
            standin = hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), HandlerOfThisHub)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
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
        return sorted(name.rsplit("/", 1)[1] for name in url_paths if is_of_a_file(name))


def is_of_a_file(url_path: str) -> bool:
    return "/resolve/" in url_path or "/large-file/" in url_path


class Handler(BaseHTTPRequestHandler):
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
        if len(parts) < 4:
            # hf_xet asks for things that the hub need not have.
            return self._refuse(404, "EntryNotFound")
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
        if is_api or is_of_a_file(url_path):
            token = self.headers.get("Authorization")
            self.standin.requests.append(Request(self.command, url_path, token))
        if url_path.startswith("/xet/"):
            return self.send(404, b"{}", {}, step="xet")
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
            info = {"id": repo, "sha": commit, "siblings": siblings, "tags": []}
            return self._json(info, step="list")
        if action == "xet-read-token":
            access = {
                "X-Xet-Cas-Url": f"{self.standin.endpoint}/xet",
                "X-Xet-Access-Token": "token",
                "X-Xet-Token-Expiration": "9999999999",
            }
            return self.send(200, b"{}", access, step="token")
        if action == "tree":
            return self._json([self._entry(name, content) for name, content in files.items()])
        name = "/".join(parts[4:])
        if repo in self.standin.gated:
            return self._refuse(403, "GatedRepo")
        if name not in files:
            return self._refuse(404, "EntryNotFound")
        digest, is_large = digest_of(name, files[name])
        step = "get" if self.command == "GET" else "head"
        headers = {"X-Repo-Commit": commit, "ETag": f'"{digest}"'}
        if is_large and action == "resolve":
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(files[name]))}
            # Another host, as far as a client can tell: it forgets the token and the headers above.
            host = self.standin.endpoint.replace("127.0.0.1", "localhost")
            location = f"{host}/{repo}/large-file/{commit}/{name}"
            headers = {**headers, **linked, "Location": location, "ETag": '"of-the-redirect"'}
            return self.send(302, b"", headers, step="head", name=name)
        self.send(200, files[name], headers, step=step, name=name)

    def _entry(self, name: str, content: bytes) -> dict[str, object]:
        oid = git_sha_1(content)
        return {"type": "file", "path": name, "size": len(content), "oid": oid}

    def _json(self, value: object, step: str = "") -> None:
        headers = {"Content-Type": "application/json"}
        self.send(200, json.dumps(value).encode(), headers, step=step)

    def _refuse(self, status: int, code: str) -> None:
        self.send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def send(
        self, status: int, body: bytes, headers: dict[str, str], step: str = "", name: str = ""
    ) -> None:
        for fault in self.standin.faults:
            if step == fault.step and fault.name in name and fault.times != 0:
                fault.times = fault.times and fault.times - 1
                return fault.behave(self, status, body, headers)
        asked_range = self.headers.get("Range")
        if status == 200 and asked_range:
            first = int(asked_range.removeprefix("bytes=").removesuffix("-"))
            whole = f"bytes {first}-{len(body) - 1}/{len(body)}"
            status, body, headers = 206, body[first:], {**headers, "Content-Range": whole}
        self.write(status, body, headers)

    def write(
        self, status: int, body: bytes, headers: dict[str, str], length: int | None = None
    ) -> None:
        """Send an answer as it is; its header may state another length than it has."""
        stated = str(len(body) if length is None else length)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": stated}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if stated != str(len(body)):
            self.close_connection = True


def git_sha_1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def digest_of(name: str, content: bytes) -> tuple[str, bool]:
    """Return the digest that the hub states for a file, and if it is stored as a large one."""
    if name.endswith((".ckpt", ".safetensors", ".bin")):
        return hashlib.sha256(content).hexdigest(), True
    return git_sha_1(content), False


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
    *checkpoints: str, endpoint: str, cache: Path, before: str = "", **environment: str
) -> Located:
    """Call ``locate`` where huggingface_hub reads its settings: in a process that starts.

    Parameters
    ----------
    *checkpoints : str
        Located one after the other; the last one's location is returned.
    endpoint : str
        The hub's address.
    cache : Path
        huggingface_hub's folder.
    before : str
        Code that runs first.
    **environment : str
        Environment variables.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    settings = {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(cache),
        "NO_PROXY": "*",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), kept.get("PYTHONPATH", "")]),
    }
    process = subprocess.run(
        [sys.executable, "-c", before + _CALLS, *checkpoints],
        env={**kept, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    location, error, message = json.loads(process.stdout.splitlines()[-1])
    return Located(location and Path(location), error, message)
