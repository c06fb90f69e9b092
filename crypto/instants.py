"""Instants of the form ``YYYY-MM-DDTHH:MM:SSZ`` (SPEC 4.1).

All of them have the same length and ASCII digits, so comparing the texts compares the instants.
"""

import re
from calendar import monthrange
from typing import Final

_INSTANT: Final = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
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
