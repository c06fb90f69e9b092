"""``pithmerge web``: the page to this machine alone, or into a file."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pithmerge.web.page import check_page
from pithmerge.web.serving import PageServer
from tests.support.cli_helpers import pithmerge


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer(b"the page") as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def asked(
    server: PageServer, path: str = "/", *, host: str | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def test_the_page_is_served_with_nothing_kept_and_nothing_guessed(server: PageServer) -> None:
    status, headers, body = asked(server)
    assert (status, body) == (200, b"the page")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert asked(server, method="HEAD")[::2] == (200, b"")


def test_it_listens_on_this_machine_alone(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost:1"])
def test_who_asks_by_another_name_gets_nothing(server: PageServer, host: str) -> None:
    status, _, body = asked(server, host=host)
    assert status == 403
    assert b"the page" not in body


@pytest.mark.parametrize("path", ["/x", "/../etc/passwd", "/?x"])
def test_there_is_one_page(server: PageServer, path: str) -> None:
    assert asked(server, path)[0] == 404


def test_it_writes_the_page(tmp_path: Path) -> None:
    done = pithmerge("web", "-o", str(tmp_path / "check.html"))
    assert done.code == 0, done.stderr
    assert (tmp_path / "check.html").read_bytes() == check_page()


def test_a_port_that_is_taken_is_named(server: PageServer) -> None:
    done = pithmerge("web", "--no-open", "--port", str(server.server_port))
    assert done.code == 2
    assert f"port {server.server_port} cannot be had" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
