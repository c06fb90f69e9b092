"""Reading JSON strictly and exactly (SPEC 1.2, 1.4, 1.5, 1.6).

msgspec reads numbers exactly and all of the grammar strictly, but keeps the last of repeated
members and answers to the caller's stack depth. So its answer is taken only where it is proven that
no member was dropped and nothing nests too deep; everything else, every error included, goes to our
own reader (`pithmerge.canon.strict`), which explains.
"""

import math
import os
from typing import Any, Final

import msgspec
import orjson

from pithmerge.canon.depth import depth_at_most, member_count
from pithmerge.canon.limits import MAX_BYTES, MAX_DEPTH
from pithmerge.canon.strict import read_strictly
from pithmerge.canon.survey import float_is_plain, is_plain
from pithmerge.errors import CanonicalFormError, DocumentError


def read_json(data: bytes, *, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> Any:
    """The JSON value of one document.

    Args:
        data: the document: UTF-8 without a byte order mark.
        max_depth: how deep arrays and objects may nest (SPEC 1.5).
        max_bytes: how long the document may be.

    Raises:
        DocumentError: no JSON under SPEC 1.2, 1.4 and 1.5. The message names what is wrong, the
            path or the place, and what to do.
    """
    return read_surveyed(data, max_depth=max_depth, max_bytes=max_bytes)[0]


def read_surveyed(
    data: bytes, *, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES
) -> tuple[Any, bool]:
    """Like `read_json`, and whether the value `is_plain`: known from reading, for free."""
    data = data if type(data) is bytes else _bytes_of(data)
    if len(data) > max_bytes:
        raise DocumentError(
            f"the document has {len(data):,} bytes, the limit is {max_bytes:,}: split it, or raise "
            "max_bytes"
        )
    read = None
    if depth_at_most(data, max_depth) <= max_depth:
        # Beside plain floats orjson writes all but integers beyond 64 bits.
        read = _read_fast(data, max_depth, _PLAIN_DECODER)
        if read is not None:
            return read
        read = _read_fast(data, max_depth, _DECODER)
    value = read_strictly(data, max_depth=max_depth) if read is None else read[0]
    return value, is_plain(value, max_depth=max_depth)


def _bytes_of(data: Any) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    remedy = "give its bytes"
    if isinstance(data, str):
        remedy = "of text, give text.encode()"
    elif isinstance(data, os.PathLike):
        remedy = "of a file, give its read_bytes()"
    raise DocumentError(f"JSON is read from bytes, not from a {type(data).__name__}: {remedy}")


def _read_fast(
    data: bytes, max_depth: int, decoder: msgspec.json.Decoder[Any]
) -> tuple[Any, bool] | None:
    """msgspec's reading, and whether orjson can write it; None where nothing proves it."""
    try:
        value = decoder.decode(data)
        try:
            written = orjson.dumps(value)
        except orjson.JSONEncodeError:
            is_plain(value, max_depth=max_depth)
            return (value, False) if _members_in(value) == member_count(data) else None
        if written != data and member_count(written) != member_count(data):
            return None
    except (msgspec.MsgspecError, CanonicalFormError):
        return None
    except (UnicodeDecodeError, RecursionError):
        return None
    return value, True


def _plain_float(text: str) -> float:
    value = float(text)
    if not float_is_plain(value):
        raise ValueError
    return value


def _finite_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError
    return value


_PLAIN_DECODER: Final = msgspec.json.Decoder(float_hook=_plain_float)
"""Stops at a float that orjson writes otherwise; then what it read is plain."""
_DECODER: Final = msgspec.json.Decoder(float_hook=_finite_float)


def _members_in(value: Any) -> int:
    """How many members the objects in a value have."""
    count = 0
    level = [value]
    while level:
        inner: list[Any] = []
        for item in level:
            if type(item) is dict:
                count += len(item)
                inner.extend(item.values())
            elif type(item) is list:
                inner.extend(item)
        level = inner
    return count
