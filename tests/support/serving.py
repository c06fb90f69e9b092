"""A web server on this machine's loopback that says what it is told, byte for byte: the truth, a
lie, too much, too little, too slowly. With TLS or without."""

import gzip
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pithmerge.mirrors.pulling.politeness import Politeness

QUICK = Politeness(rate=1000.0, connect=5.0, read=5.0, total=10.0, retries=0)
"""How tests ask a server that is near and never tired."""


@dataclass(frozen=True)
class Request:
    """What a server was asked.

    Attributes:
        path: with its query.
        headers: by their names in lower case.
        count: how often this path was asked for before.
    """

    path: str
    headers: Mapping[str, str]
    count: int


Answer = bytes | Callable[[Request, socket.socket], bytes | None]
"""The bytes to send; or who sends them, or says which."""


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; a header ``content_length`` is what it says, whatever is true."""
    given = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in given.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def gzipped(body: bytes, **headers: str) -> bytes:
    """A whole answer that is packed."""
    return reply(gzip.compress(body, 9, mtime=0), content_encoding="gzip", **headers)


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that says where the answer is."""
    return reply(status=status, location=location)


@dataclass
class Server:
    """A server at work.

    Attributes:
        address: its beginning of every URL.
        answers: by path; of other paths it says 404.
        requests: that it was asked.
        most_at_once: how many requests it has had under way at a time.
    """

    address: str
    answers: dict[str, Answer]
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0

    @property
    def paths(self) -> list[str]:
        """What it was asked for."""
        return [each.path for each in self.requests]


class _Handler(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        with suppress(OSError):
            if self.server.tls is not None:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            while self._answer():
                pass

    def finish(self) -> None:
        with suppress(OSError):
            self.request.close()

    def _answer(self) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65536)
            if not piece:
                return False
            head += piece
        first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        path = first.split(" ")[1]
        headers = {
            name.lower(): value for name, _, value in (each.partition(": ") for each in lines)
        }
        state: Server = self.server.state
        with self.server.lock:
            request = Request(path, headers, state.paths.count(path))
            state.requests.append(request)
            self.server.under_way += 1
            state.most_at_once = max(state.most_at_once, self.server.under_way)
        try:
            answer = state.answers.get(path, reply(status="404 Not Found"))
            data = answer if isinstance(answer, bytes) else answer(request, self.request)
        finally:
            with self.server.lock:
                self.server.under_way -= 1
        if data is None:
            return False
        self.request.sendall(data)
        # What promises more than it sends ends.
        return b"content-length: 9999" not in data and b"connection: close" not in data


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: Any) -> None:
        """Who is asked does not complain."""


@contextmanager
def serving(
    answers: Mapping[str, Answer], *, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server with these answers, by their paths."""
    server = _Server(("127.0.0.1", 0), _Handler)
    internals: Any = server
    scheme = "http" if tls is None else "https"
    state = Server(f"{scheme}://127.0.0.1:{server.server_address[1]}", dict(answers))
    internals.state, internals.tls = state, tls
    internals.lock, internals.under_way = threading.Lock(), 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01},
                              daemon=True)  # fmt: skip
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def manifest(*mirrors: str | Mapping[str, Any]) -> bytes:
    """A mirror manifest of these: the beginnings of their URLs, or entries."""
    listed = [
        each
        if not isinstance(each, str)
        else {
            "name": f"mirror {index}",
            "bundle_pattern": f"{each}/pith/{{suffix}}/bundle.json",
        }
        for index, each in enumerate(mirrors)
    ]
    value = {
        "manifest_type": "pith_mirror_manifest",
        "manifest_version": "1.0",
        "merge_version": "pith-open-graph-merge-v1",
        "mirrors": listed,
    }
    return json.dumps(value).encode()


def written_manifest(folder: Path, *mirrors: str | Mapping[str, Any]) -> str:
    """The file of such a manifest."""
    file = folder / "mirrors.json"
    file.write_bytes(manifest(*mirrors))
    return str(file)


class FakeClock:
    """A clock that stands still but for those who sleep by it, and chance that is none."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def random(self) -> float:
        return 1.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds
