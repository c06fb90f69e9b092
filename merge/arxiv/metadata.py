"""What arXiv says of a paper, as far as a canonical record is made of it (SPEC 2.9)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NoReturn

from pithmerge.arxiv.dates import instant_of
from pithmerge.arxiv.ids import arxiv_id, has_lost_zeros
from pithmerge.canon import read_json
from pithmerge.errors import DocumentError, MetadataError
from pithmerge.showing import brief, printable

MEMBERS: Final = ("id", "title", "abstract", "categories", "license", "versions")
"""The members of the snapshot that a record is made of."""

_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,4})", re.ASCII)
_CATEGORY: Final = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?", re.ASCII)
_AGAIN: Final = "get the metadata again from arXiv"
_WHOLE: Final = "give the metadata as arXiv publishes them"
_MISUSES: Final[Mapping[type, str]] = {
    str: "of JSON, give json.loads(text)",
    bytes: "of JSON, give json.loads(text)",
    list: "give one paper at a time",
    tuple: "give one paper at a time",
}


@dataclass(frozen=True)
class Version:
    """A version of a paper.

    Attributes:
        number: 1 of the first.
        created: its date, as arXiv writes it: ``Mon, 2 Apr 2007 19:18:42 GMT``.
    """

    number: int
    created: str


@dataclass(frozen=True)
class Metadata:
    """The metadata of a paper, from which its canonical record follows (SPEC 2.9).

    Attributes:
        id: ``2606.01509``, ``cs/0406030``; in whatever form it was given, it is in that.
        title, abstract: as arXiv has them, wrapped or not, with their TeX.
        categories: the primary one first.
        license: None or ``""`` where arXiv has none.
        versions: at least the first, in any order.

    Raises:
        MetadataError: no record follows from them.
    """

    id: str
    title: str
    abstract: str
    categories: tuple[str, ...]
    license: str | None
    versions: tuple[Version, ...]

    def __post_init__(self) -> None:
        """Refuse what no record follows from, so that every value of this type has one."""
        shown_id = self.id
        given = arxiv_id(self.id) if isinstance(self.id, str) else None
        if given is None:
            _refuse_id(self.id)
        object.__setattr__(self, "id", given.id)
        for member, text in (("title", self.title), ("abstract", self.abstract)):
            _refuse_no_text(given.id, member, text)
        if self.license is not None:
            _refuse_no_text(given.id, "license", self.license)
        _refuse_no_categories(given.id, self.categories)
        _refuse_no_versions(given.id, self.versions)
        if given.version not in (None, self.version):
            problem = (
                f"names version {given.version}, and the last of its versions is {self.version}"
            )
            _refuse(given.id, "id", shown_id, problem, _AGAIN)

    @classmethod
    def of(cls, value: Any) -> "Metadata":
        """Of an object of arXiv's metadata snapshot.

        Args:
            value: with the members ``id``, ``title``, ``abstract``, ``categories`` (a string with
                blanks between them, or a list), ``license`` (null where there is none) and
                ``versions`` (objects with ``version`` and ``created``); lists may also be strings
                of JSON. Other members are not looked at.

        Raises:
            MetadataError: a member is missing, or of another form.
        """
        if not isinstance(value, Mapping):
            _refuse(None, "metadata", value, "is no object", _MISUSES.get(type(value), _WHOLE))
        paper = value.get("id")
        name = paper if isinstance(paper, str) else None
        for member in MEMBERS:
            if member not in value:
                remedy = "give null where arXiv has none" if member == "license" else _WHOLE
                _refuse_missing(name, member, remedy)
        return cls(
            id=value["id"],
            title=value["title"],
            abstract=value["abstract"],
            categories=_categories_of(name, value["categories"]),
            license=value["license"],
            versions=_versions_of(name, value["versions"]),
        )

    @cached_property
    def version(self) -> int:
        """The last version, whose texts these are."""
        return max(version.number for version in self.versions)

    @cached_property
    def submitted_at(self) -> str:
        """When the first version was submitted, as ``YYYY-MM-DDTHH:MM:SSZ``."""
        first = next(version for version in self.versions if version.number == 1)
        instant = instant_of(first.created)
        assert instant is not None
        return instant

    @property
    def primary_cat(self) -> str:
        """The first category."""
        return self.categories[0]

    @property
    def cross_cats(self) -> tuple[str, ...]:
        """The others, sorted, each once."""
        return tuple(sorted({*self.categories} - {self.primary_cat}))


def _refuse(paper: str | None, member: str, value: Any, problem: str, remedy: str) -> NoReturn:
    what = f"{member} is {printable(brief(value))}" if member else brief(value)
    raise MetadataError(f"{what}, which {problem}: {remedy}", paper=paper, member=member)


def _refuse_missing(paper: str | None, member: str, remedy: str) -> NoReturn:
    raise MetadataError(f"{member} is missing: {remedy}", paper=paper, member=member)


def _refuse_id(value: Any) -> NoReturn:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number or (isinstance(value, str) and has_lost_zeros(value)):
        problem = "has lost its zeros, for it was read as a number"
        _refuse(None, "id", value, problem, "read it as text from what arXiv publishes")
    problem = "is no identifier of arXiv (such as 2606.01509 or cs/0406030)"
    _refuse(None, "id", value, problem, _WHOLE)


def _refuse_no_text(paper: str, member: str, text: Any) -> None:
    if not isinstance(text, str):
        _refuse(paper, member, text, "is no text", _WHOLE)
    try:
        text.encode()
    except UnicodeEncodeError:
        _refuse(paper, member, text, "holds half a character (a lone surrogate)", _AGAIN)


def _refuse_no_categories(paper: str, categories: Any) -> None:
    if not isinstance(categories, tuple):
        _refuse(paper, "categories", categories, "is no tuple", "give tuple(categories)")
    if not categories:
        _refuse(paper, "categories", categories, "names none, and the first is the primary", _AGAIN)
    for category in categories:
        if not isinstance(category, str) or _CATEGORY.fullmatch(category) is None:
            problem = "is no category of arXiv (such as cs.LG)"
            _refuse(paper, "categories", category, problem, "give them with blanks between them")


def _refuse_no_versions(paper: str, versions: tuple[Version, ...]) -> None:
    if not isinstance(versions, tuple):
        _refuse(paper, "versions", repr(versions), "is no tuple", "give one of Version")
    for version in versions:
        whole = isinstance(version, Version) and isinstance(version.created, str)
        if not whole or _VERSION.fullmatch(str(version.number)) is None:
            _refuse(paper, "versions", repr(version), "is no Version", "give Version(1, date)")
    firsts = [version.created for version in versions if version.number == 1]
    if not firsts:
        value = [f"v{version.number}" for version in versions]
        _refuse(paper, "versions", value, "lacks v1, whose date is submitted_at", _WHOLE)
    for created in firsts:
        if created != firsts[0]:
            problem = f"is not {brief(firsts[0])}, its other date"
            _refuse(paper, "created of v1", created, problem, _AGAIN)
    if instant_of(firsts[0]) is None:
        problem = "is no date with a zone, as Mon, 2 Apr 2007 19:18:42 GMT is"
        _refuse(paper, "created of v1", firsts[0], problem, _AGAIN)


# The forms in which the snapshot comes.


def _categories_of(paper: str | None, value: Any) -> tuple[str, ...]:
    value = _without_json(paper, "categories", value)
    if isinstance(value, str):
        return tuple(value.split())
    if not isinstance(value, (list, tuple)):
        _refuse(paper, "categories", value, "is neither text nor a list", _WHOLE)
    for each in value:
        if not isinstance(each, str):
            _refuse(paper, "categories", each, "is no text", _WHOLE)
    # Some lists have one element, which is all of them.
    return tuple(category for each in value for category in each.split())


def _versions_of(paper: str | None, value: Any) -> tuple[Version, ...]:
    value = _without_json(paper, "versions", value)
    if not isinstance(value, (list, tuple)):
        _refuse(paper, "versions", value, "is no list", _WHOLE)
    return tuple(_version_of(paper, index, each) for index, each in enumerate(value))


def _version_of(paper: str | None, index: int, value: Any) -> Version:
    where = f"versions[{index}]"
    if not isinstance(value, Mapping):
        _refuse(paper, where, value, "is no object with version and created", _WHOLE)
    for member in ("version", "created"):
        if member not in value:
            _refuse_missing(paper, f"{where}.{member}", _WHOLE)
    number, created = value["version"], value["created"]
    match = _VERSION.fullmatch(str(number)) if type(number) in (str, int) else None
    if match is None:
        _refuse(paper, f"{where}.version", number, "is no version (such as v1)", _AGAIN)
    if not isinstance(created, str):
        _refuse(paper, f"{where}.created", created, "is no text", _WHOLE)
    return Version(int(match[1]), created)


def _without_json(paper: str | None, member: str, value: Any) -> Any:
    """A list that was given as a string of JSON; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        return read_json(value.encode())
    except (DocumentError, UnicodeEncodeError):
        _refuse(paper, member, value, "is neither text with blanks nor a list of JSON", _WHOLE)
