"""The digest of pieces is that of the bytes that they make together, however long they are."""

import hashlib
import threading
from collections.abc import Iterator

import pytest

from pithmerge.canon import sha256_hex_of

LONG = 2**20


@pytest.mark.parametrize(
    "sizes",
    [
        (),
        (0,),
        (1, 0, 2),
        (LONG - 1, 3),
        (LONG,),
        (5, LONG, 0, 7, LONG + 1, LONG, LONG, LONG, LONG, 11),
    ],
)
def test_the_pieces_are_taken_in_order(sizes: tuple[int, ...]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert sha256_hex_of(iter(pieces)) == hashlib.sha256(b"".join(pieces)).hexdigest()


def new_threads(before: list[threading.Thread]) -> int:
    return len(set(threading.enumerate()) - set(before))


def test_beside_long_pieces_the_next_are_made() -> None:
    threads = []
    before = threading.enumerate()

    def pieces() -> Iterator[bytes]:
        threads.append(new_threads(before))
        yield bytes(LONG - 1)
        threads.append(new_threads(before))
        yield bytes(LONG)
        threads.append(new_threads(before))

    sha256_hex_of(pieces())
    assert threads == [0, 0, 1]
    assert new_threads(before) == 0


def test_an_error_in_the_making_is_raised_and_no_thread_is_left() -> None:
    before = threading.enumerate()

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield bytes(LONG)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        sha256_hex_of(pieces())
    assert new_threads(before) == 0


def test_without_another_thread_it_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    pieces = [b"a", bytes(LONG), b"b" * LONG, b"c"]
    assert sha256_hex_of(pieces) == hashlib.sha256(b"".join(pieces)).hexdigest()
