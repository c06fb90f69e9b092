"""Who a server is: by its certificate; and where redirects may lead from there."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import trustme

from tests.support.cli_helpers import pithmerge
from tests.support.living import made
from tests.support.pulling import (
    BUNDLES,
    NUMBERS,
    SUFFIXES,
    path_of,
    pulled,
    rows_of,
    served_bundles,
)
from tests.support.serving import (
    QUICK,
    FakeClock,
    Server,
    redirect,
    reply,
    serving,
    written_manifest,
)

AUTHORITY = trustme.CA()
POLITENESS = msgspec.structs.replace(QUICK, retries=2)
ONE = path_of(SUFFIXES[0])


def certified(*names: str, authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    """What a server of these names shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def believing(authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    """Who asks, and believes this authority alone."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(served_bundles(), tls=certified("127.0.0.1")) as serving_tls:
        yield serving_tls


def test_who_shows_a_certificate_is_believed(tmp_path: Path, server: Server) -> None:
    folder = made(tmp_path / "mirror")
    result = pulled(folder, written_manifest(tmp_path, server.address), tls=believing())
    assert result.updated.learned.new == 3
    assert all(path.startswith("/pith/") for path in server.paths)


@pytest.mark.parametrize("why", ["another name", "another authority", "the usual ones"])
def test_who_shows_another_is_not_asked_and_not_tried_again(tmp_path: Path, why: str) -> None:
    folder, clock = made(tmp_path / "mirror"), FakeClock()
    shown = certified("mirror.example" if why == "another name" else "127.0.0.1")
    tls = believing(trustme.CA()) if why == "another authority" else believing()
    with serving(served_bundles(), tls=shown) as server:
        result = pulled(
            folder,
            written_manifest(tmp_path, server.address),
            NUMBERS[:1],
            tls=None if why == "the usual ones" else tls,
            politeness=POLITENESS,
            clock=clock,
        )
    assert server.requests == []
    (row,) = rows_of(result)
    assert row.message is not None
    assert "certificate verify failed" in row.message.lower() or "certificate" in row.message
    assert "asked" not in row.message
    assert [each for each in clock.slept if each >= 0.5] == []


def test_no_tls_where_it_is_expected(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving(served_bundles()) as plain:
        address = plain.address.replace("http:", "https:")
        result = pulled(folder, written_manifest(tmp_path, address), tls=believing())
    assert (result.unavailable, plain.requests) == (3, [])


def test_never_from_https_to_http(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving(served_bundles()) as plain:
        answers = {ONE: redirect(f"{plain.address}{ONE}")}
        with serving(answers, tls=certified("127.0.0.1")) as server:
            manifest = written_manifest(tmp_path, server.address)
            result = pulled(folder, manifest, NUMBERS[:1], tls=believing())
        assert plain.requests == []
    assert [row.message for row in rows_of(result)] == [
        "it redirects from https to http, which is not followed"
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_from_http_to_https_and_within_https(tmp_path: Path, server: Server, status: int) -> None:
    folder = made(tmp_path / "mirror")
    server.answers["/new"] = reply(BUNDLES[0])
    server.answers["/moved"] = redirect("new", f"{status} x")
    with serving({ONE: redirect(f"{server.address}/moved", f"{status} x")}) as plain:
        manifest = written_manifest(tmp_path, plain.address)
        result = pulled(folder, manifest, NUMBERS[:1], tls=believing())
    assert (rows_of(result), result.updated.learned.new) == ([], 1)
    assert server.paths == ["/moved", "/new"]


def test_by_the_command(tmp_path: Path, server: Server) -> None:
    folder = made(tmp_path / "mirror")
    certificates = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(certificates)
    words = ("mirror", "pull", folder, NUMBERS[0], "--retries", "0", "-p", "1",
             "--manifest", written_manifest(tmp_path, server.address))  # fmt: skip
    refused = pithmerge(*words)
    assert (refused.code, server.requests) == (3, [])
    done = pithmerge(*words, env={"SSL_CERT_FILE": str(certificates)})
    assert (done.code, done.stderr) == (0, b"")
    assert server.paths == [ONE]
