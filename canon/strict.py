"""A JSON reader that refuses by the letter and says where (SPEC 1.2, 1.4, 1.5).

Iterative: neither a document's depth nor the caller's stack can exhaust it. It is the slow path
behind `pithmerge.canon.reader`, and the one that writes the error messages.
"""

import math
import re
from typing import Any, Final, NoReturn

import orjson

from pithmerge.canon.integers import integer_from_text
from pithmerge.canon.limits import MAX_INT_DIGITS
from pithmerge.canon.paths import json_path
from pithmerge.errors import DocumentError, UnfinishedError

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<mark>[{}\[\],:])
      | (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")
      | (?P<number>-?(?:0|[1-9][0-9]*+)(?P<fraction>(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?))
      | (?P<word>true|false|null)
      | (?P<end>\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
_WORDS: Final = {"true": True, "false": False, "null": None}
_OPEN_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?', re.DOTALL)
REPAIR: Final = "repair the JSON"
SAVE_AS_UTF_8: Final = "save the document as UTF-8"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_strictly(data: bytes, *, max_depth: int) -> Any:
    """The JSON value of ``data``; see `pithmerge.canon.read_json`."""
    if data.startswith(_BYTE_ORDER_MARK):
        raise DocumentError(
            "the document begins with a byte order mark (SPEC 1.4): remove its first three bytes"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        kind = UnfinishedError if error.end == len(data) else DocumentError
        raise kind(f"byte {error.start} is not UTF-8 (SPEC 1.4): {SAVE_AS_UTF_8}") from None
    return _Reading(text, max_depth).value()


class _Reading:
    """One pass over one text; ``_steps`` is where it stands, in names and indices from the root."""

    def __init__(self, text: str, max_depth: int) -> None:
        self._text = text
        self._max_depth = max_depth
        self._at = 0
        self._end = 0
        self._open: list[dict[str, Any] | list[Any]] = []
        self._steps: list[str | int] = []

    def value(self) -> Any:
        """The value of the whole text."""
        root = self._value(*self._token())
        while self._open:
            container = self._open[-1]
            if isinstance(container, dict):
                self._continue_object(container)
            else:
                self._continue_array(container)
        if self._token()[0] != "end":
            self._refuse("there is text after the end of the value")
        return root

    def _continue_object(self, members: dict[str, Any]) -> None:
        del self._steps[len(self._open) - 1 :]
        kind, text = self._token()
        if text == "}":
            self._open.pop()
            return
        if members:
            if text != ",":
                self._refuse("expected ',' or '}'")
            kind, text = self._token()
        if kind != "string":
            self._refuse("expected a member name in quotes")
        name = self._string(text)
        self._steps.append(name)
        if name in members:
            self._refuse("the member name is repeated (SPEC 1.4)", "keep one of the members")
        if self._token()[1] != ":":
            self._refuse("expected ':' after a member name")
        members[name] = self._value(*self._token())

    def _continue_array(self, elements: list[Any]) -> None:
        del self._steps[len(self._open) - 1 :]
        kind, text = self._token()
        if text == "]":
            self._open.pop()
            return
        self._steps.append(len(elements))
        if elements:
            if text != ",":
                self._refuse("expected ',' or ']'")
            kind, text = self._token()
        elements.append(self._value(kind, text))

    def _value(self, kind: str, text: str) -> Any:
        """The value that begins with this token; of a container, the empty beginning."""
        if text == "{":
            return self._enter({})
        if text == "[":
            return self._enter([])
        if kind == "string":
            return self._string(text)
        if kind == "number":
            return self._integer(text)
        if kind == "float":
            return self._float(text)
        if kind == "word":
            return _WORDS[text]
        return self._refuse("expected a value")

    def _enter(self, container: dict[str, Any] | list[Any]) -> dict[str, Any] | list[Any]:
        if len(self._open) == self._max_depth:
            self._refuse(
                f"arrays and objects are nested deeper than {self._max_depth} levels (SPEC 1.5)",
                "flatten the document",
            )
        self._open.append(container)
        return container

    def _string(self, literal: str) -> str:
        try:
            value: str = orjson.loads(literal)
        except orjson.JSONDecodeError as error:
            self._refuse(f"the string is not valid ({error.msg})")
        return value

    def _integer(self, literal: str) -> int:
        value = integer_from_text(literal)
        if value is None:
            self._refuse(
                f"an integer has over {MAX_INT_DIGITS} digits (SPEC 1.5)",
                "write it as a string or a float",
            )
        return value

    def _float(self, literal: str) -> float:
        value = float(literal)
        if math.isinf(value):
            self._refuse(
                f"the number {literal[:40]} is beyond the range of a double (SPEC 1.2)",
                "write it as a string",
            )
        return value

    def _token(self) -> tuple[str, str]:
        """The kind and the text of the next token; an integer is a ``number``, others ``float``."""
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            rest = self._text[self._end :]
            self._at = self._end + len(rest) - len(rest.lstrip(" \t\n\r"))
            self._refuse("this is no JSON")
        self._end = match.end()
        kind = str(match.lastgroup)
        self._at = match.start(kind)
        if match["fraction"]:
            kind = "float"
        return kind, match[match.lastgroup or 0]

    def _refuse(self, what: str, remedy: str = REPAIR) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        column = self._at - (self._text.rfind("\n", 0, self._at) + 1) + 1
        rest = self._text[self._at :]
        # Nothing more, a string that does not end, half a word.
        unfinished = any(word.startswith(rest) for word in (*_WORDS, "-"))
        kind = UnfinishedError if unfinished or _OPEN_STRING.fullmatch(rest) else DocumentError
        raise kind(f"line {line}, column {column}, at {json_path(self._steps)}: {what}: {remedy}")
