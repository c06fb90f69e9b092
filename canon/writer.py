"""Writing canonical and compact JSON (SPEC 1.1, 8.2)."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from pithmerge.canon.integers import integer_text
from pithmerge.canon.limits import MAX_DEPTH
from pithmerge.canon.paths import json_path
from pithmerge.canon.survey import survey_of
from pithmerge.errors import CanonicalFormError

Steps = tuple[str | int, ...]
"""Where a value stands in another: member names and indices from the root."""

_SORTED: Final = orjson.OPT_SORT_KEYS


def canonical_json(value: Any, *, max_depth: int = MAX_DEPTH) -> bytes:
    """The canonical bytes of a JSON value: SPEC 1.1, exactly, for every JSON value.

    Args:
        value: dicts with string keys, lists or tuples, strings, integers, floats, booleans, None.
        max_depth: how deep arrays and objects may nest (SPEC 1.5).

    Raises:
        CanonicalFormError: the value has no canonical form (SPEC 1.2, 1.5).
    """
    exact, plain = survey_of(value, max_depth=max_depth)
    return write(exact, plain=plain, sort=True)


def compact_json(value: Any, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Like `canonical_json`, with the members in the order in which the dicts hold them."""
    exact, plain = survey_of(value, max_depth=max_depth)
    return write(exact, plain=plain, sort=False)


def write(value: Any, *, plain: bool, sort: bool, at: Steps = ()) -> bytes:
    """The bytes of a value that was surveyed: ``plain`` is what `survey_of` said of it.

    Args:
        value: see `canonical_json`.
        plain: whether orjson writes it exactly.
        sort: whether members are sorted.
        at: where it stands in what the caller was given, for the message.

    Raises:
        CanonicalFormError: a string holds a lone surrogate (SPEC 1.2).
    """
    if plain:
        try:
            return orjson.dumps(value, option=_SORTED if sort else None)
        except orjson.JSONEncodeError:
            pass
    try:
        return b"".join(_pieces(value, sort=sort))
    except CanonicalFormError as error:
        where = json_path((*at, *_steps_to_surrogate(value)))
        raise CanonicalFormError(f"at {where}: {error}") from None


_MARK: Final = orjson.Fragment(b"\0")
"""What stands where parts begin and end: no JSON text holds this byte."""


def write_with(value: dict[str, Any], name: str, *, plain: bool) -> tuple[bytes, bytes]:
    """The canonical bytes of a surveyed object and of one of its members, written once.

    Raises:
        CanonicalFormError: as `write`.
    """
    if plain:
        try:
            text = orjson.dumps({**value, name: [_MARK, value[name], _MARK]}, option=_SORTED)
        except orjson.JSONEncodeError:
            pass
        else:
            # The object up to ``[``, then ``,``, the member, ``,``, and on from ``]``.
            # (`partition` looks for a byte several times as fast as `split` does.)
            before, _, rest = text.partition(b"\0")
            part, _, behind = rest.partition(b"\0")
            part = part[1:-1]
            return b"".join((before[:-1], part, behind[1:])), part
    part = write(value[name], plain=plain, sort=True, at=(name,))
    return write(value, plain=plain, sort=True), part


def write_elements(values: list[Any], *, plain: bool) -> list[bytes]:
    """The canonical bytes of each element of a surveyed array, written at once.

    Raises:
        CanonicalFormError: as `write`.
    """
    if plain and values:
        marked = [_MARK] * (2 * len(values) - 1)
        marked[::2] = values
        try:
            return orjson.dumps(marked, option=_SORTED)[1:-1].split(b",\0,")
        except orjson.JSONEncodeError:
            pass
    return [write(value, plain=plain, sort=True) for value in values]


def _steps_to_surrogate(root: Any) -> Steps:
    """Where the first string stands that holds a lone surrogate, or the object with such a name."""
    stack: list[tuple[Any, Steps]] = [(root, ())]
    while True:  # a writer has met it
        item, steps = stack.pop()
        if isinstance(item, str):
            if _bad(item):
                return steps
        elif isinstance(item, dict):
            if any(map(_bad, item)):
                return steps
            stack.extend((item[name], (*steps, name)) for name in reversed(item))
        elif isinstance(item, (list, tuple)):
            stack.extend((item[i], (*steps, i)) for i in reversed(range(len(item))))


def _bad(text: str) -> bool:
    try:
        str.__str__(text).encode()
    except UnicodeEncodeError:
        return True
    return False


def _pieces(root: Any, *, sort: bool) -> Iterator[bytes]:
    """The text of ``root`` in pieces: our own writer, for what orjson writes otherwise.

    Iterative, so that no caller's stack depth decides over a document.
    """
    # Each frame is what is still to be written: (prefix, value) pairs, then a closing bracket.
    stack: list[tuple[Iterator[tuple[bytes, Any]], bytes]] = [(iter([(b"", root)]), b"")]
    while stack:
        rest, closing = stack[-1]
        for prefix, value in rest:
            yield prefix
            if isinstance(value, dict):
                yield b"{"
                stack.append((_members(value, sort=sort), b"}"))
                break
            if isinstance(value, (list, tuple)):
                yield b"["
                stack.append((_elements(value), b"]"))
                break
            yield _scalar(value)
        else:
            stack.pop()
            yield closing


def _members(value: dict[str, Any], *, sort: bool) -> Iterator[tuple[bytes, Any]]:
    comma = b""
    for name in sorted(value) if sort else value:
        yield comma + _string(name) + b":", value[name]
        comma = b","


def _elements(value: list[Any] | tuple[Any, ...]) -> Iterator[tuple[bytes, Any]]:
    comma = b""
    for item in value:
        yield comma, item
        comma = b","


def _scalar(value: str | float | bool | None) -> bytes:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return b"null"
    if value is True:
        return b"true"
    if value is False:
        return b"false"
    if isinstance(value, int):
        return integer_text(value).encode()
    return float.__repr__(value).encode()


def _string(value: str) -> bytes:
    try:
        # str() because orjson leaves subclasses of str alone.
        return orjson.dumps(str.__str__(value))
    except orjson.JSONEncodeError:
        raise CanonicalFormError(
            f"the string {value[:60]!r} holds a lone surrogate and has no canonical JSON form "
            "(SPEC 1.2): repair the text before digesting"
        ) from None
