"""Values of a document in a report: those of a sensible size as they are, of others the beginning.

A document decides how long its values are, and how many rows are about one of them. So what is long
is cut before it is written, never after.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pithmerge.canon.paths import MISSING, difference
from pithmerge.showing import LONGEST_VALUE as SHORT
from pithmerge.showing import brief

if TYPE_CHECKING:
    from pithmerge.verification.rows import Check

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
    text = brief(value, longest)
    # JSON text ends with a bracket or a digit.
    return text if text.endswith(_ELLIPSIS) else value


def bounded_pair(computed: Any, stated: Any) -> tuple[Any, Any]:
    """Both `bounded`; of two that differ behind what is kept of them, what stands where they do."""
    pair = bounded(computed), bounded(stated)
    if pair[0] is computed or pair[0] != pair[1]:
        return pair
    return told_apart(computed, stated, LONGEST_VALUE)


def stated_and_computed(check: "Check") -> str:
    """The values of a row in words, behind its own: `` (stated 1, computed 2)``; empty if it has
    none."""
    if check.computed is None:
        return "" if check.stated is None else f" (stated {brief(check.stated)})"
    if check.stated is None:
        return f" (computed {brief(check.computed)})"
    computed, stated = told_apart(check.computed, check.stated)
    return f" (stated {stated}, computed {computed})"


def told_apart(computed: Any, stated: Any, longest: int = SHORT) -> tuple[str, str]:
    """Two values as text of JSON. Texts of different values differ: where what is shown of both is
    the same, it is shown from the place on where they differ."""
    texts = brief(computed, longest), brief(stated, longest)
    first = difference(computed, stated) if texts[0] == texts[1] else None
    if first is None:
        return texts
    left, right, place = first.left, first.right, first.path
    if type(left) is type(right) is dict:
        left, right = list(left), list(right)
    elif _has_text(left) and _has_text(right) and brief(left, longest) == brief(right, longest):
        left, right = (x if isinstance(x, str) else str(Decimal(x)) for x in (left, right))
        alike = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
        begin = next(alike, min(len(left), len(right)))
        left, right, place = left[begin:], right[begin:], f"character {begin} of {place}"
    return _placed(place, left, longest), _placed(place, right, longest)


def _has_text(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _placed(place: str, value: Any, longest: int) -> str:
    return f"from {place} on {'nothing' if value is MISSING else brief(value, longest)}"
