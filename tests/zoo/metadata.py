"""Animals that err on arXiv's metadata (SPEC 2.5, 2.9, 2.9a, 2.9b)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pithmerge.arxiv import dates, records
from pithmerge.arxiv import metadata as package
from pithmerge.arxiv.ids import ArxivId
from pithmerge.arxiv.metadata import Metadata
from pithmerge.conformance import numbers
from pithmerge.errors import DocumentError
from tests.zoo.animal import Patches, animal

_WHITE_OF_JAVASCRIPT = re.compile(
    "[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+"
)
_ID_OF_A_CLASS = re.compile(r"[a-z-]+\.[A-Z]{2}/[0-9]{7}")


def _digesting(canonical: Callable[[str], str]) -> Patches:
    """The patches of an animal that makes another canonical text of titles and abstracts."""

    def digest(text: str) -> str:
        return hashlib.sha256(canonical(text).encode()).hexdigest()

    return {(records, "title_digest"): digest, (records, "abstract_digest"): digest}


def _dating(instant_of: Callable[[str], str | None], **patches: Any) -> Patches:
    """The patches of an animal that reads dates otherwise."""
    others = {(dates, name): value for name, value in patches.items()}
    return {(package, "instant_of"): instant_of, **others}


@animal("2.5", law="numbering")
def white_space_of_ascii() -> Patches:
    """White space is that of ASCII alone."""
    return _digesting(lambda text: " ".join(re.split("[ \t\n\r\v\f]+", text.lower())).strip(" "))


@animal("2.5", law="numbering")
def white_space_of_javascript() -> Patches:
    """White space is what JavaScript calls so: U+FEFF with it, U+001C to U+001F and U+0085 not."""
    return _digesting(lambda text: _WHITE_OF_JAVASCRIPT.sub(" ", text.lower()).strip(" "))


@animal("2.5", law="numbering")
def titles_case_folded() -> Patches:
    """Titles are case-folded: a sharp s becomes two."""
    return _digesting(lambda text: " ".join(text.casefold().split()))


@animal("2.5", law="numbering")
def sigma_never_last() -> Patches:
    """Characters become lower case one by one: a sigma at the end of a word is like any other."""
    return _digesting(lambda text: " ".join("".join(each.lower() for each in text).split()))


@animal("2.5", law="numbering")
def lower_case_one_to_one() -> Patches:
    """A capital I with a dot becomes an i, as simple case mappings have it."""
    return _digesting(lambda text: " ".join(text.replace("\u0130", "i").lower().split()))


@animal("2.5", law="numbering")
def titles_normalised() -> Patches:
    """Titles are put into the Unicode normalisation form C."""
    return _digesting(lambda text: " ".join(unicodedata.normalize("NFC", text.lower()).split()))


@animal("2.5", law="numbering")
def white_space_kept() -> Patches:
    """The ends of titles are stripped, runs of white space in them are kept."""
    return _digesting(lambda text: text.lower().strip())


@animal("2.9", law="numbering")
def version_that_is_listed_last() -> Patches:
    """The version is the last of the list, not the greatest."""
    return {(Metadata, "version"): property(lambda paper: paper.versions[-1].number)}


@animal("2.9", law="numbering")
def date_that_is_listed_first() -> Patches:
    """submitted_at is the date of the version that is listed first."""

    def submitted_at(paper: Metadata) -> str:
        return dates.instant_of(paper.versions[0].created) or "0001-01-01T00:00:00Z"

    return {(Metadata, "submitted_at"): property(submitted_at)}


@animal("2.9", law="numbering")
def cross_cats_as_they_come() -> Patches:
    """The other categories are not sorted."""
    right = records.build_canonical_record

    def cross_cats(paper: Metadata) -> tuple[str, ...]:
        return tuple(each for each in dict.fromkeys(paper.categories) if each != paper.primary_cat)

    def built(**given: Any) -> dict[str, Any]:
        record = right(**given)
        record["metadata"]["cross_cats_sorted"] = list(given["cross_cats"])
        return record

    return {
        (Metadata, "cross_cats"): property(cross_cats),
        (records, "build_canonical_record"): built,
    }


@animal("2.9", law="numbering")
def cross_cats_with_the_primary() -> Patches:
    """The primary category is among the others where it is listed twice."""
    return {(Metadata, "cross_cats"): property(lambda paper: tuple(
        sorted({*paper.categories[1:]})))}  # fmt: skip


@animal("2.9", law="numbering")
def class_of_the_archive_kept() -> Patches:
    """An old identifier keeps the class of its archive."""
    right = package.arxiv_id

    def arxiv_id(text: str) -> ArxivId | None:
        found = right(text)
        return ArxivId(text, None) if found and _ID_OF_A_CLASS.fullmatch(text) else found

    return {(package, "arxiv_id"): arxiv_id}


@animal("2.9a", law="numbering")
def ids_in_any_spelling() -> Patches:
    """Identifiers may have arXiv: before them, white space around, and a version behind."""
    return {(numbers, "_OTHER_SPELLING"): re.compile("(?!)")}


@animal("2.9a", law="numbering")
def licence_need_not_be_there() -> Patches:
    """A licence that is missing is null."""
    right = numbers.read_json

    def read_json(data: bytes) -> Any:
        value = right(data)
        return {"license": None, **value} if isinstance(value, dict) else value

    return {(numbers, "read_json"): read_json}


@animal("2.9a", law="numbering")
def licence_of_any_type() -> Patches:
    """A licence that is no text is none, as where a language asks whether it is true."""
    right = numbers.read_json

    def read_json(data: bytes) -> Any:
        value = right(data)
        if isinstance(value, dict) and not value.get("license", "x"):
            return {**value, "license": None}
        return value

    return {(numbers, "read_json"): read_json}


@animal("1.4", law=None)
def metadata_with_repeated_members() -> Patches:
    """Of members of metadata that are repeated the last one counts."""

    def read_json(data: bytes) -> Any:
        try:
            return json.loads(data.decode())
        except ValueError:
            raise DocumentError("no JSON") from None

    return {(numbers, "read_json"): read_json}


@animal("2.9b", law="numbering")
def years_of_two_digits_from_69() -> Patches:
    """Years of two digits are of the last century from 69 on, as the standard library has it."""

    def whole_year(digits: str) -> int:
        year = int(digits)
        if len(digits) == 2:
            return year + (2000 if year < 69 else 1900)
        return year + 1900 if len(digits) == 3 else year

    return _dating(dates.instant_of.__wrapped__, _whole_year=whole_year)


@animal("2.9b", law="numbering")
def years_as_they_are_read() -> Patches:
    """Years of three digits, and of four that begin with zeros, are those of their number."""
    return _dating(
        dates.instant_of.__wrapped__,
        _whole_year=lambda digits: int(digits) + (1900 if len(digits) == 2 else 0),
    )


@animal("2.9b", law="numbering")
def dates_in_their_own_zone() -> Patches:
    """The zone of a date is left out, and the record has the date as it is written."""

    def instant_of(date: str) -> str | None:
        if dates.instant_of(date) is None:
            return None
        date = " ".join(date.split())
        mail = re.sub(r" ([A-Za-z]+|[+-][0-9]{4})$", " GMT", date)
        return dates.instant_of(re.sub(r"[+-][0-9]{2}:[0-9]{2}$", "Z", mail))

    return _dating(instant_of)


@animal("2.9b", law="numbering")
def zones_by_name_are_gmt() -> Patches:
    """Zones that have a name are all taken for GMT."""

    def instant_of(date: str) -> str | None:
        if dates.instant_of(date) is None:
            return None
        return dates.instant_of(re.sub(r"[ECMP][SD]T\s*$", "GMT", date, flags=re.IGNORECASE))

    return _dating(instant_of)


@animal("2.9b", law="numbering")
def fractions_rounded() -> Patches:
    """Fractions of a second are rounded, not cut off."""

    def instant_of(date: str) -> str | None:
        found = dates.instant_of(date)
        if found is None or not re.search(r"\.[5-9]", date):
            return found
        return f"{(datetime.fromisoformat(found[:-1]) + timedelta(seconds=1)).isoformat()}Z"

    return _dating(instant_of)
