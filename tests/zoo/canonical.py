"""Animals that read or write JSON otherwise than SPEC 1 says."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from pithmerge.canon import (
    MAX_DEPTH,
    JsonValue,
    canonical_json,
    read_json,
    read_value,
    survey,
    values,
    writer,
)
from pithmerge.conformance import reference
from pithmerge.core import aliases, inputs, merger
from pithmerge.core.rules import V1
from pithmerge.core.vocabulary import CONTENT_MEMBERS, UNDIGESTED_MEMBERS
from tests.zoo.animal import Patches, animal

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONE_SURROGATE = re.compile(
    rb"(\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w"
)


def _writing_json(text_of: Callable[[Any, bool], str]) -> Patches:
    """Every place that writes canonical JSON gets a writer of a value and of whether to sort."""

    def write(value: Any, *, plain: bool, sort: bool, at: writer.Steps = ()) -> bytes:
        del plain, at
        return text_of(value, sort).encode()

    def read(data: bytes, *, max_depth: int) -> JsonValue:
        # A plain event is not written whole: its payload is put into it.
        return values._made(read_value(data, max_depth=max_depth).value, False, max_depth)

    def write_elements(values: list[Any], *, plain: bool) -> list[bytes]:
        return [write(value, plain=plain, sort=True) for value in values]

    def write_with(value: dict[str, Any], name: str, *, plain: bool) -> tuple[bytes, bytes]:
        return write(value, plain=plain, sort=True), write(value[name], plain=plain, sort=True)

    return {
        (writer, "write"): write,
        (values, "write"): write,
        (values, "write_elements"): write_elements,
        (values, "write_with"): write_with,
        (aliases, "write_elements"): write_elements,
        (inputs, "read_value"): read,
    }


def reading_json(mended: Callable[[bytes], bytes]) -> Patches:
    """The strict reader sees what ``mended`` makes of a document."""
    return {
        (inputs, "read_value"): lambda data, **limits: read_value(mended(data), **limits),
        (reference, "read_json"): lambda data, **limits: read_json(mended(data), **limits),
    }


def _dumps(value: Any, sort: bool, *, ensure_ascii: bool = False) -> str:
    """SPEC 1.1, in its own words."""
    return json.dumps(value, sort_keys=sort, separators=(",", ":"), ensure_ascii=ensure_ascii)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with each scalar and each member name changed."""
    if isinstance(value, dict):
        return {change(name): _each(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return change(value)


def loaded(data: bytes, **hooks: Any) -> bytes:
    """The document as `json.loads` reads it; as it is where that refuses it."""
    try:
        return json.dumps(json.loads(data.decode(), **hooks)).encode()
    except (ValueError, RecursionError):
        return data


def unrepeated(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(members)) < len(members):
        raise ValueError("a repeated member")
    return dict(members)


@animal("1.1")
def members_by_utf16_unit() -> Patches:
    """Members are sorted by UTF-16 unit, as JavaScript, Java and RFC 8785 do."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return {name: ordered(value[name]) for name in names}
        return [ordered(item) for item in value] if isinstance(value, list) else value

    return _writing_json(lambda value, sort: _dumps(ordered(value) if sort else value, sort=False))


@animal("1.1")
def escapes_non_ascii() -> Patches:
    """Characters beyond ASCII are escaped: json.dumps without ensure_ascii=False."""
    return _writing_json(lambda value, sort: _dumps(value, sort, ensure_ascii=True))


@animal("1.1")
def escapes_slashes() -> Patches:
    """Slashes are escaped, as PHP's json_encode does."""
    return _writing_json(lambda value, sort: _dumps(value, sort).replace("/", "\\/"))


@animal("1.1")
def normalises_unicode() -> Patches:
    """Strings are written in the Unicode normalisation form C."""

    def composed(value: Any) -> Any:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value

    return _writing_json(lambda value, sort: _dumps(_each(value, composed), sort))


@animal("1.3")
def floats_by_orjson() -> Patches:
    """Floats are written by orjson: 1e-05 as 1e-5 or 0.00001."""
    right = writer.write
    return _writing_json(lambda value, sort: right(value, plain=True, sort=sort).decode())


@animal("1.6")
def integral_floats_as_integers() -> Patches:
    """Floats without a fraction are written as integers, as JavaScript does: 1.0 as 1."""

    def shortened(value: Any) -> Any:
        is_integral = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
        return int(value) if is_integral else value

    return _writing_json(lambda value, sort: _dumps(_each(value, shortened), sort))


@animal("1.6")
def negative_zero_as_zero() -> Patches:
    """The float -0.0 is written as 0.0."""

    def unsigned(value: Any) -> Any:
        return 0.0 if isinstance(value, float) and value == 0 else value

    return _writing_json(lambda value, sort: _dumps(_each(value, unsigned), sort))


@animal("1.1")
def integers_through_a_double() -> Patches:
    """Integers beyond 53 bits lose digits: they are read as doubles."""

    def rounded(value: Any) -> Any:
        return int(float(value)) if type(value) is int and abs(value) < 1e308 else value

    return _writing_json(lambda value, sort: _dumps(_each(value, rounded), sort))


@animal("1.4", law=None)
def repeated_members_let_through() -> Patches:
    """Of repeated members the last one counts, as json.loads has it."""
    return reading_json(loaded)


@animal("1.4", law=None)
def byte_order_mark_skipped() -> Patches:
    """A byte order mark is skipped."""
    return reading_json(lambda data: data.removeprefix(_BYTE_ORDER_MARK))


@animal("1.4", law=None)
def line_comments_skipped() -> Patches:
    """Lines of comment, which begin with two slashes, are skipped before a document."""
    return reading_json(lambda data: re.sub(rb"\A(?:\s*//[^\n]*\n)+", b"", data))


@animal("1.4", law=None)
def bad_utf8_replaced() -> Patches:
    """Bytes that are no UTF-8 are read as U+FFFD."""
    return reading_json(lambda data: data.decode("utf-8", "replace").encode())


@animal("1.2", law=None)
def lone_surrogates_let_through() -> Patches:
    """Lone surrogates are read as U+FFFD, as a UTF-8 encoder makes of them."""
    return reading_json(lambda data: _LONE_SURROGATE.sub(lambda m: m[1] or rb"\ufffd", data))


@animal("1.2", law=None)
def nan_let_through() -> Patches:
    """NaN and Infinity are read, as json.loads does, and written as null, as orjson does."""
    return reading_json(
        partial(loaded, object_pairs_hook=unrepeated, parse_constant=lambda _: None)
    )


@animal("1.6", law=None)
def overflow_let_through() -> Patches:
    """Numbers beyond the range of a double become null, as JavaScript has it."""

    def read_float(text: str) -> float | None:
        return None if abs(float(text)) == float("inf") else float(text)

    return reading_json(partial(loaded, object_pairs_hook=unrepeated, parse_float=read_float))


@animal("1.5", law=None)
def depth_one_too_few() -> Patches:
    """Arrays and objects may nest 127 deep, not 128."""
    return {
        (reference, "RULES"): replace(V1, max_depth=MAX_DEPTH - 1),
        (reference, "read_json"): partial(read_json, max_depth=MAX_DEPTH - 1),
    }


@animal("1.5", law=None)
def depth_one_too_many() -> Patches:
    """Arrays and objects may nest 129 deep: the limit is counted from the elements."""
    return {
        (reference, "RULES"): replace(V1, max_depth=MAX_DEPTH + 1),
        (reference, "read_json"): partial(read_json, max_depth=MAX_DEPTH + 1),
        (reference, "canonical_json"): partial(canonical_json, max_depth=MAX_DEPTH + 1),
    }


@animal("4.2")
def unknown_members_dropped() -> Patches:
    """Members of an event that the specification does not name are dropped before digesting."""
    right = merger.surveyed

    def known_alone(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = (*CONTENT_MEMBERS, *UNDIGESTED_MEMBERS)
        return {name: value[name] for name in value if name in known}

    return {
        (merger, "surveyed"): lambda events, rules: (
            survey(known_alone(json.value)) for json in right(events, rules)
        )
    }
