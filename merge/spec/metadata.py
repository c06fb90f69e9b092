"""SPEC 2.9: from arXiv's metadata to the canonical record."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import text_canon_sha256
from pithmerge.spec.events import is_instant

TEXTS: Final = ("id", "title", "abstract", "categories")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
)  # fmt: skip
ZONES: Final = {
    "gmt": 0, "ut": 0, "utc": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""SPEC 2.9b: how many hours each is ahead of UTC."""

LONGEST_DATE: Final = 100
"""SPEC 2.9b, in characters."""

_ARCHIVE: Final = "[a-z]+(-[a-z]+)*"
_CATEGORY: Final = re.compile(rf"{_ARCHIVE}(\.[A-Za-z]+(-[a-z]+)*)?")
_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,4})")
_OF_RFC_2822: Final = re.compile(
    rf"(({'|'.join(DAYS)}), ?)?([0-9]{{1,2}}) ({'|'.join(MONTHS)}) ([0-9]{{2,4}}) "
    rf"([0-9]{{1,2}}):([0-9]{{2}})(:([0-9]{{2}}))? "
    rf"({'|'.join(ZONES)}|[+-]([0-9]{{2}})([0-9]{{2}}))",
    re.IGNORECASE | re.ASCII,
)
_OF_RFC_3339: Final = re.compile(
    r"([0-9-]{10})[T ]([0-9:]{8})(\.[0-9]+)?(Z|[+-]([0-9]{2}):([0-9]{2}))"
)


def canonical_record(metadata: Any) -> dict[str, Any]:
    """SPEC 2.9: the record of a paper, from an object of arXiv's metadata snapshot.

    Raises:
        Refused: SPEC 2.9a.
    """
    check_members(metadata)
    versions = versions_of(metadata["versions"])
    categories = categories_of(metadata["categories"])
    return {
        "schema_version": "1.0",
        "source": {
            "kind": "arxiv",
            "id": source_id(metadata["id"]),
            "version": last_version(versions),
        },
        "metadata": {
            "title_canon_sha256": text_canon_sha256(metadata["title"]),
            "abstract_canon_sha256": text_canon_sha256(metadata["abstract"]),
            "primary_cat": categories[0],
            "cross_cats_sorted": cross_cats_sorted(categories),
            "license": (metadata["license"] or "").strip(),
            "submitted_at": submitted_at(versions),
        },
    }


def check_members(metadata: Any) -> None:
    """SPEC 2.9a: which members there are, and of which types.

    Raises:
        Refused: one is missing, or of another type.
    """
    if not isinstance(metadata, dict):
        raise Refused("2.9a: metadata are an object")
    for member in (*TEXTS, "license", "versions"):
        if member not in metadata:
            raise Refused(f"2.9a: {member} is missing")
    for member in TEXTS:
        if not isinstance(metadata[member], str):
            raise Refused(f"2.9a: {member} is no string")
    if not isinstance(metadata["license"], str | None):
        raise Refused("2.9a: license is neither a string nor null")
    if not isinstance(metadata["versions"], list):
        raise Refused("2.9a: versions is no list")


def source_id(identifier: str) -> str:
    """SPEC 2.9, 2.9a: an identifier without the class of its archive."""
    new = re.fullmatch(r"([0-9]{2}(0[1-9]|1[0-2]))\.([0-9]+)", identifier)
    if new is not None and new[1] >= "0704" and len(new[3]) == (4 if new[1] < "1501" else 5):
        return identifier
    old = re.fullmatch(
        rf"({_ARCHIVE})(\.[A-Z]{{2}})?/([0-9]{{2}})([0-9]{{2}})([0-9]{{3}})", identifier
    )
    if old is None or not (old[4] >= "91" or old[4] <= "07") or not "01" <= old[5] <= "12":
        raise Refused("2.9a: the identifier")
    return f"{old[1]}/{old[4]}{old[5]}{old[6]}"


