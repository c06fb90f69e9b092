"""How a JSON value can be written: in many ways that mean the same, and in ways that are refused.

SPEC 1.4 to 1.6 say which. An event travels as the bytes of a document.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from pithmerge.drawn.choices import Choices

_T = TypeVar("_T")

_SPACES: Final = ("", " ", "\n", "\t", "\r\n  ")


def text_of(value: Any) -> bytes:
    """Compact JSON, however deep the value is: also what no document may be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def respelled(value: Any, choices: Choices) -> bytes:
    """Other bytes of the same value: member order, white space, escapes, texts of numbers.

    Args:
        value: a JSON value, nested no deeper than an event may be.
        choices: three bytes of them; zero for compact JSON, the members reversed.
    """
    space, escape, numbers = choices.pick(_SPACES), choices.below(4), choices.below(4)
    return "".join(_pieces(value, space, escape, numbers)).encode()


def _pieces(value: Any, space: str, escape: int, numbers: int) -> Iterator[str]:
    """The text of a value, piece by piece."""
    if isinstance(value, dict):
        yield f"{{{space}"
        for place, name in enumerate(reversed(value)):
            yield f"{f',{space}' if place else ''}{_string(name, escape)}{space}:{space}"
            yield from _pieces(value[name], space, escape, numbers)
        yield f"{space}}}"
    elif isinstance(value, list):
        yield f"[{space}"
        for place, item in enumerate(value):
            yield f",{space}" if place else ""
            yield from _pieces(item, space, escape, numbers)
        yield f"{space}]"
    elif isinstance(value, str):
        yield _string(value, escape)
    else:
        yield _float(value, numbers) if isinstance(value, float) else json.dumps(value)


def _string(text: str, escape: int) -> str:
    if escape < 2:
        return json.dumps(text, ensure_ascii=bool(escape))
    if escape == 2:
        return json.dumps(text).replace("/", "\\/")
    units = text.encode("utf-16-be").hex().upper()
    return f'"{"".join(f"{chr(92)}u{units[at : at + 4]}" for at in range(0, len(units), 4))}"'


def _float(value: float, numbers: int) -> str:
    text = repr(value)
    if numbers == 0:
        return text
    if numbers == 1:
        return f"{value:.17e}".replace("e", "E")
    if numbers == 2:
        return text.replace("e", "00e") if "." in text else text.replace("e", ".0e")
    # All digits of the double itself, without an exponent where that is not too long.
    return f"{value:.40f}" if 1e-4 < abs(value) < 1e15 else text.replace("e+", "E")


_IN_PAYLOAD: Final[tuple[bytes, ...]] = (
    *(b"NaN", b"-Infinity", b"1e400", b"-1e309", b"01", b"+1", b".5", b"1.", b"0x1", b"1_0"),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\xaf"', b'"\n"'),
    *(b'"\\x41"', b"'a'", b"[1,]", b"[,1]", b"tru", b"None", b'{"a":1,"a":1}', b"{1:1}", b"[1 1]"),
    *(b'{"a":1,"\\u0061":2}', b"1" * 4301, b"-" + b"1" * 4301, b"[" * 127 + b"]" * 127, b"1//x"),
    # Not refused:
    *(b"1" * 4300, b"-" + b"1" * 4300, b"[" * 126 + b"]" * 126, b"1e-400", b"-0", b"1E+2", b"-0.0"),
    *(b'"\\ud801\\udc00"', b'"\\/"', b"\t[ ]\r", b'{"a":1,"A":1}', b'"\x7f"', b"0e0", b"1e308"),
)
_AROUND: Final[tuple[tuple[bytes, bytes], ...]] = (
    *((b"\xef\xbb\xbf", b""), (b"", b"\x00"), (b"", b","), (b"", b" null"), (b"\x0c", b"")),
    *((b"\xc2\xa0", b""), (b"//\n", b""), (b"[", b""), (b"", b"}")),
    # Not refused:
    *((b" \t\r\n", b""), (b"", b"\n\n "), (b"[", b"]")),
)


def oddly_written(document: bytes, choices: Choices) -> bytes:
    """A document with something odd about it, for which it is refused mostly (SPEC 1.2 to 1.5).

    Args:
        document: the bytes of an event.
        choices: two bytes of them.
    """
    around, which = choices.once_in(4), choices.below(256)
    if around or not document.startswith(b"{"):
        before, after = _pick(_AROUND, which)
        return before + document + after
    return b'{"odd":{"x":' + _pick(_IN_PAYLOAD, which) + b"}," + document[1:]


def _pick(options: Sequence[_T], which: int) -> _T:
    return options[which % len(options)]
