"""What is done in one step says what the libraries say in many."""

import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pithmerge.mirrors.pieces import MergeRow
from pithmerge.mirrors.reading.tar_headers import _plain_header
from pithmerge.mirrors.rows import line_of
from pithmerge.showing import json_line

FORMS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
_HeaderError: Any = tarfile.HeaderError


def header(form: int, name: str = "a/b.json", **fields: Any) -> bytes:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(form, "utf-8", "surrogateescape")


def with_checksum(block: bytes) -> bytes:
    total = 8 * ord(" ") + sum(block[:148]) + sum(block[156:])
    return block[:148] + b"%06o\0 " % total + block[156:]


def library(block: bytes) -> Any:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _HeaderError:
        return None
    return info.name, info.size, info.type, info.linkname


def ours(block: bytes) -> Any:
    found = _plain_header(block)
    return None if found is None else (*found, tarfile.REGTYPE, "")


@pytest.mark.parametrize("form", FORMS)
def test_usual_headers_are_read_in_one_step(form: int) -> None:
    for name in ("a.json", "é/\udcff.json", "x" * 99):
        block = header(form, name, size=14_000, mtime=1_700_000_000, uname="r", gname="r")[-512:]
        # Extended attributes say what this form cannot.
        shown = "?/?.json" if form == tarfile.PAX_FORMAT and not name.isascii() else name
        assert ours(block) == library(block) == (shown, 14_000, b"0", "")


@pytest.mark.parametrize("place", [0, 7, 130, 140, 151, 280, 320])
def test_a_header_whose_checksum_does_not_hold_is_none(place: int) -> None:
    block = bytearray(header(tarfile.GNU_FORMAT, size=14_000, mtime=1_700_000_000, uname="r" * 31))
    assert ours(bytes(block)) is not None
    block[place] ^= 1
    assert ours(bytes(block)) is library(bytes(block)) is None


BYTES = st.one_of(st.integers(0, 255), st.sampled_from(b"\0 0178"))
PLACES = st.one_of(
    st.integers(0, 511),
    st.sampled_from([0, 99, 100, 123, 124, 135, 136, 147, 148, 154, 155, 156, 157, 257, 262, 264]),
    st.sampled_from([263, 265, 329, 336, 344, 345, 499, 500, 511]),
)


@given(
    st.sampled_from(FORMS), st.dictionaries(PLACES, BYTES, min_size=1, max_size=3), st.booleans()
)
def test_what_is_read_in_one_step_is_what_the_library_reads(
    form: int, changes: dict[int, int], mended: bool
) -> None:
    block = bytearray(header(form, size=14_000, mtime=1_700_000_000, uname="r", gname="r"))
    for place, byte in changes.items():
        block[place] = byte
    changed = with_checksum(bytes(block)) if mended else bytes(block)
    assert ours(changed) in (None, library(changed))


@given(
    st.builds(
        MergeRow,
        document=st.text(),
        pith_number=st.none() | st.text(),
        outcome=st.text('ab\x7f\x1f\x80é\u2028\udcff/"\\\n'),
        bytes=st.none() | st.integers(0, 2**53),
        reasons=st.lists(st.text("ab\x7f")).map(tuple),
    )
)
def test_a_line_is_what_is_written_of_any_value(row: MergeRow) -> None:
    assert line_of(row) == json_line({name: getattr(row, name) for name in row.__struct_fields__})
