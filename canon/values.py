"""A JSON value with the proof of how it is written: only this package makes one (SPEC 1.1 to 1.5).

orjson writes most values exactly as SPEC 1.1 asks, and some (``1e-05``, integers beyond 64 bits)
not at all or otherwise. Which of the two a value is was found out when it was read or surveyed. A
`JsonValue` carries that with the value, to its parts too, so that nobody can write a value by what
was proven of another.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pithmerge.canon.limits import MAX_BYTES, MAX_DEPTH
from pithmerge.canon.reader import read_surveyed
from pithmerge.canon.survey import survey_of
from pithmerge.canon.writer import Steps, write, write_elements, write_with


class JsonValue:
    """A JSON value that was read or surveyed: `read_value` of bytes, `survey` of anything parsed.

    Attributes:
        value: the value itself, of exact JSON types. Treat it as read-only.
        max_depth: arrays and objects in it nest no deeper than that.
    """

    __slots__ = ("_plain", "max_depth", "value")

    value: Any
    max_depth: int
    _plain: bool

    def __init__(self, *_: Any) -> None:
        """Not to be called."""
        raise TypeError(
            "a JsonValue is made by pithmerge.canon: read_value(data) of bytes, survey(value) of "
            "parsed JSON"
        )

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        """It is frozen."""
        raise AttributeError(f"a JsonValue is frozen: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled and copied as what it holds, which is surveyed again."""
        return survey, (self.value, self.max_depth)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same JSON value to the byte, member order aside (SPEC 1.1)."""
        if not isinstance(other, JsonValue):
            return NotImplemented
        return self.canonical() == other.canonical()

    def __hash__(self) -> int:
        """Of the canonical bytes."""
        return hash(self.canonical())

    def __repr__(self) -> str:
        """Short, whatever it holds."""
        return f"<JsonValue {type(self.value).__name__}>"

    def canonical(self) -> bytes:
        """The canonical bytes (SPEC 1.1).

        Raises:
            CanonicalFormError: a string of a surveyed value holds a lone surrogate (SPEC 1.2).
        """
        return write(self.value, plain=self._plain, sort=True)

    def compact(self) -> bytes:
        """The bytes with the members in their order, without white space (SPEC 8.2).

        Raises:
            CanonicalFormError: as `canonical`.
        """
        return write(self.value, plain=self._plain, sort=False)

    def canonical_with(self, name: str) -> tuple[bytes, bytes]:
        """`canonical` of an object, and of one of its members, which is a part of it.

        Args:
            name: the member's, which the object has.
        """
        return write_with(self.value, name, plain=self._plain)

    def canonical_elements(self) -> list[bytes]:
        """`canonical` of each element of an array."""
        return write_elements(self.value, plain=self._plain)

    def part(self, *steps: str | int) -> "JsonValue":
        """What stands in it at ``steps``.

        Raises:
            KeyError, IndexError, TypeError: nothing does.
        """
        return _made(_at(self.value, steps), self._plain, self.max_depth)

    def member(self, *names: str) -> "JsonValue":
        """What stands in it under these names; null if nothing does."""
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return _made(value, self._plain, self.max_depth)

    def canonical_at(self, *steps: str | int) -> bytes:
        """The canonical bytes of what stands in it at ``steps``.

        Raises:
            KeyError, IndexError, TypeError: nothing does.
            CanonicalFormError: as `canonical`; the message says where in the whole.
        """
        return write(_at(self.value, steps), plain=self._plain, sort=True, at=steps)

    def parts(self) -> "Iterator[JsonValue]":
        """The elements of an array, one by one."""
        plain, max_depth = self._plain, self.max_depth
        return (_made(item, plain, max_depth) for item in self.value)

    def agree(self, one: Steps, other: Steps) -> bool:
        """Whether what stands at ``one`` and what stands at ``other`` are the same value: their
        canonical bytes are equal, so ``1``, ``1.0`` and ``true`` differ.

        Raises:
            KeyError, IndexError, TypeError: nothing stands there.
        """
        return alike(_at(self.value, one), _at(self.value, other))

    def without(self, *names: str) -> "JsonValue":
        """The object without these members."""
        rest = dict(self.value)
        for name in names:
            rest.pop(name, None)
        return _made(rest, self._plain, self.max_depth)


def read_value(data: bytes, *, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> JsonValue:
    """The JSON value of one document, as `read_json` reads it.

    Raises:
        DocumentError: no JSON under SPEC 1.2, 1.4 and 1.5.
    """
    value, plain = read_surveyed(data, max_depth=max_depth, max_bytes=max_bytes)
    return _made(value, plain, max_depth)


def survey(value: Any, max_depth: int = MAX_DEPTH) -> JsonValue:
    """A parsed JSON value, looked through.

    What is not of the exact JSON types (a tuple, a subclass of dict or str) is copied into these,
    so that no code of its own can change what it says afterwards.

    Raises:
        CanonicalFormError: it has no canonical form (SPEC 1.2, 1.5). Lone surrogates are left to
            the writers.
    """
    exact, plain = survey_of(value, max_depth=max_depth)
    return _made(exact, plain, max_depth)


def object_of(members: "Mapping[str, JsonValue]") -> JsonValue:
    """The object of these members."""
    value, plain, deepest = {}, True, 0
    for name, member in members.items():
        value[name] = member.value
        plain = plain and member._plain
        deepest = max(deepest, member.max_depth)
    return _made(value, plain, deepest + 1)


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values of exact types are the same: their canonical bytes are equal, so
    ``1``, ``1.0`` and ``true`` differ, and so do ``0.0`` and ``-0.0``.

    Nothing is written for it.
    """
    # Python's equality comes first, for it is quick; but it takes these for the same.
    if one != other:
        return False
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        kind = type(left)
        if kind is not type(right):
            return False
        if kind is dict:
            for name, member in left.items():
                pairs.append((member, right[name]))
        elif kind is list:
            pairs.extend(zip(left, right, strict=True))
        elif kind is float and repr(left) != repr(right):
            return False
    return True


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def _made(value: Any, plain: bool, max_depth: int) -> JsonValue:
    made = _new(JsonValue)
    _set_value(made, value)
    _set_plain(made, plain)
    _set_max_depth(made, max_depth)
    return made


# Past the freezing, and as quick as can be: a bundle is some twenty of them.
_new = object.__new__
_set_value = JsonValue.__dict__["value"].__set__
_set_plain = JsonValue.__dict__["_plain"].__set__
_set_max_depth = JsonValue.__dict__["max_depth"].__set__
