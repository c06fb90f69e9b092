"""How what others wrote is shown: cut to a length first, then without anything that could act.

Rows, messages and terminals show parts of documents, names of files and the words of libraries.
Here is how, for all of them; there is no other way.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from html import escape
from itertools import chain
from typing import Any, Final

LONGEST_VALUE: Final = 120
"""Characters of a JSON value that are shown."""
LONGEST_TEXT: Final = 1000
"""Characters of a text that are shown."""

_ROWS: Final = 20
"""Rows of a table in a notebook."""

_ELLIPSIS: Final = "…"
_NOT_ASCII: Final = re.compile(r"[^\x20-\x7e\n]")
_HIDDEN: Final = "***"
_USER: Final = re.compile(r"(?<=://)[^/?#\s'\"]*@")
_USER_OF_ONE: Final = re.compile(
    # Also one whose password is not written as it should be: what is no port is none.
    r"(?<=://)(?:[^/?#]*@|(?!\[)[^/?#@:]*:(?!:|[0-9]*(?:[/?#]|$))[^@]*@)"
)
_QUERY: Final = re.compile(r"(://[^?#\s'\"<>]*)([?#][^\s'\"<>]*)")
_QUERY_OF_ONE: Final = re.compile(r"(://[^?#]*)([?#].*)", re.DOTALL)


def clipped(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text, the end of a long one left out."""
    return text if len(text) <= longest else f"{text[:longest]}{_ELLIPSIS}"


def encodable(text: str) -> str:
    """A text that UTF-8 can write: bytes of file names that are no text, escaped."""
    if not _is_encodable(text):
        escaped = text.encode("utf-8", "backslashreplace")
        with suppress(UnicodeEncodeError):
            escaped = text.encode("utf-8", "surrogateescape")
        return escaped.decode("utf-8", "backslashreplace")
    return text


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """The name of a file or a URL for rows and messages: encodable, and nothing secret in it."""
    return redacted(encodable(name), is_url=True)


def printable(value: object) -> str:
    """A value as text that no terminal acts on: control and invisible characters escaped."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def visible(json_text: bytes) -> bytes:
    """The same JSON value with control and invisible characters escaped.

    What is beyond ASCII stands in strings, where JSON has escapes for it.
    """
    return _NOT_ASCII.sub(_json_escape, json_text.decode()).encode()


_LINES: Final = json.JSONEncoder(separators=(",", ":"))


def json_line(value: Any) -> bytes:
    """A small JSON value as one line of ASCII, in which whatever a terminal acts on is escaped."""
    line = _LINES.encode(value).replace("\x7f", "\\u007f")
    return f"{line}\n".encode("ascii")


def some(count: int, what: str) -> str:
    """How many there are of something, for a person: ``1 paper``, ``1,002 papers``.

    Args:
        count: how many.
        what: one of them, in words whose plural is with an s.
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def brief(value: Any, longest: int = LONGEST_VALUE) -> str:
    """A JSON value as JSON on one line, the end of a long one left out.

    Costs what is shown, however large the value is.
    """
    pieces: list[str] = []
    length = 0
    for piece in _pieces_of(value, longest):
        pieces.append(piece)
        length += len(piece)
        if length > longest:
            break
    return clipped("".join(pieces), longest)


def html_text(value: object, longest: int = LONGEST_VALUE) -> str:
    """A value as text in HTML: cut, control and invisible characters escaped, no markup in it."""
    return escape(printable(clipped(str(value), longest)))


def html_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in HTML, of the first rows if there are many; nothing of none."""
    if not rows:
        return ""
    lines = [_html_row("th", heads), *(_html_row("td", row) for row in rows[:_ROWS])]
    more = f"<p>and {len(rows) - _ROWS:,} more</p>" if len(rows) > _ROWS else ""
    return f"<table>{''.join(lines)}</table>{more}"


def html_page_part(heading: str, *parts: str) -> str:
    """A part of a page, of parts that are HTML already."""
    return f"<div><p><b>{html_text(heading)}</b></p>{''.join(parts)}</div>"


def _html_row(tag: str, cells: Sequence[object]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html_text(cell)}</{tag}>' for cell in cells)}</tr>"


def redacted(text: str, *, is_url: bool = False) -> str:
    """A text in which no URL tells who asks, by which password or token.

    Args:
        text: a message, or a name.
        is_url: whether all of it is one URL, if it is one at all.
    """
    if "://" not in text:
        return text
    text = (_USER_OF_ONE if is_url else _USER).sub(f"{_HIDDEN}@", text)
    return (_QUERY_OF_ONE if is_url else _QUERY).sub(_hidden_query, text)


def _json_escape(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _pieces_of(value: Any, longest: int) -> Iterator[str]:
    """The text of a JSON value, piece by piece; of a string only what could be shown."""
    stack: list[Iterator[Any]] = [iter((value,))]
    ends: list[str] = []
    while stack:
        try:
            each = next(stack[-1])
        except StopIteration:
            stack.pop()
            if ends:
                yield ends.pop()
            continue
        if isinstance(each, _Raw):
            yield each
        elif isinstance(each, dict):
            yield "{"
            stack.append(_members(each, longest))
            ends.append("}")
        elif isinstance(each, (list, tuple)):
            yield "["
            stack.append(_elements(each))
            ends.append("]")
        else:
            yield _scalar(each, longest)


class _Raw(str):
    """Text of JSON that stands for itself."""

    __slots__ = ()


def _members(value: dict[Any, Any], longest: int) -> Iterator[Any]:
    for index, (name, member) in enumerate(value.items()):
        yield _Raw(f"{',' if index else ''}{_scalar(str(name), longest)}:")
        yield member


def _elements(value: Any) -> Iterator[Any]:
    for index, element in enumerate(value):
        if index:
            yield _Raw(",")
        yield element


def _scalar(value: Any, longest: int) -> str:
    if isinstance(value, str):
        text = json.dumps(value[: longest + 1], ensure_ascii=False)
        return text if _is_encodable(text) else json.dumps(value[: longest + 1])
    if isinstance(value, int) and not isinstance(value, bool):
        # However few digits the environment lets Python write.
        return str(Decimal(value))
    if value is None or isinstance(value, (bool, float)):
        return json.dumps(value)
    return clipped(repr(value), longest)


def _hidden_query(match: re.Match[str]) -> str:
    before, query = match.groups()
    parts = re.split("([?#&;])", query)
    hidden = (part if part in ("", "?", "#", "&", ";") else _hidden_value(part) for part in parts)
    return "".join(chain((before,), hidden))


def _hidden_value(part: str) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={_HIDDEN}" if equals else _HIDDEN
