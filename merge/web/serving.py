"""The page, served on this machine to this machine alone."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageServer(ThreadingHTTPServer):
    """Serves one page at ``/`` of the loopback address, and nothing else.

    Args:
        page: its bytes.
        port: which port; 0 for one that is free.

    Raises:
        OSError: the port is taken, or not ours to take.
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, page: bytes, port: int = 0) -> None:
        self.page = page
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def address(self) -> str:
        """The page's URL."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    def server_bind(self) -> None:
        """Without asking who the machine is, which may ask the network."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client: object
    ) -> None:
        """A browser that goes away is nothing to speak of."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    server_version = "pithmerge"
    sys_version = ""

    def do_GET(self) -> None:
        """The page, to who asks for it by the name that it has: a page of somebody else's that had
        its name pointed here would ask by its own."""
        if self.headers.get("Host") != self.server.address.removeprefix("http://").rstrip("/"):
            self.send_error(403, "ask for the address that pithmerge web printed")
        elif self.path != "/":
            self.send_error(404)
        else:
            self.send_response(200)
            for name, value in {**_HEADERS, "Content-Length": str(len(self.server.page))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(self.server.page)

    do_HEAD = do_GET  # noqa: N815 - the name that is called

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Who looks at a page on this machine needs no log."""
