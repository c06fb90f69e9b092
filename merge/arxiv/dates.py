"""The dates of arXiv's versions, as ``submitted_at`` has them (SPEC 2.9)."""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from typing import Final

from pithmerge.crypto.instants import in_whole_seconds, is_instant

# `email.utils` reads whatever may have been meant: times alone, days without a time.
_RFC_2822: Final = re.compile(
    r"((?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), *)?[0-9]{1,2} +[A-Z][a-z]{2} +)([0-9]{2,4})"
    r"( +[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})? +"
    r"(?:GMT|UTC?|Z|[ECMP][SD]T|[+-](?:[01][0-9]|2[0-3])[0-5][0-9]))",
    re.ASCII | re.IGNORECASE,
)
_RFC_3339: Final = re.compile(r"([0-9-]{10})[T ](.{9,})", re.ASCII)
_LONGEST: Final = 100


@lru_cache(maxsize=64)
def instant_of(date: str) -> str | None:
    """``2007-04-02T19:18:42Z`` of ``Mon, 2 Apr 2007 19:18:42 GMT``; None if it is no such date.

    A zone is needed, and the instant is in UTC whatever the zone is. Of a year of two digits RFC
    2822 says that those below 50 are of this century, and one of three counts from 1900. The day of
    the week is not compared. What RFC 3339 writes is read as well, and cut to whole seconds.
    """
    date = " ".join(date.split()) if len(date) <= _LONGEST else ""
    match = _RFC_2822.fullmatch(date)
    if match is None:
        return _of_rfc_3339(date)
    before, year, after = match.groups()
    # Which year two digits stand for it decides otherwise, and for 0007 as well.
    read = parsedate_tz(f"{before}2000{after}")
    if read is None:
        return None
    try:
        moment = datetime(_whole_year(year), *read[1:6]) - timedelta(seconds=read[9] or 0)
    except (ValueError, OverflowError):
        return None
    return f"{moment.isoformat()}Z"


def _whole_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _of_rfc_3339(date: str) -> str | None:
    match = _RFC_3339.fullmatch(date)
    if match is None:
        return None
    instant = in_whole_seconds(f"{match[1]}T{match[2]}")
    return instant if is_instant(instant) else None
