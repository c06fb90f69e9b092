"""Values of a document in a report: those of a sensible size as they are, of others the beginning.

A document decides how long its values are, and how many rows are about one of them. So what is long
is cut before it is written, never after.
"""

from collections.abc import Iterator
from typing import Any, Final

from pithmerge.canon import compact_json
from pithmerge.canon.integers import integer_text

LONGEST_VALUE: Final = 10_000
"""Characters of JSON, about, up to which a value is given as it is."""

_ELLIPSIS: Final = "…"


def bounded(value: Any, longest: int = LONGEST_VALUE) -> Any:
    """The value itself if its JSON has about ``longest`` characters or fewer; otherwise text: the
    beginning of its JSON, and an ellipsis."""
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[:longest]}{_ELLIPSIS}"
    if value is None or isinstance(value, (bool, float)):
        return value
    # A bit is less than a third of a digit.
    if isinstance(value, int) and value.bit_length() <= 3 * longest:
        return value
    text = beginning(value, longest)
    # JSON text ends with a bracket or a digit.
    return text if text.endswith(_ELLIPSIS) else value


def beginning(value: Any, longest: int) -> str:
    """The JSON text of a value; of a long one the first ``longest`` characters and an ellipsis, at
    the cost of these."""
    pieces: list[str] = []
    left = longest
    for piece in _pieces(value, longest):
        if len(piece) > left:
            pieces.extend((piece[:left], _ELLIPSIS))
            break
        pieces.append(piece)
        left -= len(piece)
    return "".join(pieces)


def _pieces(root: Any, longest: int) -> Iterator[str]:
    """The text in pieces, none of them much longer than ``longest``. Iterative: depth costs
    nothing."""
    stack: list[tuple[Iterator[tuple[str, Any]], str]] = [(iter([("", root)]), "")]
    while stack:
        rest, closing = stack[-1]
        for prefix, value in rest:
            yield prefix
            if isinstance(value, dict):
                yield "{"
                stack.append((_members(value, longest), "}"))
                break
            if isinstance(value, (list, tuple)):
                yield "["
                stack.append((_elements(value), "]"))
                break
            yield _scalar(value, longest)
        else:
            stack.pop()
            yield closing


def _members(value: dict[str, Any], longest: int) -> Iterator[tuple[str, Any]]:
    comma = ""
    for name, member in value.items():
        yield f"{comma}{_scalar(name, longest)}:", member
        comma = ","


def _elements(value: list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    comma = ""
    for item in value:
        yield comma, item
        comma = ","


def _scalar(value: Any, longest: int) -> str:
    if isinstance(value, str):
        # What is too long to be shown whole loses its end further up, closing quote and all.
        return compact_json(value[: longest + 1]).decode()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return integer_text(value)
    return float.__repr__(value)
