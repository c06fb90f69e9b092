"""A web server on this machine's loopback, with or without ranges and lengths."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KINDS = ("ranges", "lengths", "streams")
"""What a server can do: give ranges; lengths only; neither of both, and no HEAD."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        kind, files = self.server.kind, self.server.files
        self.server.requests.append((self.command, self.path, self.headers.get("Range")))
        data = files.get(self.path.partition("?")[0])
        if kind == "streams" and not with_body:
            self._head(405, {"Content-Length": "0"})
            return
        if data is None:
            self._head(404, {"Content-Length": "0"})
            return
        if data == b"fail":
            self._head(500, {"Content-Length": "0"})
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if kind == "ranges" and wanted:
            first = int(wanted[1])
            last = min(int(wanted[2] or len(data)), len(data) - 1)
            span = f"bytes {first}-{last}/{len(data)}"
            self._head(206, {"Content-Range": span, "Content-Length": str(last - first + 1)})
            self._body(data[first : last + 1], with_body)
        elif kind == "streams":
            self._head(200, {"Transfer-Encoding": "chunked"})
            for start in range(0, len(data), 1000):
                piece = data[start : start + 1000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if self.path in self.server.broken:
                self.close_connection = True
                return
            self.wfile.write(b"0\r\n\r\n")
        else:
            more = 100 if self.path in self.server.broken else 0
            self._head(200, {"Content-Length": str(len(data) + more)})
            self._body(data, with_body)
            self.close_connection = bool(more)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        if self.path in self.server.encoded:
            self.send_header("Content-Encoding", "gzip")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, data: bytes, with_body: bool) -> None:
        if with_body:
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Whoever probes for ranges closes the connection early."""


@contextmanager
def served(
    kind: str,
    files: Mapping[str, bytes],
    *,
    broken: tuple[str, ...] = (),
    encoded: tuple[str, ...] = (),
) -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    """The address of a server with these files, by their paths, and what it was asked.

    Args:
        kind: one of `KINDS`.
        files: by their paths, which begin with a slash.
        broken: paths whose connection ends too early.
        encoded: paths that are called encoded by gzip.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    state: Any = server
    state.kind, state.files, state.broken, state.requests = kind, files, broken, []
    state.encoded = encoded
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", state.requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
