"""Instants of the form ``YYYY-MM-DDTHH:MM:SSZ`` (SPEC 4.1).

All of them have the same length and ASCII digits, so comparing the texts compares the instants.
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any, Final

_INSTANT: Final = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)

_ZONED: Final = re.compile(
    r"([0-9-]{10}T[0-9:]{8})(?:\.[0-9]+)?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


def is_instant(text: str) -> bool:
    """Whether ``text`` is a real instant in that form: years 0001 to 9999, no leap second."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return False
    year, month, day = match.groups()
    if year == "0000":
        return False
    return day <= "28" or int(day) <= monthrange(int(year), int(month))[1]


def in_whole_seconds(instant: Any) -> Any:
    """An instant of RFC 3339 cut to whole seconds, with ``Z`` (SPEC 10.3); anything else unchanged.

    Of that form alone: what else Python reads as an instant depends on its version.
    """
    if not isinstance(instant, str) or is_instant(instant):
        return instant
    match = _ZONED.fullmatch(instant)
    if match is None or not is_instant(f"{match[1]}Z"):
        return instant
    _, sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        moment = datetime.fromisoformat(match[1])
        return f"{(moment + ahead if sign == '-' else moment - ahead).isoformat()}Z"
    except OverflowError:
        return instant
