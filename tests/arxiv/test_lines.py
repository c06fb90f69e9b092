"""Lines in pieces: every line once, by its number, however the file gives its bytes."""

import io

from hypothesis import given
from hypothesis import strategies as st

from pithmerge.arxiv import reading
from pithmerge.arxiv.pieces import Lines, Unread
from pithmerge.arxiv.reading import lines_of

LONGEST = 20


class Blocks(io.RawIOBase):
    """A file that gives some bytes at a time."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = io.BytesIO(data)
        self._sizes = sizes

    def read(self, _size: int = -1) -> bytes:
        self._sizes.append(size := self._sizes.pop(0))
        return self._data.read(size)


@given(
    st.lists(st.integers(0, 2 * LONGEST).map(lambda size: b"x" * size), max_size=30),
    st.lists(st.integers(1, 3 * LONGEST), min_size=1),
    st.integers(1, 100),
)
def test_every_line_is_in_one_piece(lines: list[bytes], sizes: list[int], piece: int) -> None:
    before, reading.PIECE_BYTES = reading.PIECE_BYTES, piece
    try:
        found = list(lines_of(Blocks(b"\n".join(lines), sizes), "f", LONGEST))  # type: ignore[arg-type]
    finally:
        reading.PIECE_BYTES = before
    number = 1
    for each in found:
        if isinstance(each, Unread):
            assert each.place == f"f:{number}"
            assert len(lines[number - 1]) > LONGEST
            number += 1
            continue
        assert isinstance(each, Lines)
        assert each.first == number
        *whole, last = each.data.split(b"\n")
        assert whole == lines[number - 1 : number - 1 + len(whole)]
        number += len(whole)
        if last:
            assert (number, last) == (len(lines), lines[-1])
            number += 1
    assert all(line == b"" for line in lines[number - 1 :])
