"""SPEC 2.9: from arXiv's metadata to the canonical record."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import text_canon_sha256

_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
)  # fmt: skip
_ZONES: Final = {
    "gmt": 0,
    "ut": 0,
    "utc": 0,
    "z": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_CATEGORY: Final = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Za-z]+(-[a-z]+)*)?")


def canonical_record(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """SPEC 2.9: the record of a paper, from an object of arXiv's metadata snapshot.

    Raises:
        Refused: SPEC 2.9a; or a member is of another type than the snapshot's.
    """
    for member in ("id", "title", "abstract", "categories", "license", "versions"):
        if member not in metadata:
            raise Refused(f"2.9a: {member} is missing")
    for member in ("id", "title", "abstract", "categories"):
        if not isinstance(metadata[member], str):
            raise Refused(f"2.9a: {member} is no string")
    categories = metadata["categories"].split()
    if not categories or not all(_CATEGORY.fullmatch(each) for each in categories):
        raise Refused("2.9a: the categories")
    return {
        "schema_version": "1.0",
        "source": {
            "kind": "arxiv",
            "id": source_id(metadata["id"]),
            "version": last_version(metadata["versions"]),
        },
        "metadata": {
            "title_canon_sha256": text_canon_sha256(metadata["title"]),
            "abstract_canon_sha256": text_canon_sha256(metadata["abstract"]),
            "primary_cat": categories[0],
            "cross_cats_sorted": cross_cats_sorted(categories),
            "license": (metadata["license"] or "").strip(),
            "submitted_at": submitted_at(metadata["versions"]),
        },
    }


def source_id(identifier: str) -> str:
    """SPEC 2.9, 2.9a: an identifier without the class of its archive."""
    new = re.fullmatch(r"([0-9]{2}(0[1-9]|1[0-2]))\.([0-9]+)", identifier)
    if new is not None and new[1] >= "0704" and len(new[3]) == (4 if new[1] < "1501" else 5):
        return identifier
    old = re.fullmatch(
        r"([a-z]+(-[a-z]+)*)(\.[A-Z]{2})?/([0-9]{2})([0-9]{2})([0-9]{3})", identifier
    )
    if old is None or not (old[4] >= "91" or old[4] <= "07") or not "01" <= old[5] <= "12":
        raise Refused("2.9a: the identifier")
    return f"{old[1]}/{old[4]}{old[5]}{old[6]}"


def version_of(version: Any) -> int:
    """SPEC 2.9a: the number of a version."""
    match = re.fullmatch(r"v?([1-9][0-9]{0,4})", str(version))
    if match is None or type(version) not in (int, str):
        raise Refused("2.9a: a version")
    return int(match[1])


def last_version(versions: list[Any]) -> int:
    """SPEC 2.9: the version that metadata hold the texts of."""
    return max((version_of(each["version"]) for each in versions), default=0)


def submitted_at(versions: list[Any]) -> str:
    """SPEC 2.9, 2.9a: the date of v1, in UTC."""
    dates = {each["created"] for each in versions if version_of(each["version"]) == 1}
    if len(dates) != 1:
        raise Refused("2.9a: the date of v1 is missing, or there are two")
    words = dates.pop().lower().replace(",", ", ").split()
    if words[0] in ("mon,", "tue,", "wed,", "thu,", "fri,", "sat,", "sun,"):
        del words[0]
    try:
        day, month, year, time, zone = words
        hour, minute, second = [int(part) for part in (*time.split(":"), 0)][:3]
        date = _whole_year(year), _MONTHS.index(month) + 1, int(day)
        moment = datetime(*date, hour, minute, second) - _ahead(zone)
    except (ValueError, OverflowError, TypeError, KeyError):
        raise Refused("2.9a: the date of v1") from None
    return f"{moment.isoformat()}Z"


def _whole_year(digits: str) -> int:
    if not 2 <= len(digits) <= 4:
        raise Refused("2.9a: the year of v1")
    if len(digits) == 2:
        return int(digits) + (1900 if int(digits) >= 50 else 2000)
    return int(digits) + (1900 if len(digits) == 3 else 0)


def _ahead(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta(hours=_ZONES[zone])
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return -ahead if zone[0] == "-" else ahead


def cross_cats_sorted(categories: list[str]) -> list[str]:
    """SPEC 2.9: the categories but the first, each once."""
    return sorted(set(categories) - {categories[0]})
