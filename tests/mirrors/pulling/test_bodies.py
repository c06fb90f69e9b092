"""What a server sends, piece by piece."""

import gzip

import pytest

from pithmerge.mirrors.pulling.bodies import Body
from pithmerge.mirrors.pulling.problems import PassingError, RefusedError

DATA = bytes(range(256)) * 40
PACKED = gzip.compress(DATA, mtime=0)
TWICE = gzip.compress(DATA[:5000], mtime=0) + gzip.compress(DATA[5000:], mtime=0)


def whole(data: bytes, piece: int, encoding: str = "gzip", most: int = len(DATA)) -> bytes:
    body = Body(encoding, "", most)
    for start in range(0, len(data), piece):
        body.add(data[start : start + piece])
    return body.whole()


@pytest.mark.parametrize("piece", [1, 7, 4096, 10**6])
def test_whatever_the_pieces(piece: int) -> None:
    assert whole(DATA, piece, "") == DATA
    assert whole(PACKED, piece) == whole(TWICE, piece, "X-GZIP") == DATA


@pytest.mark.parametrize("piece", [1, 10**6])
def test_as_long_as_it_may_be_and_no_longer(piece: int) -> None:
    for data, encoding in ((DATA, ""), (PACKED, "gzip"), (TWICE, "gzip")):
        with pytest.raises(RefusedError, match=f"more than {len(DATA) - 1:,} bytes"):
            whole(data, piece, encoding, len(DATA) - 1)


def test_what_is_packed_into_nothing_is_as_long_as_it_is() -> None:
    nothing = gzip.compress(b"", mtime=0)
    assert whole(nothing, 5) == b""
    with pytest.raises(RefusedError, match="more than 1,000 bytes"):
        whole(nothing * 100, 500, most=1000)


@pytest.mark.parametrize("data", [PACKED[:-1], PACKED + PACKED[:20], b""])
def test_what_is_not_whole(data: bytes) -> None:
    with pytest.raises(PassingError, match="it ends too early"):
        whole(data, 100, most=10**6)


@pytest.mark.parametrize("data", [b"hello", PACKED + b"more", PACKED[:-8] + bytes(8)])
def test_what_is_not_packed(data: bytes) -> None:
    with pytest.raises(RefusedError, match="cannot be unpacked"):
        whole(data, 100)


@pytest.mark.parametrize("length", ["99", "0" * 9000 + "99", "9" * 9000, " 100 "])
def test_what_is_said_to_be_too_long_is_not_read(length: str) -> None:
    with pytest.raises(RefusedError, match="more than 98 bytes"):
        Body("", length, 98)


@pytest.mark.parametrize("length", ["", "98", "-5", "many", "٩٩٩", "0" * 9000])
def test_what_is_not(length: str) -> None:
    assert Body("", length, 98).whole() == b""
