"""Servers that are broken, huge, slow, lying or hostile: each costs one row, not the run."""

import gzip
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pithmerge.fixtures import published
from pithmerge.mirrors.living.opened import open_mirror
from tests.support.living import damage_of, made
from tests.support.memory import with_peak
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
    Answer,
    Request,
    redirect,
    reply,
    serving,
    written_manifest,
)

BAD = path_of(SUFFIXES[1])
MOST = 200_000
MEGABYTE = 2**20
STATE = published("state-22M3HBJ4ANVNJTN56RI73FO4HC.json")


def closes(_request: Request, _connection: socket.socket) -> None:
    """Without a word."""


def drips(beginning: bytes, piece: bytes) -> Callable[[Request, socket.socket], None]:
    """Something comes again and again, and nothing is ever whole."""

    def dripping(_request: Request, connection: socket.socket) -> None:
        connection.settimeout(0.02)
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    return dripping


def is_silent(_request: Request, connection: socket.socket) -> None:
    """Until who asks is gone."""
    connection.recv(1)


def chunked(_request: Request, connection: socket.socket) -> None:
    """Megabytes without an end, and without a length."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    while True:
        connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


BOMB = gzip.compress(b"[" + b" " * (100 * MEGABYTE), 9, mtime=0)
assert len(BOMB) < MOST
UNENDING = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
BEHAVIOURS: dict[str, tuple[Answer, str]] = {
    # Broken.
    "error": (reply(status="500 Internal Server Error"), "500 Internal Server Error"),
    "unknown error": (reply(status="599 x\x1b[31m"), "599"),
    "closes": (closes, "disconnected"),
    "no http": (b"hello\r\n\r\n", "illegal status line"),
    "truncated": (reply(BUNDLES[1][:500], content_length="99990"), "without sending complete"),
    "bad length": (reply(b"[]", content_length="many"), "bad Content-Length"),
    "two lengths": (reply(b"[]", Content_Length="7"), "conflicting Content-Length"),
    "bad chunk": (
        reply(b"zz\r\n", content_length="", transfer_encoding="chunked"),
        "illegal chunk header",
    ),
    "bad gzip": (reply(b"hello", content_encoding="gzip"), "cannot be unpacked"),
    "half a gzip": (
        reply(gzip.compress(BUNDLES[1])[:-9], content_encoding="gzip"),
        "it ends too early",
    ),
    "no json": (reply(b"{"), "it was cut short"),
    "nothing": (reply(b""), "it is empty"),
    "not modified": (reply(status="304 Not Modified", content_length=""), "304 Not Modified"),
    "a part": (reply(BUNDLES[1], status="206 Partial Content"), "206 Partial Content"),
    "forbidden": (reply(status="403 Forbidden"), "403 Forbidden"),
    # Huge.
    "huge": (chunked, "more than 200,000 bytes"),
    "says that it is huge": (reply(b"", content_length="99990000000"), "more than 200,000 bytes"),
    "bomb": (reply(BOMB, content_encoding="gzip"), "more than 200,000 bytes"),
    "huge header": (reply(b"[]", x_filler="x" * 300_000), "buffer too long"),
    # Slow.
    "silent": (is_silent, "nothing came for 1 seconds"),
    "drips a head": (drips(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"), "took more than 1.5 seconds"),
    "drips a body": (drips(UNENDING, b" "), "took more than 1.5 seconds"),
    "drips beginnings": (
        drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        "took more than 1.5 seconds",
    ),
    # Lying.
    "page": (reply(b"<!doctype html>", content_type="text/html; charset=utf-8"), "text/html"),
    "picture": (reply(BUNDLES[1], content_type="image/png"), '"image/png", not JSON'),
    "page called json": (reply(b"<!doctype html>"), "it is an HTML page"),
    "another paper": (reply(BUNDLES[2]), f"it is of {NUMBERS[2]}, and {NUMBERS[1]} was asked for"),
    "another kind": (reply(STATE), "it is a state, and a bundle was asked for"),
    "a manifest": (reply(published("pith-mirrors.json")), "it is a mirror manifest"),
    "encoded": (reply(BUNDLES[1], content_encoding="br"), '"br", which was not asked for'),
    "encoded twice": (reply(BUNDLES[1], content_encoding="gzip, gzip"), "was not asked for"),
    # Hostile.
    "to itself": (redirect(BAD), "it redirects more than 5 times"),
    "to a file": (redirect("file:///etc/passwd"), 'the scheme "file"'),
    "to ftp": (redirect("ftp://127.0.0.1/a"), 'the scheme "ftp"'),
    "to nowhere": (redirect(""), "redirects to nowhere"),
    "to no address": (redirect("http://[::1"), "is no address"),
    "with a password": (redirect("http://a:b@127.0.0.1/"), "an address with a password"),
    "says what acts": (b"HTTP/1.1 \x1b[2J\r\n\r\n", "illegal status line"),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_it_costs_one_row(tmp_path: Path, behaviour: str) -> None:
    answer, said = BEHAVIOURS[behaviour]
    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, read=1.0, total=1.5, max_bytes=MOST)
    if "took" not in said and "nothing came" not in said:
        politeness = msgspec.structs.replace(QUICK, max_bytes=MOST)
    with serving({**served_bundles(), BAD: answer}) as server:
        (result, peak) = with_peak(
            lambda: pulled(
                folder, written_manifest(tmp_path, server.address), politeness=politeness
            )
        )
        place = f"{server.address}{BAD}"
    (row,) = rows_of(result)
    assert (row.document, row.pith_number) in (
        (place, NUMBERS[1]),
        (place, NUMBERS[2] if behaviour == "another paper" else None),
        (place, "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC"),
    )
    assert row.message is not None
    assert said in row.message
    assert "\x1b" not in result.updated.report.read_text()
    assert (result.unavailable, result.absent, result.updated.learned.new) == (1, 0, 2)
    assert peak < 30 * MEGABYTE
    with open_mirror(folder) as mirror:
        assert [paper.pith_number for paper in mirror.papers()] == sorted([NUMBERS[0], NUMBERS[2]])
    assert damage_of(folder) == []


def test_who_fails_now_and_then_is_not_given_up(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, concurrency=1, patience=2)
    answers: dict[str, Answer] = {path_of(each * 26): reply(status="500 x") for each in "ACE"}
    numbers = [f"pith:2026:{letter * 26}" for letter in "ABCDEF"]
    with serving(answers) as server:
        manifest = written_manifest(tmp_path, server.address)
        result = pulled(folder, manifest, numbers, politeness=politeness)
    assert (result.given_up, result.unavailable, result.absent) == ((), 3, 3)


def test_the_next_pull_has_what_could_not_be_had(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving({**served_bundles(), BAD: closes}) as server:
        manifest = written_manifest(tmp_path, server.address)
        assert pulled(folder, manifest).unavailable == 1
        server.answers[BAD] = reply(BUNDLES[1])
        result = pulled(folder, manifest)
    assert (result.unavailable, result.updated.learned.new) == (0, 1)
    assert rows_of(result) == []


def test_no_server_at_all(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = pulled(folder, written_manifest(tmp_path, address))
    assert result.unavailable == 3
    assert [row.outcome for row in rows_of(result)] == ["unreadable"] * 3
    assert result.updated.learned.unreadable == 3


def test_a_mirror_from_which_nothing_can_be_had_is_given_up(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, concurrency=1, patience=2)
    numbers = [f"pith:2026:{letter * 26}" for letter in "ABCDEF"]
    answers: dict[str, Answer] = {path_of(each[10:]): reply(status="500 x") for each in numbers}
    with serving(answers) as broken, serving(served_bundles()) as whole:
        manifest = written_manifest(tmp_path, broken.address, whole.address)
        result = pulled(folder, manifest, [*numbers, *NUMBERS], politeness=politeness)
        assert len(broken.requests) < len(numbers)
    not_asked = len(numbers) + len(NUMBERS) - len(broken.requests)
    (row,) = [row for row in rows_of(result) if "{suffix}" in (row.document or "")]
    assert result.given_up == (f"{broken.address}/pith/{{suffix}}/bundle.json",) == (row.document,)
    assert row.message is not None
    assert row.message.startswith("nothing could be had 2 times in a row: it was not asked for")
    assert f" {not_asked} more papers" in row.message
    assert result.updated.learned.new == 3