def categories_of(text: str) -> list[str]:
    """SPEC 2.9a: the categories, the primary one first."""
    categories = text.split()
    if not categories or not all(_CATEGORY.fullmatch(each) for each in categories):
        raise Refused("2.9a: the categories")
    return categories


def cross_cats_sorted(categories: list[str]) -> list[str]:
    """SPEC 2.9: the categories but the first, each once."""
    return sorted(set(categories) - {categories[0]})


def versions_of(versions: list[Any]) -> list[tuple[int, str]]:
    """SPEC 2.9a: the number and the date of each version."""
    for each in versions:
        if not isinstance(each, dict) or not {"version", "created"} <= {*each}:
            raise Refused("2.9a: a version is no object with version and created")
        if not isinstance(each["created"], str):
            raise Refused("2.9a: the date of a version is no string")
    return [(version_of(each["version"]), each["created"]) for each in versions]


def version_of(version: Any) -> int:
    """SPEC 2.9a: the number of a version."""
    if type(version) not in (int, str):
        raise Refused("2.9a: a version is neither an integer nor a string")
    match = _VERSION.fullmatch(str(version))
    if match is None:
        raise Refused("2.9a: a version")
    return int(match[1])


def last_version(versions: list[tuple[int, str]]) -> int:
    """SPEC 2.9: the version that metadata hold the texts of."""
    return max(number for number, _ in versions) if versions else 0


def submitted_at(versions: list[tuple[int, str]]) -> str:
    """SPEC 2.9, 2.9a: the date of v1, in UTC."""
    dates = {created for number, created in versions if number == 1}
    if len(dates) != 1:
        raise Refused("2.9a: the date of v1 is missing, or there are two")
    return instant_of(dates.pop())


def instant_of(date: str) -> str:
    """SPEC 2.9b: a date as an instant in UTC.

    Raises:
        Refused: it is of neither form, or there is no such instant.
    """
    if len(date) > LONGEST_DATE:
        raise Refused(f"2.9b: a date of more than {LONGEST_DATE} characters")
    text = " ".join(date.split())
    mail, other = _OF_RFC_2822.fullmatch(text), _OF_RFC_3339.fullmatch(text)
    if mail is not None:
        day, month, year, hour, minute = mail[3], mail[4], mail[5], mail[6], mail[7]
        there = (
            f"{whole_year(year):04}-{MONTHS.index(month.lower()) + 1:02}-{int(day):02}"
            f"T{int(hour):02}:{minute}:{mail[9] or '00'}Z"
        )
        ahead = hours_and_minutes_ahead(mail[10], mail[11], mail[12])
    elif other is not None:
        there = f"{other[1]}T{other[2]}Z"
        ahead = hours_and_minutes_ahead(other[4], other[5], other[6])
    else:
        raise Refused("2.9b: no date of RFC 2822 or RFC 3339")
    if not is_instant(there):
        raise Refused("2.9b: a date that is no real instant")
    try:
        return f"{(datetime.fromisoformat(there[:-1]) - ahead).isoformat()}Z"
    except OverflowError:
        raise Refused("2.9b: a date that is out of the years 0001 to 9999 in UTC") from None


def whole_year(digits: str) -> int:
    """SPEC 2.9b: the year that two, three or four digits say."""
    if len(digits) == 2:
        return int(digits) + (1900 if int(digits) >= 50 else 2000)
    return int(digits) + (1900 if len(digits) == 3 else 0)


def hours_and_minutes_ahead(zone: str, hours: str | None, minutes: str | None) -> timedelta:
    """SPEC 2.9b: how far a zone is ahead of UTC.

    Args:
        zone: its name, or a sign before the hours.
        hours, minutes: None of a name.
    """
    if hours is None or minutes is None:
        return timedelta(hours=ZONES[zone.lower()])
    if hours > "23" or minutes > "59":
        raise Refused("2.9b: a zone has up to 23 hours and 59 minutes")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return -ahead if zone[0] == "-" else ahead
