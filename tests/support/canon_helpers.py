"""What the tests of canonical JSON share."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge.canon import read_json
from pithmerge.errors import CanonicalFormError, DocumentError, PithmergeError


def published(value: Any) -> bytes:
    """The registry's recipe, letter for letter (SPEC 1.1)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8"
    )


def published_unsorted(value: Any) -> bytes:
    """SPEC 8.2: the same escapes and numbers, the members in the order that they have."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def nested(depth: int, inmost: Any = None) -> Any:
    """Arrays and objects in turn, ``depth`` of them, around ``inmost`` or nothing."""
    value, levels = ([], depth - 1) if inmost is None else (inmost, depth)
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def arrays(depth: int, inmost: bytes = b"") -> bytes:
    """The document of ``depth`` arrays around ``inmost``."""
    return b"[" * depth + inmost + b"]" * depth


def objects(depth: int, inmost: bytes = b"{}") -> bytes:
    """The document of ``depth`` objects, the inmost of them given."""
    return b'{"a":' * (depth - 1) + inmost + b"}" * (depth - 1)


def value_refusal(write: Callable[[Any], Any], value: Any) -> str:
    """The message with which ``write`` refuses ``value``; it must end with what to do."""
    with pytest.raises(CanonicalFormError) as caught:
        write(value)
    message = str(caught.value)
    assert isinstance(caught.value, PithmergeError)
    assert message.rpartition(": ")[2].startswith(("replace ", "repair ", "flatten ")), message
    return message


def document_refusal(data: bytes, **options: int) -> str:
    """The message with which ``data`` is refused; it must end with what to do."""
    with pytest.raises(DocumentError) as caught:
        read_json(data, **options)
    message = str(caught.value)
    assert isinstance(caught.value, PithmergeError)
    remedies = ("repair ", "keep ", "flatten ", "write ", "remove ", "save ", "split ")
    assert message.rpartition(": ")[2].startswith(remedies), message
    return message


class LoudString(str):
    """A string whose `str` and `repr` must not be mistaken for its text."""

    def __str__(self) -> str:
        return "LOUD"

    __repr__ = __str__


class LoudInteger(int):
    """An integer whose `str` and `repr` must not be mistaken for its digits."""

    def __str__(self) -> str:
        return "LOUD"

    __repr__ = __str__


class LoudFloat(float):
    """A float whose `str` and `repr` must not be mistaken for its digits."""

    def __str__(self) -> str:
        return "LOUD"

    __repr__ = __str__
