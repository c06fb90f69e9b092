"""Values of a document in a report: those of a sensible size as they are, of others the beginning.

A document decides how long its values are, and how many rows are about one of them. So what is long
is cut before it is written, never after.
"""

from typing import Any, Final

from pithmerge.showing import brief

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
